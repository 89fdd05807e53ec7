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
import torch
from torch import nn

from figures.batch_norm import _networks as networks
from trainingtips import plotting
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import paired, student

VERDICT = "regime"
SEEDS = 32
OUTPUT = {"batch": 256, "rate": 1.0, "epochs": 60, "every": 12}
HIDDEN = {"relu": (nn.ReLU, 0.5), "sigmoid": (nn.Sigmoid, 1.0)}  # activation, rate
DEPTH, BATCH, EPOCHS, NEVER = 3, 64, 20, 10**9
PARTS = {"neither": (False, False), "beta": (False, True), "gamma": (True, False),
         "both": (True, True)}  # fmt: skip

ALT = (
    "Left, training loss against updates: without gamma on the output it levels off above a dotted "
    "line at 0.28, with gamma it falls on below 0.01. Right, for ReLU and sigmoid, training "
    "loss as a multiple of that with both: one and a half to two and a half with neither and with "
    "beta alone, one with gamma alone."
)
NUMBER = (
    "bound on the loss without γ: {floor_here | decimals(3)}; test accuracy gained with γ and β "
    "in hidden layers: {gain.relu | interval(2, share=True)} (ReLU)"
)


class Affine(nn.Module):
    """Batch normalization with γ, with β, with both or neither."""

    def __init__(self, width, gamma, beta):
        super().__init__()
        self.norm = nn.BatchNorm1d(width, affine=False)
        self.gamma = nn.Parameter(torch.ones(width)) if gamma else None
        self.beta = nn.Parameter(torch.zeros(width)) if beta else None

    def forward(self, x):
        x = self.norm(x)
        x = x if self.gamma is None else self.gamma * x
        return x if self.beta is None else x + self.beta


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
        "ratio": {act: {n: against(f, found["both"]) for n, f in found.items() if n != "both"}
                  for act, found in hidden.items()},
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
    """The run of networks 64-32-10, normalized before ReLU and, as `Affine` says, at the end."""

    def make():
        first, last = networks.network(nn.BatchNorm1d, depth=1)(), Affine(10, gamma, beta)
        return nn.Sequential(*first, last)

    nets = Ensemble(make, range(SEEDS))
    rule, every = networks.sgd(OUTPUT["rate"]), OUTPUT["every"]
    return nets.train(train.x, train.y, rule, OUTPUT["batch"], OUTPUT["epochs"], every=every)


def in_hidden(act, gamma, beta, train, test):
    """Training loss and test accuracy of each seed."""
    activation, rate = HIDDEN[act]
    make = networks.network(lambda w: Affine(w, gamma, beta), depth=DEPTH, activation=activation)
    nets = Ensemble(make, range(SEEDS))
    nets.train(train.x, train.y, networks.sgd(rate), BATCH, EPOCHS, every=NEVER)
    return {"loss": nets.losses(train.x, train.y), "accuracy": nets.accuracy(test.x, test.y)}


def against(found, both):
    """Training loss as a multiple of that with both, geometric mean over the seeds."""
    log = student(np.log(found["loss"]) - np.log(both["loss"]))
    mean, low, high = np.exp([log.mean, log.low, log.high])
    return type(log)(float(mean), float(low), float(high), log.n)


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


def draw(result, figure):
    left, right = plotting.panels(figure, 2, height=3.4)
    styles = {"neither": ("blue", "-"), "beta": ("purple", ":"), "gamma": ("green", "-."),
              "both": ("vermilion", "--")}  # fmt: skip
    updates = result["updates"][1:]
    for name, (colour, line) in styles.items():
        measured = result["output"][name]
        left.semilogy(updates, [m.mean for m in measured], line, color=plotting.colour(colour))
    left.axhline(result["floor_here"], color=plotting.colour("muted"), linestyle=":")
    plotting.label(left, "without $\\gamma$", (110, 0.5), color=plotting.colour("blue"))
    plotting.label(left, "with $\\gamma$", (120, 0.04), color=plotting.colour("vermilion"))
    plotting.label(left, "log(1 + 9 exp(−10/3))", (70, 0.2))
    left.set(xlabel="update", ylabel="training loss", title="behind the last layer")
    for row, (act, marker) in enumerate((("relu", "o"), ("sigmoid", "s"))):
        for place, name in enumerate(("neither", "beta", "gamma")):
            m = result["ratio"][act][name]
            colour = plotting.colour("blue" if act == "relu" else "vermilion")
            right.errorbar(
                place + 0.24 * (row - 0.5),
                m.mean,
                [[m.mean - m.low], [m.high - m.mean]],
                fmt=marker,
                color=colour,
                capsize=3,
                label={"relu": "ReLU", "sigmoid": "sigmoid"}[act] if not place else None,
            )
    right.axhline(1, color=plotting.colour("muted"), linestyle=":")
    right.set_xticks([0, 1, 2], ["neither", "$\\beta$ alone", "$\\gamma$ alone"])
    right.set(ylim=(0, 3.4), xlim=(-0.5, 2.5), ylabel="training loss, as a multiple")
    right.set_title("in hidden layers")
    right.legend(loc="upper right")
