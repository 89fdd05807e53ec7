"""Gradient descent with momentum on a quadratic, where theory has closed forms: rates and noise.

The heavy ball (Polyak 1964, doi 10.1016/0041-5553(64)90137-5), as in `torch.optim.SGD(momentum=β)`:

    v ← β v + g,    θ ← θ − η v

On ½θᵀHθ each eigenvector of H goes its own way. Along one with eigenvalue λ, θ obeys

    θ[t+1] = (1 + β − ηλ) θ[t] − β θ[t−1],

so that all that matters is the step ηλ, without a unit, and β. The characteristic equation is
z² − (1 + β − ηλ) z + β = 0, and the larger |z| of its two roots is the error kept per update
(Goh 2017, doi 10.23915/distill.00006). Plain gradient descent is β = 0.
"""

from itertools import islice
from typing import NamedTuple

import numpy as np

_ROUND = 16  # updates between two rescalings: far from the ends of the floating-point range


class Tuned(NamedTuple):
    """The best learning rate η and momentum β for a spectrum, and the error kept per update."""

    eta: float
    beta: float
    rate: float


def roll(gradient, start, eta, beta):
    """Gradient descent with momentum from `start`, without end: yields θ, first the start.

    `gradient` is a function of θ. `eta` and `beta` are numbers, or arrays that broadcast with θ:
    one call iterates a whole grid. θ has the shape that the start, η and β broadcast to.

    >>> path = roll(lambda theta: theta, 1.0, eta=0.5, beta=0.5)
    >>> [float(next(path)) for _ in range(4)]
    [1.0, 0.5, 0.0, -0.25]
    """
    eta, beta = np.asarray(eta, float), _momentum(beta)
    theta = np.array(np.broadcast_arrays(np.asarray(start, float), eta, beta)[0])
    velocity = np.zeros_like(theta)
    while True:
        yield theta
        velocity = beta * velocity + gradient(theta)
        theta = theta - eta * velocity


def heavy_ball(gradient, start, eta, beta, updates):
    """The points of `roll`, the start and one for each update: (updates + 1, *shape).

    >>> heavy_ball(lambda theta: theta, [1.0], eta=0.5, beta=0.5, updates=3)[:, 0].tolist()
    [1.0, 0.5, 0.0, -0.25]
    """
    _check_updates(updates)
    return np.array(list(islice(roll(gradient, start, eta, beta), updates + 1)))


def radius(step, beta):
    """The larger |z| of the two roots, the error kept per update: below 1, it converges.

    `step` is ηλ, `beta` β; they broadcast. Between (1 − √β)² and (1 + √β)² the roots are complex
    and the radius is √β, whatever the step.

    >>> radius([0.1, 1.0, 2.0], 0.0).tolist()
    [0.9, 0.0, 1.0]
    >>> round(float(radius(1.0, 0.81)), 12)
    0.9
    """
    step, beta = np.asarray(step, float), _momentum(beta)
    middle = 1 + beta - step
    square = middle**2 - 4 * beta
    real = (abs(middle) + np.sqrt(np.maximum(square, 0))) / 2
    return np.where(square < 0, np.sqrt(beta), real)


def stability_edge(beta):
    """The step ηλ up to which momentum β converges: 2 + 2β, against 2 without.

    >>> float(stability_edge(0.9))
    3.8
    """
    return 2 + 2 * _momentum(beta)


def critical_beta(step):
    """The momentum that is best for one step ηλ: (1 − √(ηλ))², where the two roots meet.

    Below it the error creeps, above it it swings. For 0 ≤ ηλ < 4: ValueError outside.

    >>> float(critical_beta(0.25))
    0.25
    """
    step = np.asarray(step, float)
    if not ((step >= 0) & (step < 4)).all():
        raise ValueError(f"the step ηλ lies in [0, 4); received {step}")
    return (1 - np.sqrt(step)) ** 2


