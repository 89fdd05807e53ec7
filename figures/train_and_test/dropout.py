"""Dropout can print a loss above the test loss; it helps where labels are wrong, and else little.

Losses: on 512 training digits as printed, with units missing, on the same with all units, and on
test digits. Gains: what dropout takes off the test error, in three settings. Means of 32 networks,
95 % intervals.

Networks of 64, 64 and 10 units (ReLU), Adam at a rate of 0.003, 320 updates of batches of 32; each
of 32 has a start, an order, missing units and a split of its own. Dropout with the share p stands
behind the hidden units. The settings are 64 and 512 digits with right labels, and 256 of which
three labels in ten are drawn at random; test labels are right. Tuned: each network's p is the one
of 0, 0.2, 0.5 and 0.8 with its least validation loss, on 256 digits whose labels are as wrong.
Gains are paired with the same network without dropout. With 64 digits the printed loss stays below
the test's.
"""

from functools import partial

import numpy as np
import torch

from trainingtips import chance, parallel, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_settings, own_splits, own_training
from trainingtips.statistics import paired, student

VERDICT = "regime"
CHAOS = "Adam's first steps have the size of the rate, whatever a gradient's last digits are"

SETTINGS = {  # 1,797 examples, split as the digits are
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "perceptron",
        "optimiser": "Adam",
        "rule": "Adam",
        "rate": 0.003,
        "seeds": 32,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "convolution",
        "optimiser": "Adam",
        "rule": "Adam",
        "rate": 0.003,
        "seeds": 16,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_sgd": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "rate": 0.3,
        "seeds": 32,
    },
    "text_transformer": "a third of the claim is about labels drawn at random",
}
DIGITS = {"data": "digits", "network": "perceptron", "rule": "Adam", "rate": 0.003, "seeds": 32}
WIDTH, VALIDATION, UPDATES, BATCH = 64, 256, 320, 32
SETS = {"few": (64, 0.0), "many": (512, 0.0), "noisy": (256, 0.3)}  # digits, wrong labels
SHARES = (0.0, 0.2, 0.5, 0.8)
HALF = SHARES.index(0.5)
LOSSES = ("printed", "whole", "test")

ALT = (
    "Losses against the share of units that is missing: one value for printed and whole at zero; "
    "then the printed loss rises fastest and is above the test loss from one half on, while the "
    "whole network's stays below it. Gains: about three points with wrong labels at one half, near "
    "zero or below with right ones, and a loss at 0.8."
)
NUMBER = (
    "off the test error by tuned dropout, wrong labels: "
    "{tuned.noisy | interval(1, share=True, points=True)}"
)


def compute(*, setting=None):
    items = [(name, p) for name in SETS for p in SHARES]
    found = dict(zip(items, parallel.each(partial(trained, setting or DIGITS), items), strict=True))
    by = {
        name: {key: np.array([found[name, p][key] for p in SHARES]) for key in found[name, 0.0]}
        for name in SETS
    }
    return {
        "losses": {
            name: {key: [student(row) for row in each[key]] for key in LOSSES}
            for name, each in by.items()
        },
        "above": {n: paired(each["printed"][HALF], each["test"][HALF]) for n, each in by.items()},
        "below": {n: paired(each["whole"][HALF], each["test"][HALF]) for n, each in by.items()},
        "error": {n: [student(row) for row in each["error"]] for n, each in by.items()},
        "gain": {n: [paired(each["error"][0], r) for r in each["error"]] for n, each in by.items()},
        "tuned": {n: paired(each["error"][0], tuned(each)) for n, each in by.items()},
    }


def tuned(each):
    """Test error of each network with the share that its validation loss is least with."""
    place = each["validation"].argmin(0)
    return np.take_along_axis(each["error"], place[None], 0)[0]


def trained(own, item):
    """Losses and test error of each network, (seeds,), by their names."""
    (examples, wrong), p = SETS[item[0]], item[1]
    found, seeds = elsewhere.dataset(own), range(own["seeds"])
    nets = Ensemble(own_settings.network(own, found, WIDTH, share=p), seeds)
    parts = own_splits.split(seeds, examples, VALIDATION, wrong, dataset=found)
    step = own_settings.step(nets, own)
    with chance.started(5):  # which units are missing
        for _ in own_training.updates(nets, parts, step, BATCH, UPDATES * BATCH // examples):
            pass
        printed = in_train_mode(nets, parts)
    test = own_splits.judged(nets, parts, parts.test)
    return {
        "printed": printed,
        "whole": own_splits.training_losses(nets, parts),
        "validation": own_splits.judged(nets, parts, parts.validation, told=True)[0],
        "test": test[0],
        "error": test[1],
    }


@torch.no_grad()
def in_train_mode(nets, parts):
    """Loss of each network on its training digits with units missing: (seeds,)."""
    x, y = parts.pixels(parts.train), parts.labels(parts.train, told=True)
    outputs = own_splits.forward(nets.template, nets.parameters, nets.buffers, x)
    return own_splits.losses(outputs, y).numpy()


def claim(result):
    above, below = result["above"], result["below"]
    assert above["many"].low > 0.03, f"expected the printed loss above the test's: {above['many']}"
    assert below["many"].high < -0.03, f"expected whole networks' below it: {below['many']}"
    assert above["few"].high < -0.1, f"expected it below with few digits: {above['few']}"
    tuned = result["tuned"]
    assert tuned["noisy"].low > 0.01, f"expected tuned dropout to help: {tuned['noisy']}"
    for name in ("few", "many"):
        little = tuned[name].low > -0.01 and tuned[name].high < 0.01
        assert little, f"expected less than a point with right labels, {name}: {tuned[name]}"


POINTS = ([-0.04, -0.02, 0, 0.02, 0.04], "{x:.0%}")
SHARE = {"x": "share $p$ of units missing", "xticks": SHARES, "xlim": (-0.04, 0.84)}
PANELS = {
    "losses": SHARE | {"y": "loss", "ylim": (0, 0.95)},
    "gains": SHARE | {"y": "test error less", "yticks": POINTS, "ylim": (-0.05, 0.05)},
}
LINES = {"printed": ("vermilion", "printed"), "test": ("blue", "test"),
         "whole": ("green", "training, all units")}  # fmt: skip
GAINS = {"noisy": ("vermilion", "256, wrong labels"), "many": ("blue", "512"),
         "few": ("green", "64")}  # fmt: skip


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4)
    for name, look in LINES.items():
        plotting.points(left, SHARES, result["losses"]["many"][name], *look, joined=True)
    plotting.level(right, 0)
    for name, look in GAINS.items():
        plotting.points(right, SHARES[1:], result["gain"][name][1:], *look, joined=True)
    left.legend()
    right.legend()
