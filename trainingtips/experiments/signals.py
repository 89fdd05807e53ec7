"""What becomes of a signal on its way through many layers, and of the gradient on its way back.

The *mean-field* theory (Poole et al. 2016, arXiv 1606.05340; Schoenholz et al. 2017, arXiv
1611.01232) takes layers for so wide that each unit's input is a Gaussian number. For weights of
variance σ²/n, n inputs to a unit and no biases, the mean square q of a layer's units before the
activation φ and the mean square of the gradient there go from layer to layer as

    q′ = σ² E[φ(√q z)²],    gradient before = σ² E[φ′(√q z)²] · gradient behind.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import chance

ACTIVATIONS = {"tanh": torch.tanh, "ReLU": torch.relu, "GELU": nn.functional.gelu}
_SIDE, _POINTS = 8.0, 20_000  # the integral over z: even steps, none of them at ReLU's kink


def mean(function, q):
    """E[function(√q z)] of a standard Gaussian z, by the trapezium rule.

    >>> round(mean(torch.relu, 3.0), 4)  # √(3 / 2π)
    0.691
    """
    z = torch.linspace(-_SIDE, _SIDE, _POINTS, dtype=torch.float64)
    density = torch.exp(-z.square() / 2)
    return float((function(q**0.5 * z) * density).sum() / density.sum())


def slope(activation):
    """The derivative of an activation, as a function of a tensor."""

    def derivative(x):
        x = x.detach().requires_grad_()
        return torch.autograd.grad(activation(x).sum(), x)[0]

    return derivative


def expected(activation, variance, depth, first=1.0):
    """Mean squares by theory of units, q_1 … q_depth, and of gradients there, with 1 at the last.

    `variance` is σ², n times that of a weight; `first` is q_1. Two arrays, (depth,).
    """
    forward, factors = [first], []
    for _ in range(depth - 1):
        q = forward[-1]
        factors.append(variance * mean(lambda x: slope(activation)(x) ** 2, q))
        forward.append(variance * mean(lambda x: activation(x) ** 2, q))
    return np.array(forward), np.array([*np.cumprod(factors[::-1])[::-1], 1.0])


def drawn(kind, depth, width, seeds):
    """Weights of variance 1/width for each seed, (E, depth, width, width).

    `kind` is "gaussian" or "orthogonal". The latter are the Q of a Gaussian matrix' QR, with the
    signs that make Q uniform (Mezzadri 2007, arXiv math-ph/0609050).
    """
    shape = (depth, width, width)
    weights = torch.stack([torch.randn(shape, generator=chance.generator(s)) for s in seeds])
    if kind == "gaussian":
        return weights / width**0.5
    q, r = torch.linalg.qr(weights)
    return q * r.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)


def measured(activation, gain, weights, x, back):
    """Mean squares of the units of each layer, and of the gradients there, each (E, depth).

    x, (E, B, width), goes into the first layer; `back`, (E, B, width), is the gradient at the last
    layer's units, before their activation. `weights` are `drawn` and multiplied by `gain`.
    """
    units = []
    for w in weights.unbind(1):
        x = gain * (x @ w.mT)
        units.append(x.requires_grad_() if not units else x)
        x = activation(x)
    for each in units:
        each.retain_grad()
    units[-1].backward(back)
    squares = lambda values: torch.stack([v.detach().square().mean((1, 2)) for v in values], 1)  # noqa: E731
    return squares(units).numpy(), squares([each.grad for each in units]).numpy()


def per_layer(squares):
    """The factor of a layer in the geometric mean, of mean squares (…, depth): (…,).

    >>> per_layer(np.array([8.0, 4.0, 2.0])).item()
    0.5
    """
    return (squares[..., -1] / squares[..., 0]) ** (1 / (squares.shape[-1] - 1))