def tuned(smallest, largest):
    """`Tuned` heavy ball for eigenvalues from `smallest` to `largest` (Polyak 1964).

    η = (2 / (√λ₁ + √λₙ))², β = ((√λₙ − √λ₁) / (√λₙ + √λ₁))²: both ends are critical, and the rate
    is (√κ − 1) / (√κ + 1) with the condition number κ = λₙ / λ₁.

    >>> [round(each, 4) for each in tuned(1.0, 100.0)]
    [0.0331, 0.6694, 0.8182]
    """
    low, high = np.sqrt(_spectrum(smallest, largest))
    rate = (high - low) / (high + low)
    return Tuned(float((2 / (low + high)) ** 2), float(rate**2), float(rate))


def tuned_plain(smallest, largest):
    """`Tuned` gradient descent without momentum: η = 2 / (λ₁ + λₙ), rate (κ − 1) / (κ + 1).

    >>> [round(each, 4) for each in tuned_plain(1.0, 100.0)]
    [0.0198, 0.0, 0.9802]
    """
    low, high = _spectrum(smallest, largest)
    return Tuned(float(2 / (low + high)), 0.0, float((high - low) / (high + low)))


def measured_rate(step, beta, updates=4000):
    """The error kept per update, found by iterating from θ = 1: no formula.

    `step`, (..., n), holds ηλ of n directions of one quadratic; `beta`, (...), its momentum. The
    rate, (...), is the mean factor over the second half of `updates`, a positive multiple of 32, of
    the largest of all |θ| and |θ[t] − θ[t−1]|. The error is rescaled on the way, which a linear
    iteration allows, so that neither a fast rate nor a divergence leaves the floating-point range.

    >>> round(float(measured_rate([0.5, 1.9], 0.0)), 6)
    0.9
    """
    if not isinstance(updates, int) or updates <= 0 or updates % (2 * _ROUND):
        raise ValueError(f"updates is a positive multiple of {2 * _ROUND}; received {updates!r}")
    step, beta = np.asarray(step, float), _momentum(beta)[..., None]
    step, beta = np.broadcast_arrays(step, beta)
    theta, moved, logs = np.ones(step.shape), np.zeros(step.shape), []
    for _ in range(updates // _ROUND):
        for _ in range(_ROUND):
            moved = beta * moved + step * theta  # ηv
            theta = theta - moved
        size = np.maximum(abs(theta), abs(moved)).max(-1)
        with np.errstate(divide="ignore"):  # an error of exactly zero has the rate zero
            logs.append(np.log(size))
        scale = np.where(size > 0, size, 1)[..., None]
        theta, moved = theta / scale, moved / scale
    half = logs[len(logs) // 2 :]
    return np.exp(sum(half) / (len(half) * _ROUND))


def noise_floor(eta, beta, curvature, noise):
    """The expected loss ½λθ² in the steady state, with noise in each gradient.

    `noise` is the standard deviation σ of the independent noise in each gradient, `curvature` λ:

        ½λ E[θ²] = ½ησ² (1 + β) / ((1 − β) (2 + 2β − ηλ))

    the variance of a second-order autoregression. For small ηλ it is ¼σ² η/(1 − β): only the
    effective rate counts. Arguments broadcast. Raises ValueError where there is no steady state.

    >>> float(noise_floor(eta=1.0, beta=0.0, curvature=1.0, noise=1.0))
    0.5
    """
    beta = _momentum(beta)
    eta, curvature, noise = (np.asarray(each, float) for each in (eta, curvature, noise))
    step = eta * curvature
    if not ((step > 0) & (step < stability_edge(beta)) & (beta < 1)).all():
        raise ValueError(
            f"a steady state needs 0 < ηλ < 2 + 2β and β < 1; received ηλ = {step}, β = {beta}"
        )
    return 0.5 * eta * noise**2 * (1 + beta) / ((1 - beta) * (2 + 2 * beta - step))


def _momentum(beta):
    beta = np.asarray(beta, float)
    if not ((beta >= 0) & (beta <= 1)).all():
        raise ValueError(f"momentum lies in [0, 1]; received {beta}")
    return beta


def _spectrum(smallest, largest):
    if not 0 < smallest <= largest < np.inf:
        raise ValueError(f"expected 0 < smallest <= largest; received {smallest} and {largest}")
    return float(smallest), float(largest)


def _check_updates(updates):
    if not isinstance(updates, int) or updates < 0:
        raise ValueError(f"updates is a whole number, 0 or more; received {updates!r}")
