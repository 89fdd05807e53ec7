"""One ReLU network in other coordinates: its layers rescaled, and slices through its loss.

relu(az) = a relu(z) for a > 0, so that weights may be moved between layers without changing the
function (Dinh et al. 2017, arXiv 1703.04933).
"""

import numpy as np
import torch
from torch import nn

from trainingtips import chance, data, networks
from trainingtips.curvature import eigenpairs, flat_loss
from trainingtips.descent import descend


def trained(rate, updates, hidden=(16, 16), train=1024, seed=0):
    """(module, loss, θ): a network on digits after full-batch descent, in double precision."""
    part, _ = data.load("digits").split(train, seed=seed)
    with chance.started(seed):
        module = networks.mlp(hidden=hidden).double()
    loss, start = flat_loss(module, nn.functional.cross_entropy, part.x.double(), part.y)
    path = descend(loss, start, lambda p: torch.optim.SGD(p, lr=rate), updates)
    return module, loss, torch.from_numpy(path.points[-1])


def rescaled(module, theta, scale):
    """Other weights (n,) of the same function, of a ReLU network of three layers, for a scale > 0.

    The first layer and the second's bias are multiplied by `scale`, the last layer's weights
    divided by it.
    """
    w1, b1, w2, b2, w3, b3 = parts(module, theta)
    scaled = [scale * w1, scale * b1, w2, scale * b2, w3 / scale, b3]
    return torch.cat([each.flatten() for each in scaled])


def parts(module, theta):
    """θ as [W₁, b₁, W₂, b₂, …], each in its own shape."""
    shapes = [p.shape for p in module.parameters()]
    split = theta.split([shape.numel() for shape in shapes])
    return [each.view(shape) for each, shape in zip(split, shapes, strict=True)]


def direction(theta, seed):
    """A random direction, (n,), from a normal distribution."""
    generator = chance.generator(seed)
    return torch.randn(len(theta), generator=generator, dtype=theta.dtype)


def by_filter(module, theta, direction):
    """`direction` with each unit's incoming weights as long as θ's, and biases left out.

    Filter normalisation, Li et al. (2018), arXiv 1712.09913.
    """
    scaled = [
        d / d.norm(dim=1, keepdim=True) * w.norm(dim=1, keepdim=True)
        if w.ndim == 2
        else torch.zeros_like(w)
        for d, w in zip(parts(module, direction), parts(module, theta), strict=True)
    ]
    return torch.cat([each.flatten() for each in scaled])


def along(loss, theta, direction, steps):
    """The loss at θ + step · direction, for each of `steps`: a list.

    >>> along(lambda t: float((t**2).sum()), torch.zeros(1), torch.ones(1), [0, 2])
    [0.0, 4.0]
    """
    return [float(loss(theta + float(step) * direction)) for step in steps]


def largest(loss, theta):
    """λ_max of the loss's Hessian at θ."""
    return float(eigenpairs(loss, theta, 1, "largest")[0][0])


def spread(values):
    """The largest of some positive values over the smallest.

    >>> spread([2.0, 1.0, 4.0])
    4.0
    """
    return float(np.max(values) / np.min(values))
