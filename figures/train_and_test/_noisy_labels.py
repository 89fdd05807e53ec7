"""Training watched epoch by epoch, with right labels and with two in five drawn at random."""

from functools import partial

import numpy as np
import torch

from trainingtips import networks, parallel
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import own_splits as own
from trainingtips.experiments import own_training

CHAOS = "Adam's first steps have the size of the rate, whatever a gradient's last digits are"

SEEDS, EXAMPLES, VALIDATION, FEW, EPOCHS, BATCH, RATE = range(32), 256, 256, 32, 100, 32, 0.003
WRONG = {"clean": 0.0, "noisy": 0.4}  # share of the labels that is drawn at random


def compute():
    names = list(WRONG)
    return dict(zip(names, parallel.each(watched, names), strict=True)) | {"wrong": WRONG}


def watched(name):
    """Name of a curve -> (epochs, seeds), to four decimals."""
    nets = Ensemble(partial(networks.mlp, hidden=(128,)), SEEDS)
    parts = own.split(SEEDS, EXAMPLES, VALIDATION, WRONG[name])
    step, rows = own_training.optimized(nets, partial(torch.optim.Adam, lr=RATE)), []
    for t in own_training.updates(nets, parts, step, BATCH, EPOCHS):
        if t % (EXAMPLES // BATCH) == 0:
            rows.append(look(nets, parts) | (learnt(nets, parts) if WRONG[name] else {}))
    return {key: np.round([each[key] for each in rows], 4) for key in rows[0]}


def look(nets, parts):
    """The losses that one stops by, on many and on few examples, and what a test says."""
    test_loss, test_error = own.judged(nets, parts, parts.test[:, :640])
    return {
        "validation": own.judged(nets, parts, parts.validation, told=True)[0],
        "few": own.judged(nets, parts, parts.validation[:, :FEW], told=True)[0],
        "test_loss": test_loss,
        "test_error": test_error,
    }


def learnt(nets, parts):
    """Shares of the training digits: right labels fitted, wrong ones fitted, and seen through."""
    told, true = (parts.labels(parts.train, told) for told in (True, False))
    given, wrong = own.outputs(nets, parts, parts.train).argmax(-1), told != true
    parts_of = {
        "right": ((given == told) & ~wrong, ~wrong),
        "by_heart": ((given == told) & wrong, wrong),
        "seen_through": ((given == true) & wrong, wrong),
    }
    return {k: (hits.sum(1) / of.sum(1)).numpy() for k, (hits, of) in parts_of.items()}
