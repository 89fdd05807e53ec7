"""Losses small enough to solve by hand: numpy arrays or torch tensors, (..., n) → (...)."""


def two_weights(theta):
    """(1 − w₁w₂)²: one example x = 1 with target 1 and the network ŷ = w₁w₂x. θ: (..., 2).

    Critical points: the origin, a saddle with eigenvalues ±2, and the minima w₁w₂ = 1, where the
    eigenvalues are 0 and 2(w₁² + w₂²).

    >>> import numpy as np
    >>> two_weights(np.array([[0.0, 0.0], [2.0, 0.5]])).tolist()
    [1.0, 0.0]
    """
    _check(theta, 2)
    return (1 - theta[..., 0] * theta[..., 1]) ** 2


def quadratic(eigenvalues, rotation=None):
    """The loss ½ θᵀHθ with H = R diag(eigenvalues) Rᵀ. Returns a function of θ: (..., n).

    `eigenvalues` has shape (n,), `rotation` R, an orthogonal matrix, (n, n), both of θ's library.
    """
    if rotation is not None and tuple(rotation.shape) != (len(eigenvalues),) * 2:
        raise ValueError(
            f"{len(eigenvalues)} eigenvalues need a rotation of shape "
            f"{(len(eigenvalues),) * 2}; received {tuple(rotation.shape)}"
        )

    def loss(theta):
        _check(theta, len(eigenvalues))
        z = theta if rotation is None else theta @ rotation
        return (0.5 * eigenvalues * z**2).sum(-1)

    return loss


def bowl(theta):
    """½(w₁² + w₂² + …): the same in every direction, λ = 1. θ: (..., n)."""
    _check(theta)
    return (0.5 * theta**2).sum(-1)


def ravine(condition):
    """The loss ½(w₁² + κ w₂²), `condition` κ ≥ 1: narrow across, long along. θ: (..., 2).

    >>> import numpy as np
    >>> float(ravine(100.0)(np.array([1.0, 1.0])))
    50.5
    """
    if not condition >= 1:
        raise ValueError(f"condition is 1 or more; received {condition}")

    def loss(theta):
        _check(theta, 2)
        return 0.5 * (theta[..., 0] ** 2 + condition * theta[..., 1] ** 2)

    return loss


def saddle(theta):
    """½(w₁² − w₂²): critical at the origin, with λ = 1 and −1. θ: (..., 2)."""
    _check(theta, 2)
    return 0.5 * (theta[..., 0] ** 2 - theta[..., 1] ** 2)


def cubic(theta):
    """½w₁² + w₂³: critical at the origin with λ = 1 and 0, and no minimum. θ: (..., 2).

    The Hessian there is that of ½w₁² + w₂⁴, a minimum: a zero eigenvalue leaves the kind open.
    """
    _check(theta, 2)
    return 0.5 * theta[..., 0] ** 2 + theta[..., 1] ** 3


def monkey_saddle(theta):
    """w₁³ − 3w₁w₂²: critical at the origin, where the whole Hessian is zero. θ: (..., 2)."""
    _check(theta, 2)
    w1, w2 = theta[..., 0], theta[..., 1]
    return w1**3 - 3 * w1 * w2**2


def _check(theta, n=None):
    shape = getattr(theta, "shape", None)
    if not shape or (n is not None and shape[-1] != n):
        received = type(theta).__name__ if shape is None else tuple(shape)
        raise ValueError(f"theta has shape (..., {n or 'n'}); received {received}")
