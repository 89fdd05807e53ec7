"""Descent with and without momentum on quadratics, iterated and searched: `momentum`'s oracles.

The closed forms are in `trainingtips.momentum`; here is what measures them.
"""

import numpy as np
from scipy import optimize

from trainingtips import chance, momentum


def spectrum(condition, n):
    """n eigenvalues from 1 to the condition number, at equal ratios."""
    return np.geomspace(1, condition, n)


def iterated(tuned, conditions, n, updates):
    """The error kept per update on each `spectrum`, by iterating with its `momentum.Tuned` pair."""
    steps = [t.eta * spectrum(k, n) for t, k in zip(tuned, conditions, strict=True)]
    return momentum.measured_rate(np.array(steps), np.array([t.beta for t in tuned]), updates)


def searched(condition):
    """The least error kept per update that a search over η and β finds; matrices, no formula.

    It runs over ηλₙ and 1 − √β by differential evolution (Storn and Price 1997).
    """

    def worst(parameters):
        step, gap = np.exp(parameters)
        beta = (1 - gap) ** 2
        matrices = np.zeros((2, 2, 2))
        matrices[:, 0, 0] = 1 + beta - step * np.array([1, 1 / condition])
        matrices[:, 0, 1] = -beta
        matrices[:, 1, 0] = 1
        return abs(np.linalg.eigvals(matrices)).max()

    bounds = [(np.log(0.1), np.log(4)), (np.log(0.5 / np.sqrt(condition)), 0)]
    found = optimize.differential_evolution(worst, bounds, rng=chance.rng(0), tol=1e-9, maxiter=150)
    return float(found.fun)


def transient(tune, condition, n, updates):
    """The largest error along an eigenvector after each update, from ones: (updates + 1,).

    `tune` is `momentum.tuned` or `momentum.tuned_plain`.
    """
    eta, beta, _ = tune(1, condition)
    values = spectrum(condition, n)
    points = momentum.heavy_ball(lambda theta: values * theta, np.ones(n), eta, beta, updates)
    return abs(points).max(1)


def transients(condition, n, updates):
    """`transient` without and with momentum, both tuned: "plain" and "heavy"."""
    tunes = {"plain": momentum.tuned_plain, "heavy": momentum.tuned}
    return {name: transient(tune, condition, n, updates) for name, tune in tunes.items()}


def edge(steps, rates, beyond):
    """The first of the steps ηλ at which the error does not shrink; `beyond` where it always does.

    >>> edge([1.0, 2.0, 3.0], [0.5, 1.0, 2.0], beyond=4.0)
    2.0
    """
    growing = np.asarray(rates) >= 1
    return float(steps[growing.argmax()]) if growing.any() else beyond


def overtakes(one, other):
    """The first update at which `one` is below `other`, and stays so.

    >>> overtakes([9, 4, 2, 1], [8, 5, 2, 2])
    3
    """
    return int(np.flatnonzero(np.greater_equal(one, other))[-1]) + 1


def radius(curvatures, eta, beta):
    """The spectral radius of the whole iteration, from the eigenvalues of its matrices.

    >>> round(radius((0.2, 4.0), 0.4, 0.0), 3)
    0.92
    """
    ends = [[[1 + beta - eta * each, -beta], [1, 0]] for each in curvatures]
    return float(abs(np.linalg.eigvals(ends)).max())


def kept(points):
    """The mean error kept per update over the second half of the path; of position and step."""
    size = np.linalg.norm(points[1:], axis=1) + np.linalg.norm(np.diff(points, axis=0), axis=1)
    half = len(size) // 2
    return float((size[-1] / size[-1 - half]) ** (1 / half))


def per_ten(rates):
    """Updates that divide the error by ten, of which each keeps the share `rates`.

    >>> round(float(per_ten(0.1)), 12)
    1.0
    """
    return np.log(10) / -np.log(np.asarray(rates))
