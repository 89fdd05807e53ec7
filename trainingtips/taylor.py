"""A loss's own Taylor models."""

import torch

from trainingtips import curvature


def taylor(loss, theta, order):
    """The Taylor model of the loss around θ: a function of δ, of shape (n,) or (k, n).

    `order` is 0, 1 or 2. Order 2 costs one Hessian-vector product for each δ, never the Hessian.

    >>> model = taylor(lambda t: (t**3).sum(), torch.tensor([1.0]), 2)
    >>> model(torch.tensor([1.0])).item()  # 1 + 3·1 + 3·1
    7.0
    """
    if order not in (0, 1, 2):
        raise ValueError(f"order is 0, 1 or 2; received {order!r}")
    g = curvature.gradient(loss, theta)
    with torch.enable_grad():  # a loss may differentiate within itself
        value = loss(theta.detach()).detach()

    def model(delta):
        if delta.shape[-1:] != theta.shape:
            raise ValueError(f"delta has shape (..., {len(theta)}); received {tuple(delta.shape)}")
        total = value.expand(delta.shape[:-1])
        if order >= 1:
            total = total + delta @ g
        if order == 2:
            total = total + 0.5 * (delta * curvature.hvp(loss, theta, delta)).sum(-1)
        return total

    return model
