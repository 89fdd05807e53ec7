"""Momentum on ½θ² with independent standard normal noise in each gradient: the loss's floor."""

from itertools import islice

import numpy as np

from trainingtips import chance, momentum


def traces(settings, start, seeds, updates, seed):
    """The loss of `seeds` runs from `start`, for each (η, β): (settings, updates + 1, seeds)."""
    rng = chance.rng(seed)
    eta, beta = np.array(settings).T[..., None]
    starts = np.full((len(settings), seeds), start)
    noisy = _noisy(rng, starts.shape)
    path = momentum.heavy_ball(noisy, starts, eta, beta, updates)
    return np.moveaxis(path, 0, 1) ** 2 / 2


def floors(eta, beta, seeds, burn_in, updates, seed):
    """The mean loss of each of `seeds` runs from 0 over `updates` after the burn-in: (…, seeds).

    `eta`, (…, 1), and `beta` broadcast against the seeds.
    """
    shape = (*eta.shape[:-1], seeds)
    noisy = _noisy(chance.rng(seed), shape)
    path = momentum.roll(noisy, np.zeros(shape), eta, beta)
    total = sum(theta**2 for theta in islice(path, burn_in, burn_in + updates)) / 2
    return total / updates


def _noisy(rng, shape):
    return lambda theta: theta + rng.normal(size=shape)
