"""How many Hessian-vector products the lowest eigenpair of a network's Hessian takes, in training.

A tanh network on digits, cross-entropy, in double precision; each seed has its own split and start.
"""

from functools import partial

import torch

from trainingtips.curvature import eigenpairs, gradient
from trainingtips.derivatives import product
from trainingtips.descent import descend
from trainingtips.networks import on_digits, tanh


class Counted:
    """A loss of θ, (n,), whose Hessian-vector products are counted, in `count`."""

    def __init__(self, loss):
        self.loss, self.count = loss, 0

    def __call__(self, theta):
        return self.loss(theta)

    def products(self, theta, memory):
        """As `derivatives.product`, which asks a loss for its own."""
        times = product(self.loss, theta, memory)

        def apply(v):
            self.count += 1
            return times(v)

        return apply


def along(part, examples, rate, moments, tolerance):
    """Along one training by Adam on the full batch, after each of `moments` updates: a dict.

    `part` is (hidden units, seed). `products` of the lowest eigenpair, found to a residual of
    `tolerance` times its size, that eigenvalue itself, `lowest`, the loss and the `gradient`'s norm
    are lists of len(moments); `n` is the number of weights.
    """
    hidden, seed = part
    loss, theta = on_digits(partial(tanh, hidden=(hidden,)), seed, examples)
    path = descend(loss, theta, lambda p: torch.optim.Adam(p, lr=rate), max(moments)).points
    points = [torch.from_numpy(path[moment]) for moment in moments]
    found = [lowest(loss, point, tolerance) for point in points]
    return {
        "n": len(theta),
        "lowest": [value for value, _ in found],
        "products": [count for _, count in found],
        "loss": [float(loss(point)) for point in points],
        "gradient": [float(gradient(loss, point).norm()) for point in points],
    }


def lowest(loss, theta, tolerance):
    """(λ, products) of the lowest eigenpair by `eigenpairs`."""
    counted = Counted(loss)
    values, _ = eigenpairs(counted, theta, 1, "smallest", tolerance=tolerance)
    return float(values[0]), counted.count
