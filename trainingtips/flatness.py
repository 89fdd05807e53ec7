"""How sharp a minimum is: the rise of the loss in a box around it."""

import numpy as np
import torch
from scipy.optimize import minimize

from trainingtips import chance
from trainingtips.derivatives import check, recording, whole
from trainingtips.soundness import check_steady, steadily, warn_of_slope


def sharpness(loss, theta, epsilon=1e-3, iterations=10, starts=2, subspace=None, seed=0):
    """Keskar's sharpness 100 (max f − f) / (1 + f), over the box |δᵢ| ≤ ε (|θᵢ| + 1).

    Keskar et al. (2017), metric 2.1, arXiv 1609.04836: `iterations` iterations of L-BFGS-B
    maximise the loss. The first start is θ, where the gradient may vanish; the others are random
    corners of the box, and the highest value found counts, so that the result is a lower bound.
    `subspace` = p keeps δ to the range of a random matrix A, (n, p), with |zᵢ| ≤ ε (|(A⁺θ)ᵢ| + 1)
    for δ = Az, as in the paper's other table. Raises ValueError for ε ≤ 0 or a negative loss,
    for which the number means nothing.

    >>> bowl = lambda t: 50 * (t**2).sum()
    >>> theta = torch.zeros(2, dtype=torch.float64)
    >>> round(sharpness(bowl, theta, epsilon=0.01), 6)  # 100 · (50 · 2 · 0.01²)
    1.0
    """
    with recording(theta, subspace) as (theta, subspace):
        value = _steady_value(loss, theta)
        if value < 0:
            raise ValueError(f"Keskar's sharpness needs a loss ≥ 0; received {value}")
        rng = chance.rng(seed)
        basis, scale = None, theta.abs() + 1
        if subspace is not None:
            subspace = whole("subspace", subspace, 1, len(theta))
            basis = torch.as_tensor(rng.normal(size=(len(theta), subspace)), dtype=theta.dtype)
            basis = basis.to(theta.device)
            scale = torch.linalg.lstsq(basis, theta[:, None]).solution[:, 0].abs() + 1
        top = _highest(loss, theta, epsilon, scale, basis, iterations, starts, rng)
        return 100 * (top - value) / (1 + value)


def adaptive_sharpness(loss, theta, epsilon=1e-3, iterations=10, starts=2, seed=0):
    """max f − f over the box |δᵢ| ≤ ε |θᵢ|: what relative changes of the weights can cost.

    Kwon et al. (2021), ASAM, arXiv 2102.11600. Unlike `sharpness` and the eigenvalues, it does not
    change when one layer's weights are multiplied by a > 0 and the next layer's divided by it,
    which leaves a ReLU network's function as it was (Dinh et al. 2017).

    >>> round(adaptive_sharpness(lambda t: t[0] * t[1], torch.tensor([2.0, 3.0]).double(), 0.1), 6)
    1.26
    """
    with recording(theta) as (theta,):
        value = _steady_value(loss, theta)
        rng = chance.rng(seed)
        return _highest(loss, theta, epsilon, theta.abs(), None, iterations, starts, rng) - value


def relative(loss, theta):
    """(loss, zeros) in relative coordinates s, with weights θᵢ(1 + sᵢ), at s = 0.

    Every measure of `curvature` taken there, such as the largest eigenvalue, no longer depends on
    how a network's layers share out a common factor: the Hessian there is D H D, D = diag(θ).

    >>> from trainingtips.spectrum import eigenpairs
    >>> bowl = lambda t: 0.5 * (t**2).sum()
    >>> eigenpairs(*relative(bowl, torch.tensor([1.0, 2.0])))[0].tolist()
    [1.0, 4.0]
    """
    with recording(theta) as (theta,):
        check(loss, theta)
        return (lambda s: loss(theta * (1 + s))), torch.zeros_like(theta)


def _steady_value(loss, theta):
    value = check(loss, theta)
    check_steady(loss, theta, value)
    warn_of_slope(loss, theta, second=False)
    return float(value)


def _highest(loss, theta, epsilon, scale, basis, iterations, starts, rng):
    """The highest loss found over θ + A (scale · s), |sᵢ| ≤ ε; A is the identity where None."""
    if not (np.isfinite(epsilon) and epsilon > 0):
        raise ValueError(f"epsilon is above 0; received {epsilon}")
    iterations, starts = whole("iterations", iterations), whole("starts", starts)

    def falls(u):  # in u = s/ε, so that the solver sees a box of side 2 at any ε and any scale
        u = torch.as_tensor(u, dtype=theta.dtype, device=theta.device).requires_grad_()
        with torch.enable_grad():  # the caller may have turned it off
            step = epsilon * scale * u
            value = steadily(loss, theta + (step if basis is None else basis @ step))
        if not torch.isfinite(value):
            raise ValueError(
                f"the loss is {value.item()} within the box of epsilon = {epsilon:g}, so that it "
                f"has no highest value there; a smaller epsilon may do"
            )
        if not value.requires_grad:
            return -value.item(), np.zeros(len(u))
        slope = torch.autograd.grad(value, u, materialize_grads=True)[0]
        if not torch.isfinite(slope).all():
            raise ValueError(
                "the loss has a gradient that is not finite within the box, as that of sqrt at 0 "
                "or of 0 times inf, by which its highest value cannot be looked for"
            )
        return -value.item(), -slope.cpu().numpy().astype(float)

    best = -np.inf
    for start in range(starts):
        u = rng.choice([-1.0, 1.0], size=len(scale)) if start else np.zeros(len(scale))
        value, slope = falls(u)
        # the solver's first steps and its tolerances are made for slopes of order one
        unit = 10 / abs(slope).max() if abs(slope).max() > 0 else 1.0

        def scaled(u, unit=unit):
            value, slope = falls(u)
            return value * unit, slope * unit

        found = minimize(
            scaled, u, jac=True, method="L-BFGS-B", bounds=[(-1, 1)] * len(u),
            options={"maxiter": iterations, "ftol": 0},
        )  # fmt: skip
        best = max(best, -value, -float(found.fun / unit))
    return best
