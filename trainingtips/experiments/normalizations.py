"""Layers that stand before an activation of `deep_networks`, and what is to be known of them.

A *maker* is a function of the width that gives the layer, as `deep_networks.network` takes it.
"""

import numpy as np
import torch
from scipy import optimize
from torch import nn


class Affine(nn.Module):
    """Batch normalization with γ, with β, with both or neither: x (N, width) to (N, width)."""

    def __init__(self, width, gamma, beta):
        super().__init__()
        self.norm = nn.BatchNorm1d(width, affine=False)
        self.gamma = nn.Parameter(torch.ones(width)) if gamma else None
        self.beta = nn.Parameter(torch.zeros(width)) if beta else None

    def forward(self, x):
        x = self.norm(x)
        x = x if self.gamma is None else self.gamma * x
        return x if self.beta is None else x + self.beta


def least_loss(shares):
    """Cross-entropy of logits of mean 0 and variance 1, two-valued, for classes of those shares.

    `shares` is (K,), of sum 1. Without γ no normalized output can do better.

    >>> round(least_loss(np.full(10, 0.1)), 4)  # log(1 + 9 exp(−10/3))
    0.2784
    """
    own, other = np.sqrt((1 - shares) / shares), -np.sqrt(shares / (1 - shares))
    logits = np.where(np.eye(len(shares), dtype=bool), own, other)  # (class, logit)
    losses = np.log(np.exp(logits).sum(1)) - own
    return float(shares @ losses)


def bound(shares):
    """Least cross-entropy of K logits of mean 0 and variance 1 over classes of those shares, (K,).

    A logit may have another value in each class: over such (class, logit) tables the least is
    searched for. Classes apart need no more, as the loss is convex: equal logits within a class
    are as good as any. For equal shares it is `least_loss`, for others a little below it.

    >>> round(bound(np.full(10, 0.1)), 6) == round(least_loss(np.full(10, 0.1)), 6)
    True
    """
    weights, classes = torch.as_tensor(shares, dtype=torch.float64), len(shares)

    def loss(flat):
        flat = torch.from_numpy(flat).requires_grad_()
        logits = flat.view(classes, classes)
        logits = logits - weights @ logits
        logits = logits / (weights @ logits**2).sqrt()
        value = weights @ (logits.logsumexp(1) - logits.diagonal())
        value.backward()
        return value.item(), flat.grad.numpy()

    return float(optimize.minimize(loss, np.eye(classes).ravel(), jac=True, tol=1e-12).fun)


class Jolt(nn.Module):
    """x (N, d) to s x + m, by feature: s from 1 ± strength, m from ± strength, new at each call.

    One m and one s for all examples of a batch: their distribution is shifted and stretched by
    what the layer before cannot know of. In eval mode nothing is changed, which is the mean.
    """

    def __init__(self, strength):
        super().__init__()
        self.strength = strength

    def forward(self, x):
        if not self.training or not self.strength:
            return x
        m, s = self.strength * (2 * torch.rand(2, x.shape[-1], device=x.device) - 1)
        return (1 + s) * x + m


def jolted(strength):
    """The maker of batch normalization with a `Jolt` behind it."""
    return lambda width: nn.Sequential(nn.BatchNorm1d(width), Jolt(strength))


class Ghost(nn.Module):
    """Batch normalization whose statistics come from groups of `size` examples of the batch.

    What each of several processors does that share a batch without telling one another: the
    gradient is that of all, the statistics are its own. x is (N, d), N a multiple of `size` in
    train mode. The running statistics are as torch's, from the mean over the groups.
    """

    def __init__(self, width, size):
        super().__init__()
        self.norm, self.size = nn.BatchNorm1d(width), size

    def forward(self, x):
        if not self.training:
            return self.norm(x)
        norm, width = self.norm, x.shape[-1]
        # (size, groups · d): each group's features are features of their own
        apart = x.unflatten(0, (-1, self.size)).transpose(0, 1).flatten(1)
        with torch.no_grad():
            mean, unbiased = apart.mean(0).view(-1, width), apart.var(0).view(-1, width)
            for running, new in ((norm.running_mean, mean), (norm.running_var, unbiased)):
                running.mul_(1 - norm.momentum).add_(norm.momentum * new.mean(0))
        scaled = nn.functional.batch_norm(apart, None, None, training=True, eps=norm.eps)
        scaled = scaled.unflatten(1, (-1, width)).transpose(0, 1).flatten(0, 1)
        return norm.weight * scaled + norm.bias


def ghost(size):
    """The maker of `Ghost` of that size."""
    return lambda width: Ghost(width, size)
