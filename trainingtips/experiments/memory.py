"""Momentum's memory: every gradient and every step of a run, and the weights that link them.

Written out, a step of `torch.optim.SGD(momentum=β)` is −η Σ β^age g over all past gradients.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import chance
from trainingtips.curvature import flat_loss


def recorded(module, train, eta, beta, updates, batch, seed):
    """(gradients, steps): of each update, two arrays of shape (updates, n), in double precision.

    `module` classifies the `data.Dataset` `train` and stays as it is; batches are drawn by `seed`.
    """
    generator = chance.generator(seed)
    module = module.double()
    theta = flat_loss(module, nn.functional.cross_entropy, train.x.double(), train.y)[1]
    theta.requires_grad_()
    optimizer = torch.optim.SGD([theta], lr=eta, momentum=beta)
    gradients, steps = [], []
    for _ in range(updates):
        rows = torch.randperm(len(train), generator=generator)[:batch]
        inputs, labels = train.x[rows].double(), train.y[rows]
        loss, _ = flat_loss(module, nn.functional.cross_entropy, inputs, labels)
        optimizer.zero_grad()
        loss(theta).backward()
        before = theta.detach().clone()
        optimizer.step()
        gradients.append(theta.grad.clone().numpy())
        steps.append((theta.detach() - before).numpy())
    return np.array(gradients), np.array(steps)


def found_weights(gradients, steps, eta):
    """Weight of each gradient in the last step, newest first: (updates,), by least squares."""
    return np.linalg.lstsq(gradients.T, -steps[-1] / eta, rcond=None)[0][::-1]


def errors(gradients, steps, eta, beta):
    """‖step + η Σ β^age g‖ / ‖step‖ of each update: (updates,)."""
    updates = len(steps)
    ages = np.arange(updates)[:, None] - np.arange(updates)
    weights = np.where(ages >= 0, beta ** np.maximum(ages, 0).astype(float), 0)
    return np.linalg.norm(steps + eta * weights @ gradients, axis=1) / np.linalg.norm(steps, axis=1)


def in_a_plane(gradients, steps, eta, beta):
    """The last step and its parts −ηβ^age g, the newest first, in a plane: (2,) and (updates, 2).

    The first axis goes along the step. The second is where the way from part to part leaves it
    furthest: the first principal direction of what is left. In units of the step's length.

    >>> step, parts = in_a_plane(np.array([[2.0, 0], [0, 1]]), np.array([[0, 0], [-1, -1]]), 1, 0.5)
    >>> abs(parts).round(3).tolist(), np.allclose(parts.sum(0), step)
    ([[0.5, 0.5], [0.5, 0.5]], True)
    """
    parts = -eta * beta ** np.arange(len(steps))[:, None] * gradients[::-1]
    along = steps[-1] / np.linalg.norm(steps[-1])
    way = np.cumsum(parts, axis=0)
    across = np.linalg.svd(way - np.outer(way @ along, along), full_matrices=False)[2][0]
    axes = np.array([along, across]).T / np.linalg.norm(steps[-1])
    return steps[-1] @ axes, parts @ axes
