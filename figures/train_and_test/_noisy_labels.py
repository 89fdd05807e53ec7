"""Training watched epoch by epoch, with right labels and with two in five drawn at random."""

from functools import partial

import numpy as np

from trainingtips import parallel
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_settings, own_splits, own_training

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
    "text_transformer": "its wrong labels would be wrong signs, of which a text has its own share",
}
DIGITS = {"data": "digits", "network": "perceptron", "rule": "Adam", "rate": 0.003, "seeds": 32}
EXAMPLES, VALIDATION, FEW, EPOCHS, BATCH = 256, 256, 32, 100, 32
WRONG = {"clean": 0.0, "noisy": 0.4}  # share of the labels that is drawn at random


def compute(*, setting=None):
    names, of = list(WRONG), partial(watched, setting or DIGITS)
    return dict(zip(names, parallel.each(of, names), strict=True)) | {"wrong": WRONG}


def watched(own, name):
    """Name of a curve -> (epochs, seeds), to four decimals."""
    found, seeds = elsewhere.dataset(own), range(own["seeds"])
    nets = Ensemble(own_settings.network(own, found, 128), seeds)
    parts = own_splits.split(seeds, EXAMPLES, VALIDATION, WRONG[name], dataset=found)
    step, rows = own_settings.step(nets, own), []
    for t in own_training.updates(nets, parts, step, BATCH, EPOCHS):
        if t % (EXAMPLES // BATCH) == 0:
            rows.append(look(nets, parts) | (learnt(nets, parts) if WRONG[name] else {}))
    return {key: np.round([each[key] for each in rows], 4) for key in rows[0]}


def look(nets, parts):
    """The losses that one stops by, on many and on few examples, and what a test says."""
    test_loss, test_error = own_splits.judged(nets, parts, parts.test[:, :640])
    return {
        "validation": own_splits.judged(nets, parts, parts.validation, told=True)[0],
        "few": own_splits.judged(nets, parts, parts.validation[:, :FEW], told=True)[0],
        "test_loss": test_loss,
        "test_error": test_error,
    }


def learnt(nets, parts):
    """Shares of the training digits: right labels fitted, wrong ones fitted, and seen through."""
    told, true = (parts.labels(parts.train, told) for told in (True, False))
    given, wrong = own_splits.outputs(nets, parts, parts.train).argmax(-1), told != true
    parts_of = {
        "right": ((given == told) & ~wrong, ~wrong),
        "by_heart": ((given == told) & wrong, wrong),
        "seen_through": ((given == true) & wrong, wrong),
    }
    return {k: (hits.sum(1) / of.sum(1)).numpy() for k, (hits, of) in parts_of.items()}
