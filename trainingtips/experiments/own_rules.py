"""Plain descent and Adam, by which each member of an `Ensemble` goes at a rate of its own.

The members have splits of their own (`own_splits`), and `own_training` makes their updates.
"""

from functools import partial

import torch

from trainingtips.experiments import own_training


def descent(nets, rates, criterion=None, factor=None):
    """A step of plain descent: each member at its own of `rates`, (E,), times factor(t).

    `criterion` takes one member's outputs (B, K) and labels (B,): cross-entropy unless given.
    """
    if criterion is None:
        return own_training.descent(nets, rates, factor)
    if factor is not None:
        raise ValueError("plain descent by another criterion has no schedule: factor is None")
    one = partial(torch.optim.SGD, lr=1.0)
    return own_training.optimized(nets, one, criterion, factors=rates)


def adam(nets, rates, criterion=None, factor=None):
    """A step of Adam: each member at its own of `rates`, (E,), times factor(t).

    A factor of the loss is no rate here, for Adam divides by it again: a step is made at rate 1,
    and each member goes its own share of it.
    """
    unscaled = own_training.optimized(nets, partial(torch.optim.Adam, lr=1.0), criterion)
    shares = torch.as_tensor(rates)

    def step(x, y, t):
        before = {name: w.detach().clone() for name, w in nets.parameters.items()}
        unscaled(x, y, t)
        now = shares * (1.0 if factor is None else factor(t))
        with torch.no_grad():
            for name, w in nets.parameters.items():
                share = now.to(w).view(-1, *[1] * (w.ndim - 1))
                w.copy_(before[name] + share * (w - before[name]))

    return step


RULES = {"SGD": descent, "Adam": adam}
