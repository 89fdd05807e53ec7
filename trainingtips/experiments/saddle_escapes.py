"""How many updates descent needs to leave the saddle of the two-weight network."""

import numpy as np
import torch

from trainingtips import chance
from trainingtips.descent import descend
from trainingtips.surfaces import two_weights


def plain_updates(start, rate, loss):
    """Updates of plain descent from `start`, (2,), until the loss is below `loss`; 2000 at most."""
    path = descend(
        two_weights,
        start,
        lambda parameters: torch.optim.SGD(parameters, lr=rate),
        steps=2000,
        stop=lambda value, _: value < loss,
    )
    return len(path) - 1


def noisy_updates(start, rate, loss, noise, seeds):
    """Updates until escape of all seeds at once, (seeds,): descent with noise in the gradient.

    `noise` is the standard deviation in each of its components.
    """
    rng = chance.rng(0)
    w = np.tile(start, (seeds, 1))
    updates = np.zeros(seeds)
    while (stuck := two_weights(w) >= loss).any():
        updates += stuck
        gradient = -2 * (1 - w.prod(1, keepdims=True)) * w[:, ::-1]
        w -= stuck[:, None] * rate * (gradient + noise * rng.normal(size=w.shape))
    return updates
