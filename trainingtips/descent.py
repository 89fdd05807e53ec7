"""The path of an optimiser over a loss."""

from dataclasses import dataclass

import numpy as np
import torch

from trainingtips import curvature


@dataclass(frozen=True)
class Path:
    """Where a descent went: one row for the start and one for each update."""

    points: np.ndarray  # (T + 1, n)
    losses: np.ndarray  # (T + 1,)
    gradient_norms: np.ndarray  # (T + 1,)
    diverged: bool  # the loss was no longer finite, and the path ends before

    def __len__(self):
        return len(self.losses)


def descend(loss, start, optimizer, steps, scheduler=None, stop=None):
    """Minimise `loss` from `start`, shape (n,), for at most `steps` updates. Returns a `Path`.

    `optimizer` is called with the list of parameters and returns a `torch.optim.Optimizer`,
    `scheduler` with the optimiser and returns one of its schedulers. `stop(loss, θ)`, where given,
    ends the path once it is true.

    >>> path = descend(lambda t: (t**2).sum(), torch.tensor([1.0]),
    ...                lambda p: torch.optim.SGD(p, lr=0.25), 2)
    >>> path.points[:, 0].tolist()
    [1.0, 0.5, 0.25]
    """
    curvature.check(loss, start)
    if not callable(optimizer) or isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer is a function of the parameters, such as "
            f"lambda p: torch.optim.SGD(p, lr=0.1); received {type(optimizer).__name__}"
        )
    if not isinstance(steps, int) or steps < 0:
        raise ValueError(f"steps is a whole number, 0 or more; received {steps!r}")
    theta = start.detach().clone().requires_grad_()
    rule = optimizer([theta])
    schedule = scheduler(rule) if scheduler else None
    points, losses, norms, diverged = [], [], [], False
    for step in range(steps + 1):
        rule.zero_grad()
        value = loss(theta)
        diverged = not bool(torch.isfinite(value))
        if diverged:
            break
        value.backward()
        points.append(theta.detach().clone())
        losses.append(value.item())
        norms.append(theta.grad.norm().item())
        if step == steps or (stop and stop(value.item(), theta.detach())):
            break
        rule.step()
        if schedule:
            schedule.step()
    return Path(torch.stack(points).cpu().numpy(), np.array(losses), np.array(norms), diverged)
