"""Descent with and without momentum on the quadratic model of a small network's loss at rest.

The model is ½ Σ λᵢ cᵢ², λᵢ the eigenvalues of the Hessian where training came to rest, and cᵢ the
way from there along their eigenvectors. It starts where the network's training did.
"""

from itertools import islice

import numpy as np

from trainingtips import momentum
from trainingtips.curvature import hessian
from trainingtips.experiments import taylor_terms as terms
from trainingtips.experiments.quadratics import per_ten

TUNES = {"plain": momentum.tuned_plain, "heavy": momentum.tuned}


def at_rest(seed, hidden, penalty, rate, adam, rounds):
    """(λ, c): eigenvalues, rising, and the start's place along their eigenvectors, (n,) each.

    Training and its parameters are those of `taylor_terms.rested`.
    """
    ends = [0, adam + rounds * terms.ROUND]
    loss, (start, rest) = terms.rested(seed, hidden, penalty, rate, adam, rounds, ends)
    values, vectors = np.linalg.eigh(hessian(loss, rest).numpy())
    return values, vectors.T @ (start - rest).numpy()


def losses(values, start, tuned, updates):
    """The model's loss over that at its start, at the start and after each update: (updates + 1,).

    >>> losses(np.ones(2), np.ones(2), momentum.Tuned(0.5, 0.0, 0.5), 2).tolist()
    [1.0, 0.25, 0.0625]
    """
    walk = momentum.roll(lambda c: values * c, start, tuned.eta, tuned.beta)
    found = np.array([(values * c**2).sum() for c in islice(walk, updates + 1)])
    return found / found[0]


def arrival(losses, share):
    """The first update from which on the loss is at most that share of the start.

    Raises ValueError where it is not there at the end.

    >>> arrival(np.array([1, 0.4, 0.6, 0.3]), 0.5)
    3
    """
    above = np.flatnonzero(losses > share)
    if len(above) and above[-1] + 1 == len(losses):
        raise ValueError(f"the loss is not at {share} of its start after {len(losses) - 1} updates")
    return int(above[-1]) + 1 if len(above) else 0


def raced(values, start, shares, updates, far):
    """What both rules need on one model: a dict.

    `condition` κ; of each rule the `theory` of the error kept per update, the `measured` one, by
    iterating `far` updates, and `losses`; `gains`, (shares,): how many times fewer updates momentum
    needs to bring the loss to each of `shares`, and `long_run`, to divide the error by ten.
    """
    tuned = {name: tune(values[0], values[-1]) for name, tune in TUNES.items()}
    paths = {name: losses(values, start, each, updates) for name, each in tuned.items()}
    needed = {name: np.array([arrival(path, s) for s in shares]) for name, path in paths.items()}
    measured = {
        name: float(momentum.measured_rate(each.eta * values, each.beta, far))
        for name, each in tuned.items()
    }
    return {
        "condition": float(values[-1] / values[0]),
        "theory": {name: each.rate for name, each in tuned.items()},
        "measured": measured,
        "losses": paths,
        "gains": needed["plain"] / needed["heavy"],
        "long_run": float(per_ten(measured["plain"]) / per_ten(measured["heavy"])),
    }
