"""Without γ a normalized output cannot bring the loss below 0.28; hidden layers hardly need it.

Behind the last layer, the loss levels off at log(1 + 9 exp(−10/3)) unless γ may stretch the logits.
In hidden layers, what leaving γ or β out does to the training loss, for ReLU and sigmoid.

Digits, 32 seeds. A logit of mean 0 and variance 1 that is to single out one class of ten can do no
better than 3 for that class and −1/3 for the others, which leaves the cross-entropy log(1 + 9
exp(−10/3)) ≈ 0.28. Behind the last layer: the training loss with and without γ and β there. In
hidden layers: three of them normalized before their ReLU or sigmoid, 20 epochs, with each of γ and
β left out, the training loss as a multiple of that with both. The test accuracy differs by less
than a point.
"""

import numpy as np
from torch import nn

from figures.batch_norm import _networks as networks
from trainingtips import plotting
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import paired, ratio, student

VERDICT = "regime"
SEEDS = 32
OUTPUT = {"batch": 256, "rate": 1.0, "epochs": 60, "every": 12}
HIDDEN = {"relu": (nn.ReLU, 0.5), "sigmoid": (nn.Sigmoid, 1.0)}  # activation, rate
DEPTH, BATCH, EPOCHS, NEVER = 3, 64, 20, 10**9
PARTS = {"neither": (False, False), "beta": (False, True), "gamma": (True, False),
         "both": (True, True)}  # fmt: skip

ALT = (
    "Behind the last layer, training loss against updates: without gamma it levels off above a "
    "dotted line at 0.28, with gamma it falls on below 0.01. In hidden layers, for ReLU and "
    "sigmoid, training loss as a multiple of that with both: one and a half to two and a half with "
    "neither and with beta alone, one with gamma alone."
)
NUMBER = (
    "bound on the loss without γ: {floor_here | decimals(3)}; test accuracy gained with γ and β "
    "in hidden layers: {gain.relu | interval(2, share=True)} (ReLU)"
)


def compute():
    train, test = networks.digits()
    output = {name: at_output(*parts, train) for name, parts in PARTS.items()}
    hidden = {act: {name: in_hidden(act, *parts, train, test) for name, parts in PARTS.items()}
              for act in HIDDEN}  # fmt: skip
    return {
        "floor": floor(np.full(10, 0.1)),
        "floor_here": floor(np.bincount(train.y) / len(train)),
        "updates": output["both"].updates,
        "output": {
            name: [student(row) for row in run.losses[1:]] for name, run in output.items()
        },
        # of the training loss to that with both
        "ratio": {act: {n: ratio(f["loss"], found["both"]["loss"]) for n, f in found.items()
                        if n != "both"} for act, found in hidden.items()},
        "accuracy": {act: {n: student(f["accuracy"]) for n, f in found.items()}
                     for act, found in hidden.items()},
        "gain": {act: paired(found["both"]["accuracy"], found["neither"]["accuracy"])
                 for act, found in hidden.items()},
        "loss": {act: {n: student(f["loss"]) for n, f in found.items()}
                 for act, found in hidden.items()},
    }  # fmt: skip


def floor(shares):
    """Cross-entropy of logits of mean 0 and variance 1, two-valued, for classes of those shares."""
    own, other = np.sqrt((1 - shares) / shares), -np.sqrt(shares / (1 - shares))
    logits = np.where(np.eye(len(shares), dtype=bool), own, other)  # (class, logit)
    losses = np.log(np.exp(logits).sum(1)) - own
    return float(shares @ losses)


def at_output(gamma, beta, train):
    """The run of networks 64-32-10, normalized before ReLU and, with those of γ and β, last."""

    def make():
        first = networks.network(nn.BatchNorm1d, depth=1)()
        return nn.Sequential(*first, networks.Affine(10, gamma, beta))

    nets = Ensemble(make, range(SEEDS))
    rule, every = networks.sgd(OUTPUT["rate"]), OUTPUT["every"]
    return nets.train(train.x, train.y, rule, OUTPUT["batch"], OUTPUT["epochs"], every=every)


def in_hidden(act, gamma, beta, train, test):
    """Training loss and test accuracy of each seed."""
    activation, rate = HIDDEN[act]
    form = {"depth": DEPTH, "activation": activation}
    make = networks.network(lambda width: networks.Affine(width, gamma, beta), **form)
    nets = Ensemble(make, range(SEEDS))
    nets.train(train.x, train.y, networks.sgd(rate), BATCH, EPOCHS, every=NEVER)
    return {"loss": nets.losses(train.x, train.y), "accuracy": nets.accuracy(test.x, test.y)}


def claim(result):
    here = result["floor_here"]
    for name in ("neither", "beta"):
        rest = result["output"][name][-1]
        assert rest.low > 0.99 * here, f"expected no loss below {here:.3f}, {name}: {rest}"
        assert rest.high < 1.5 * here, f"expected the bound to come into sight, {name}: {rest}"
    for name in ("gamma", "both"):
        rest = result["output"][name][-1]
        assert rest.high < 0.2 * here, f"expected γ to lift the bound, {name}: {rest}"
    for act, gain in result["gain"].items():
        assert max(abs(gain.low), abs(gain.high)) < 0.01, f"expected under a point, {act}: {gain}"


PANELS = {
    "behind the last layer": {"x": "update", "y": "training loss", "log": "y"},
    "in hidden layers": {
        "xlim": (-0.5, 2.5),
        "xticks": ([0, 1, 2], ["neither", r"$\beta$ alone", r"$\gamma$ alone"]),
        "y": "training loss, as a multiple",
        "ylim": (0, 3.4),
    },
}
LAST = {  # colour, name, and where it stands
    "neither": ("blue", r"without $\gamma$", (110, 0.5)),
    "beta": ("purple",),
    "gamma": ("green",),
    "both": ("vermilion", r"with $\gamma$", (120, 0.04)),
}
ACTIVATIONS = {"relu": (-0.12, "blue", "ReLU"), "sigmoid": (0.12, "vermilion", "sigmoid")}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS)
    for name, look in LAST.items():
        plotting.curve(left, result["updates"][1:], result["output"][name], *look)
    plotting.level(left, result["floor_here"], "text", "log(1 + 9 exp(−10/3))", (70, 0.2))
    for act, (aside, *look) in ACTIVATIONS.items():
        ratios = [result["ratio"][act][name] for name in ("neither", "beta", "gamma")]
        plotting.points(right, np.arange(3) + aside, ratios, *look)
    plotting.level(right, 1)
    right.legend(loc="upper right")
