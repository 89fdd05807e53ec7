"""Find the points where the gradient vanishes, of any kind, and say what lies around them."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg import cho_factor, cho_solve, eigh

from trainingtips.derivatives import check, gradient, hessian, recording, whole
from trainingtips.spectrum import signs


@dataclass(frozen=True)
class CriticalPoint:
    """Where the search for ‖g‖ = 0 ended, and the Hessian's eigenvalues there.

    `converged` says whether ‖g‖ reached the tolerance. Where it did not, `flat_share` near 1 is
    the reason: the gradient lies in the Hessian's kernel, so that ‖g‖ is stationary though g is
    not zero; such a point is *gradient-flat* (Frye et al. 2021, arXiv 2003.10397) and no critical
    point.
    """

    theta: torch.Tensor  # (n,)
    loss: float
    gradient_norm: float
    eigenvalues: np.ndarray  # (n,) ascending
    flat_share: float  # ‖P g‖ / ‖g‖, P the projection on the Hessian's numerical kernel
    residual: float  # ‖Hg‖ / (‖H‖ ‖g‖), 0 where ‖g‖² is stationary though g ≠ 0; 1 at most
    updates: int
    converged: bool

    def signs(self, tolerance=1e-6):
        """(negative, zero, positive) eigenvalues; zero up to `tolerance` times the largest |λ|."""
        return signs(self.eigenvalues, tolerance)

    def minimum_ratio(self, tolerance=1e-6):
        """Positive eigenvalues over all eigenvalues."""
        return self.signs(tolerance)[2] / len(self.eigenvalues)

    def index(self, tolerance=1e-6):
        """Negative eigenvalues over all eigenvalues."""
        return self.signs(tolerance)[0] / len(self.eigenvalues)


def find(loss, theta, steps=200, tolerance=1e-6, flat=1e-5):
    """The `CriticalPoint` that minimising ‖g‖² from θ, shape (n,), leads to, of whatever kind.

    Levenberg and Marquardt's method on the system g(θ) = 0, whose Jacobian is H: each update
    solves (H² + μI) δ = −Hg, with μ lowered after a success and raised until one. Ends where
    ‖g‖ ≤ `tolerance`, where no step lowers ‖g‖ any more, or after `steps` updates. `flat` times
    the largest |λ| bounds the numerical kernel of H for `flat_share`. Needs the whole Hessian, so
    n of a few thousand at most; float64 where ‖g‖ should get small.

    >>> point = find(lambda t: (1 - t[0] * t[1]) ** 2, torch.tensor([0.3, 0.2]).double())
    >>> point.converged, point.signs(), round(point.loss, 6)  # the saddle at the origin
    (True, (1, 0, 1), 1.0)
    """
    with recording(theta) as (theta,):
        check(loss, theta)
        steps = whole("steps", steps, 0)
        if not tolerance > 0:
            raise ValueError(f"tolerance is above 0; received {tolerance}")
        theta, g = theta.detach(), _numbers(gradient(loss, theta))
        h, damping, done = _numbers(hessian(loss, theta)), 1e-3, 0
        while done < steps and np.linalg.norm(g) > tolerance:
            found = _step(loss, theta, g, h, damping)
            if found is None:
                break
            theta, g, damping = found
            h, done = _numbers(hessian(loss, theta)), done + 1
        return _report(loss, theta, g, h, done, tolerance, flat)


def _step(loss, theta, g, h, damping):
    """(θ, g, μ) after the first step that lowers ‖g‖; None where there is none."""
    square, pull, scale = h @ h, h @ g, np.square(h).sum() / len(h)
    if scale == 0:
        return None
    for _ in range(25):
        try:
            factor = cho_factor(square + damping * scale * np.eye(len(h)), check_finite=False)
            delta = -cho_solve(factor, pull, check_finite=False)
        except np.linalg.LinAlgError:  # μ is below rounding
            damping *= 10
            continue
        there = theta + torch.as_tensor(delta, dtype=theta.dtype, device=theta.device)
        after = _try_gradient(loss, there)
        if after is not None and np.linalg.norm(after) < (1 - 1e-6) * np.linalg.norm(g):
            return there, after, max(damping / 5, 1e-15)
        damping *= 4
    return None


def _try_gradient(loss, theta):
    """The gradient, or None where the loss or the gradient is not finite there."""
    with torch.enable_grad():  # a loss may differentiate within itself
        if not torch.isfinite(loss(theta.detach())):
            return None
    g = _numbers(gradient(loss, theta))
    return g if np.isfinite(g).all() else None


def _report(loss, theta, g, h, done, tolerance, flat):
    values, vectors = eigh(h)
    norm, largest = float(np.linalg.norm(g)), abs(values).max()
    kernel = vectors[:, abs(values) <= flat * largest]
    return CriticalPoint(
        theta=theta,
        loss=float(loss(theta)),
        gradient_norm=norm,
        eigenvalues=values,
        flat_share=float(np.linalg.norm(kernel.T @ g) / norm) if norm else 0.0,
        residual=float(np.linalg.norm(h @ g) / (largest * norm)) if norm and largest else 0.0,
        updates=done,
        converged=norm <= tolerance,
    )


def _numbers(tensor):
    return tensor.cpu().numpy().astype(float)
