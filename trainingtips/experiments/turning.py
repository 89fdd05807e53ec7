"""A quadratic valley with eigenvalues 1 and κ, turned against the weights' axes, and optimisers.

Optimisers are given as functions (parameters, lr=…), such as `torch.optim.Adam`.
"""

import numpy as np
import torch

from trainingtips import chance


def turned(angle, kappa):
    """(R, H): the valley's axes as columns, and the Hessian in the weights, both (2, 2)."""
    c, s = np.cos(angle), np.sin(angle)
    r = np.array([[c, -s], [s, c]])
    return r, r @ np.diag([1.0, kappa]) @ r.T


def scaled_condition(angle, kappa):
    """The condition number that the best rate for each weight leaves; the angle in radians.

    (1 + r)/(1 − r) with r = |H₁₂|/√(H₁₁H₂₂), the correlation of the two weights' gradients.

    >>> round(float(scaled_condition(np.pi / 4, 100)), 6)
    100.0
    """
    h = turned(angle, kappa)[1]
    r = abs(h[0, 1]) / np.sqrt(h[0, 0] * h[1, 1])
    return (1 + r) / (1 - r)


def circle(n, seed):
    """n points on the unit circle, drawn uniformly: (n, 2)."""
    phase = chance.rng(seed).uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(phase), np.sin(phase)], -1)


def best(make, rates, angles, starts, kappa, goal, limit):
    """Updates at the best of the rates for each angle, (angles, starts), and those rates.

    `angles` in radians, `starts` on the unit circle in the valley's own axes, (starts, 2). Best is
    the rate that needs the fewest updates in the mean over the starts; see `updates`.
    """
    each = updates(make, rates, angles, starts, kappa, goal, limit)
    chosen = each.mean(2).argmin(1)
    return each[np.arange(len(angles)), chosen], rates[chosen]


def updates(make, rates, angles, starts, kappa, goal, limit):
    """Updates until the distance is at most `goal`, or `limit`: (angles, rates, starts)."""
    turns = zip(*(turned(angle, kappa) for angle in angles), strict=True)
    axes, hessians = (np.array(each) for each in turns)
    start = torch.from_numpy(np.einsum("aij,sj->asi", axes, starts))
    h = torch.from_numpy(hessians)
    found = []
    for rate in rates:
        theta = start.clone().requires_grad_()
        optimizer = make([theta], lr=float(rate))
        needed = torch.full(theta.shape[:-1], float(limit))
        for t in range(limit):
            arrived = theta.detach().norm(dim=-1) <= goal
            needed[arrived & (needed == limit)] = t
            if (needed < limit).all():
                break
            theta.grad = torch.einsum("aij,asj->asi", h, theta.detach())
            optimizer.step()
        found.append(needed.numpy())
    return np.stack(found, 1)
