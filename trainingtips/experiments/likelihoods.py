"""Likelihood and cross-entropy of a model with one weight, and autograd's gradient of the latter.

The model gives class 1 the probability p = 1 / (1 + exp(−w)): of two logits the other is zero.
"""

import numpy as np
import torch
from scipy import optimize, special

from trainingtips import chance
from trainingtips.losses import cross_entropy


def likelihood(w, labels):
    """Product of the probabilities that the model gives to labels of 0 and 1, (N,).

    >>> likelihood(0.0, np.array([1, 0]))
    0.25
    """
    p = special.expit(w)
    return float(np.prod(np.where(labels == 1, p, 1 - p)))


def mean_cross_entropy(w, labels):
    """Mean over the labels, in nats."""
    logits = torch.tensor([[0.0, w]], dtype=torch.float64).expand(len(labels), 2)
    return float(cross_entropy(logits, torch.from_numpy(labels)).mean())


def most_likely(labels, bounds):
    """The weight of the greatest likelihood within `bounds`, by bounded minimisation."""
    found = optimize.minimize_scalar(
        lambda w: -likelihood(w, labels), bounds=bounds, method="bounded"
    )
    return found.x


def least_cross_entropy(labels, bounds):
    """(weight, value) of the least mean cross-entropy within `bounds`."""
    found = optimize.minimize_scalar(
        lambda w: mean_cross_entropy(w, labels), bounds=bounds, method="bounded"
    )
    return found.x, float(found.fun)


def autograd(logits, targets):
    """Gradient of the summed cross-entropy of torch in the logits, of their shape (N, K)."""
    leaf = logits.clone().requires_grad_()
    torch.nn.functional.cross_entropy(leaf, targets, reduction="sum").backward()
    return leaf.grad


def examples(n, classes, scale, seed):
    """(logits, targets): random (n, classes) in double precision, and random classes (n,)."""
    generator = chance.generator(seed)
    logits = scale * torch.randn(n, classes, generator=generator, dtype=torch.float64)
    return logits, torch.randint(classes, (n,), generator=generator)
