"""The loss and its gradient along one step from where training is, as Santurkar et al. (2018) do.

A loss is the smoother, the less its gradient moves: β = ‖g − g′‖ / (η ‖g‖) along a step η g.
"""

import numpy as np
import torch
from torch import nn

from trainingtips.curvature import flat_loss
from trainingtips.ensemble import Ensemble
from trainingtips.experiments.deep_networks import BATCH, digits, sgd
from trainingtips.normalization import smoothness
from trainingtips.statistics import bootstrap


def follow(make, rate, steps, epochs, seeds, examples):
    """Loss multiples, gradient moves and effective β: a dict of (times, seeds, steps) arrays.

    `make` builds a network, trained on digits at `rate`; after each number of `epochs` it is
    probed along its negative gradient on the first `examples`, by `steps` η.
    """
    train, _ = digits()
    x, y = train.x[:examples], train.y[:examples]
    rows = []
    for count in epochs:
        nets = Ensemble(make, seeds)
        nets.train(train.x, train.y, sgd(rate), BATCH, count)
        rows.append([probe(nets.member(i).train(), x, y, steps) for i in range(len(nets))])
    loss, move, beta = np.array(rows).transpose(2, 0, 1, 3)
    return {"loss": loss, "move": move, "beta": beta}


def summary(found, shown, short, long):
    """What `follow` found, over the seeds: quartiles by step, (3, steps), and bootstrapped medians.

    `shown` is the place of the time at which loss and move are told, besides the move at the start;
    `short` and `long` are the places of two steps. β is told at each time, at both steps and at its
    largest.
    """
    times = {"loss": ("loss", shown), "move": ("move", shown), "move_at_start": ("move", 0)}
    beta, quartiles = found["beta"], [0.25, 0.5, 0.75]
    shares = {n: np.quantile(found[of][at], quartiles, axis=0) for n, (of, at) in times.items()}
    return shares | {
        "short": [bootstrap(each, np.median) for each in beta[:, :, short]],
        "long": [bootstrap(each, np.median) for each in beta[:, :, long]],
        "largest": [bootstrap(each, np.median) for each in beta.max(2)],
        "loss_long": bootstrap(found["loss"][shown, :, long], np.median),
        "move_long": bootstrap(found["move"][shown, :, long], np.median),
    }


def probe(network, x, y, steps):
    """(loss multiple, move of the gradient as a share of ‖g‖, effective β) at each of `steps` η."""
    loss, theta = flat_loss(network, nn.functional.cross_entropy, x, y)
    found = smoothness(loss, theta, steps)
    norm = float(torch.func.grad(loss)(theta).norm())
    move = np.array(found.distances) / norm
    return np.array(found.losses) / float(loss(theta)), move, move / np.array(steps)
