"""First and second derivatives of a loss at a point, for two weights and for a network alike.

A loss is a function of one flat float tensor θ of shape (n,) that returns a scalar.
"""

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch.func import functional_call, grad, jvp, vmap

DENSE = 64  # up to so many weights, the whole Hessian is cheaper than Lanczos
CHUNK = 2**28  # bytes that the tangents of one batch of products may take, for each activation


def flat_loss(module, criterion, x, y):
    """(loss, θ) of a network: θ holds its parameters in order, flat, and `loss(θ)` is a scalar.

    The module itself is left as it is: buffers are read, never written; its mode (train or eval)
    counts. `criterion(output, y)` must return a scalar.
    """
    parameters = {name: p.detach() for name, p in module.named_parameters()}
    if not parameters:
        raise ValueError(f"{type(module).__name__} has no parameters")
    shapes = {name: p.shape for name, p in parameters.items()}
    sizes = [p.numel() for p in parameters.values()]
    buffers = {name: b.detach().clone() for name, b in module.named_buffers()}

    def loss(theta):
        parts = theta.split(sizes)
        named = {name: part.view(shapes[name]) for name, part in zip(shapes, parts, strict=True)}
        state = named | {name: b.clone() for name, b in buffers.items()}
        return criterion(functional_call(module, state, (x,)), y)

    return loss, torch.cat([p.reshape(-1) for p in parameters.values()])


def gradient(loss, theta):
    """The gradient g at θ, shape (n,).

    >>> gradient(lambda t: (t**2).sum(), torch.tensor([1.0, -2.0]))
    tensor([ 2., -4.])
    """
    check(loss, theta)
    return grad(loss)(theta)


def hvp(loss, theta, v):
    """Hessian times v at θ: v of (n,) or (k, n), the same shape back.

    Pearlmutter (1994): the derivative of the gradient along v, without the Hessian.
    """
    check(loss, theta)
    if v.shape[-1:] != theta.shape or v.ndim > 2:
        raise ValueError(f"v has shape ({len(theta)},) or (k, {len(theta)}); received {v.shape}")
    return _product(loss, theta)(v)


def _product(loss, theta):
    def one(v):
        return jvp(grad(loss), (theta,), (v,))[1]

    return lambda v: one(v) if v.ndim == 1 else vmap(one)(v)


def hessian(loss, theta):
    """The Hessian at θ, shape (n, n), symmetric; by batches of products within a memory bound."""
    check(loss, theta)
    n = len(theta)
    rows = max(1, min(n, CHUNK // (theta.element_size() * n)))
    identity = torch.eye(n, dtype=theta.dtype, device=theta.device)
    product = _product(loss, theta)
    matrix = torch.cat([product(part) for part in identity.split(rows)])
    return (matrix + matrix.T) / 2


def eigenpairs(loss, theta, k=1, which="both"):
    """k eigenvalues of the Hessian at θ, ascending, with unit eigenvectors: (m,) and (m, n).

    `which` is "largest", "smallest" or "both" (k of each end). Lanczos through scipy's eigsh; for
    few weights, or where nearly all are asked for, numpy's eigh of the whole Hessian.
    """
    check(loss, theta)
    n = len(theta)
    if which not in ("largest", "smallest", "both"):
        raise ValueError(f"which is 'largest', 'smallest' or 'both'; received {which!r}")
    if not isinstance(k, int) or not 1 <= k <= n:
        raise ValueError(f"k is a whole number from 1 to n = {n}; received {k!r}")
    if n <= DENSE or 2 * k >= n - 1:
        values, vectors = np.linalg.eigh(hessian(loss, theta).cpu().numpy())
        values, rows = _ends(values, vectors.T, k, which)
    else:
        values, rows = _lanczos(loss, theta, k, which)
    return values, torch.as_tensor(rows.copy(), dtype=theta.dtype, device=theta.device)


def _ends(values, rows, k, which):
    n = len(values)
    low, high = list(range(k)), list(range(n - k, n))
    both = sorted({*low, *high})
    chosen = {"smallest": low, "largest": high, "both": both}[which]
    return values[chosen], rows[chosen]


def _lanczos(loss, theta, k, which):
    product = _product(loss, theta)

    def apply(v):
        v = torch.as_tensor(np.ravel(v), dtype=theta.dtype, device=theta.device)
        return product(v).cpu().numpy().astype(float)

    n = len(theta)
    operator = LinearOperator((n, n), matvec=apply, dtype=float)
    count, end = (2 * k, "BE") if which == "both" else (k, {"largest": "LA"}.get(which, "SA"))
    start = np.random.default_rng(0).normal(size=n)  # the same answer every time
    values, vectors = eigsh(operator, count, which=end, v0=start)
    order = np.argsort(values)
    return values[order], vectors.T[order]


def classify(eigenvalues, tolerance=1e-6):
    """Kind of a critical point: "minimum", "maximum", "saddle" or "degenerate".

    An eigenvalue counts as zero below `tolerance` times the largest magnitude. One zero among
    eigenvalues of one sign leaves the kind open: "degenerate". Both signs: a saddle in any case.

    >>> classify([-2.0, 2.0]), classify([0.0, 4.0])
    ('saddle', 'degenerate')
    """
    values = np.asarray(eigenvalues, dtype=float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(f"eigenvalues are finite, of shape (n,) with n ≥ 1; received {values}")
    zero = tolerance * abs(values).max()
    up, down = (values > zero).any(), (values < -zero).any()
    if up and down:
        return "saddle"
    if (abs(values) <= zero).any():
        return "degenerate"
    return "minimum" if up else "maximum"


def escape_direction(loss, theta):
    """(λ, u): the smallest eigenvalue of the Hessian at θ and its unit eigenvector, shape (n,).

    Where λ < 0, a step ε along u or −u changes the loss by ½λε² at a critical point. The sign of u
    is the one along which the loss's gradient does not rise.
    """
    values, vectors = eigenpairs(loss, theta, 1, "smallest")
    u = vectors[0]
    return float(values[0]), -u if gradient(loss, theta) @ u > 0 else u


def check(loss, theta):
    """Raise TypeError or ValueError where (loss, θ) is none: θ flat and float, loss a scalar."""
    if not isinstance(theta, torch.Tensor) or not theta.is_floating_point():
        received = theta.dtype if isinstance(theta, torch.Tensor) else type(theta).__name__
        raise TypeError(f"theta is a float tensor of shape (n,); received {received}")
    if theta.ndim != 1 or not len(theta):
        raise ValueError(f"theta has shape (n,) with n ≥ 1; received {tuple(theta.shape)}")
    with torch.no_grad():
        value = loss(theta)
    if not isinstance(value, torch.Tensor) or value.ndim:
        received = tuple(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__
        raise ValueError(f"the loss returns a scalar tensor; received {received}")
    if not torch.isfinite(value):
        raise ValueError(f"the loss at theta is {value.item()}; derivatives there mean nothing")
