"""Dead ReLUs multiply with the rate; none of the first layer comes back, some behind it do.

The share of units that are zero on all training digits after five epochs, in each of two hidden
layers, against the rate; and the share of these that are alive again after fifteen; 95 % bars.

Digits, 1,024 for training, two hidden layers of 32 ReLU units, torch's own start, plain descent
with batches of 64; 32 starts. A unit of the first layer that gives zero for every example has no
gradient, and its inputs do not change: theory says that it never comes back. A unit behind it may,
since its inputs are learnt by others.
"""

from functools import partial

import numpy as np
import torch

from trainingtips import batches, networks, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_settings
from trainingtips.statistics import paired, student

CHAOS = "at a rate of 1 a last digit grows in training"

SETTINGS = {
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "perceptron",
        "optimiser": "SGD",
        "rates": [0.03, 0.1, 0.3, 1.0],
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_adam": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "Adam",
        "rates": [0.003, 0.01, 0.03, 0.1],
    },
    "fashion_cnn": "a filter is at many places of a picture, and dead at some",
    "text_transformer": "its units are GELU, which have a slope everywhere",
}
DIGITS = {"data": "digits", "optimiser": "SGD", "rates": (0.03, 0.1, 0.3, 1.0)}
SEEDS, BATCH, UNITS, FIRST, LAST = 32, 64, 32, 5, 15

ALT = (
    "The share of dead units against the rate: near zero in the first layer at small rates and "
    "half at the largest; in the second a tenth or so, and a third at the largest. The share "
    "alive again later: zero for the first layer, above it for the second."
)
NUMBER = "share dead at rate 1, first layer: {dead.first.3 | interval(0, share=True)}"


def compute(*, setting=None):
    own = setting or DIGITS
    train = elsewhere.dataset(own).split(1024, seed=0)[0]
    runs = [run(own["optimiser"], rate, train) for rate in own["rates"]]
    dead = {n: [r[FIRST][n].double().mean(1) for r in runs] for n in ("first", "second")}
    counted = {n: [int(r[FIRST][n].sum()) for r in runs] for n in dead}
    back = {n: [int((r[FIRST][n] & ~r[LAST][n]).sum()) for r in runs] for n in dead}
    return {
        "rates": np.array(own["rates"]),
        "dead": {n: [student(each.numpy()) for each in rows] for n, rows in dead.items()},
        "more": {n: paired(rows[-1].numpy(), rows[0].numpy()) for n, rows in dead.items()},
        "counted": counted,
        "back": back,
    }


def run(rule, rate, train):
    """Which units are dead, epoch -> layer -> (E, UNITS) of booleans."""
    make = partial(networks.mlp, train.x.shape[1], train.classes, (UNITS, UNITS))
    nets = Ensemble(make, range(SEEDS))
    weights = [w.detach().clone().requires_grad_() for w in nets.parameters.values()]
    step = own_settings.UPDATES[rule](weights, rate)
    everything = train.x.expand(SEEDS, -1, -1)
    found = {}
    for epoch in range(1, LAST + 1):
        deals = (batches.epoch(len(train), BATCH, s, epoch) for s in range(SEEDS))
        for rows in zip(*deals, strict=True):
            at = torch.from_numpy(np.array(rows))
            z = forward(weights, train.x[at])[-1]
            losses = torch.nn.functional.cross_entropy(z.mT, train.y[at], reduction="none")
            step(torch.autograd.grad(losses.mean(1).sum(), weights))
        if epoch in (FIRST, LAST):
            with torch.no_grad():
                first, second, _ = forward(weights, everything)
            found[epoch] = {"first": (first == 0).all(1), "second": (second == 0).all(1)}
    return found


def forward(weights, x):
    """Units of both hidden layers, (E, B, UNITS), and logits, (E, B, 10)."""
    w1, b1, w2, b2, w3, b3 = weights
    first = (x @ w1.mT + b1.unsqueeze(1)).relu()
    second = (first @ w2.mT + b2.unsqueeze(1)).relu()
    return first, second, second @ w3.mT + b3.unsqueeze(1)


def claim(result):
    for name, more in result["more"].items():
        assert more.low > 0.05, f"expected more dead units at the largest rate, {name}: {more}"
    for rate, dead, back in zip(
        result["rates"], result["counted"]["first"], result["back"]["first"], strict=True
    ):
        assert back == 0, f"expected none of {dead} to come back in the first layer, rate {rate}"
    assert sum(result["counted"]["first"]) > 50, f"expected some dead: {result['counted']}"
    some = sum(result["back"]["second"])
    assert some > 0, f"expected some of the second layer to come back, found {some}"


PANELS = {
    "dead after five epochs": {"x": "rate $\\eta$", "y": "share of units", "log": "x"},
    "alive again after fifteen": {"x": "rate $\\eta$", "y": "share of those dead", "log": "x"},
}
LOOKS = {"first": ("blue", "first layer"), "second": ("vermilion", "second layer")}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4)
    for name, (colour, text) in LOOKS.items():
        plotting.points(left, result["rates"], result["dead"][name], colour, text, joined=True)
        dead, back = np.array(result["counted"][name]), np.array(result["back"][name])
        plotting.points(
            right, result["rates"], back / np.maximum(dead, 1), colour, text, joined=True
        )
    left.legend()
