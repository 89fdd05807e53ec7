"""Without γ a normalized output cannot bring the loss below 0.28; hidden layers hardly need it.

Behind the last layer, the loss levels off at log(1 + 9 exp(−10/3)) unless γ may stretch the logits.
In hidden layers, what leaving γ or β out does to the training loss, for ReLU and sigmoid.

Digits. A logit of mean 0 and variance 1 that is to single out one class of ten can do no better
than 3 for that class and −1/3 for the others, which leaves the cross-entropy log(1 + 9 exp(−10/3))
≈ 0.28; at the digits' unequal shares it is the least that a search finds. Behind the last layer:
the training loss with and without γ and β there. In hidden layers: three of them normalized before
their ReLU or sigmoid, 20 epochs, with each of γ and β left out, the training loss as a multiple of
that with both. Behind the last layer on one split, 32 starts; in hidden layers on 32 splits, where
the test accuracy differs by less than a point.
"""

import numpy as np
from torch import nn

from trainingtips import plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import own_splits as own
from trainingtips.experiments import own_training
from trainingtips.experiments.normalizations import Affine, bound, least_loss
from trainingtips.statistics import paired, ratio, student

VERDICT = "regime"
SEEDS = 32
OUTPUT = {"batch": 256, "epochs": 60, "every": 12}  # at rate 1
HIDDEN = {"relu": (nn.ReLU, 0.5), "sigmoid": (nn.Sigmoid, 1.0)}  # activation, rate
DEPTH, BATCH, EPOCHS = 3, 64, 20
PARTS = {"neither": (False, False), "beta": (False, True), "gamma": (True, False),
         "both": (True, True)}  # fmt: skip
LESS = ("neither", "beta", "gamma")
ONE = deep.network(nn.BatchNorm1d, depth=1)

ALT = (
    "Behind the last layer, training loss against updates: without gamma it levels off above a "
    "dotted line at 0.28, with gamma it falls on below 0.01. In hidden layers, for ReLU and "
    "sigmoid, training loss as a multiple of that with both: between one and a half and three with "
    "neither and with beta alone, one with gamma alone."
)
NUMBER = (
    "bound on the loss without γ: {floor_here | decimals(3)}; test accuracy gained with γ and β "
    "in hidden layers: {gain.relu | interval(2, share=True)} (ReLU)"
)


def compute():
    train, _ = deep.digits()
    output = {name: at_output(*parts, train) for name, parts in PARTS.items()}
    hidden = {act: {name: in_hidden(act, *parts) for name, parts in PARTS.items()}
              for act in HIDDEN}  # fmt: skip
    told = {of: {act: {n: student(f[of]) for n, f in each.items()} for act, each in hidden.items()}
            for of in ("accuracy", "loss")}  # fmt: skip
    return {
        "floor": least_loss(np.full(10, 0.1)),
        "floor_here": bound(np.bincount(train.y) / len(train)),
        "updates": output["both"].updates,
        "output": {name: [student(row) for row in run.losses[1:]] for name, run in output.items()},
        "ratio": {act: {n: ratio(found[n]["loss"], found["both"]["loss"]) for n in LESS}
                  for act, found in hidden.items()},
        "accuracy": told["accuracy"],
        "gain": {act: paired(found["both"]["accuracy"], found["neither"]["accuracy"])
                 for act, found in hidden.items()},
        "loss": told["loss"],
    }  # fmt: skip


def at_output(gamma, beta, train):
    """The run of networks 64-32-10, normalized before ReLU and, as `Affine` says, at the end."""
    make = lambda: nn.Sequential(*ONE(), Affine(10, gamma, beta))  # noqa: E731
    return Ensemble(make, range(SEEDS)).train(train.x, train.y, deep.sgd(1.0), **OUTPUT)


def in_hidden(act, gamma, beta):
    """Training loss and test accuracy of each seed."""
    activation, rate = HIDDEN[act]
    make = deep.network(lambda w: Affine(w, gamma, beta), depth=DEPTH, activation=activation)
    nets, parts = Ensemble(make, range(SEEDS)), own.split(list(range(SEEDS)))
    for _ in own_training.updates(nets, parts, own_training.descent(nets, rate), BATCH, EPOCHS):
        pass
    return {"loss": own.training_losses(nets, parts), "accuracy": own.accuracy(nets, parts)}


def claim(result):
    here = result["floor_here"]
    for name in ("neither", "beta"):
        rest = result["output"][name][-1]
        # running averages stand in for the batch's own: the variance is not one to the last digit
        assert rest.low > 0.99 * here, f"expected no loss below {here:.3f}, {name}: {rest}"
        assert rest.high < 1.5 * here, f"expected the bound to come into sight, {name}: {rest}"
    for name in ("gamma", "both"):
        rest = result["output"][name][-1]
        assert rest.high < 0.2 * here, f"expected γ to lift the bound, {name}: {rest}"
    for act, ratios in result["ratio"].items():
        assert ratios["neither"].low > 1.2, f"expected γ to be of some use, {act}: {ratios}"
        only = ratios["gamma"].high < ratios["neither"].low
        assert only, f"expected γ to be what is missed, and not β, {act}: {ratios}"
    for act, gain in result["gain"].items():
        assert max(abs(gain.low), abs(gain.high)) < 0.01, f"expected under a point, {act}: {gain}"
    last = {name: rows[-1] for name, rows in result["output"].items()}
    cost = last["beta"].low / last["both"].high  # of leaving γ out behind the last layer
    for act, each in result["ratio"].items():
        for name, times in each.items():
            assert times.high < cost / 10, f"expected a tenth of that, {act}, {name}: {times}"


PANELS = {
    "behind the last layer": {"x": "update", "y": "training loss", "log": "y"},
    "in hidden layers": {
        "y": "training loss, as a multiple",
        "xlim": (-0.5, 2.5),
        "ylim": (0, 3.4),
        "xticks": ([0, 1, 2], ["neither", "$\\beta$ alone", "$\\gamma$ alone"]),
    },
}
LOOKS = {  # colour, text and its place, line
    "neither": ("blue", "without $\\gamma$", (110, 0.5), "left", "-"),
    "beta": ("purple", "", None, "left", ":"),
    "gamma": ("green", "", None, "left", "-."),
    "both": ("vermilion", "with $\\gamma$", (120, 0.04), "left", "--"),
}
ACTIVATIONS = {"relu": ("blue", "ReLU", -0.12), "sigmoid": ("vermilion", "sigmoid", 0.12)}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4)
    for name, (*words, look) in LOOKS.items():
        measured = result["output"][name]
        plotting.curve(left, result["updates"][1:], measured, *words, look=look)
    plotting.level(left, result["floor_here"], text="log(1 + 9 exp(−10/3))", at=(70, 0.2))
    for name, (colour, text, aside) in ACTIVATIONS.items():
        ratios = [result["ratio"][name][part] for part in LESS]
        plotting.points(right, np.arange(3) + aside, ratios, colour, text)
    plotting.level(right, 1)
    right.legend(loc="upper right")
