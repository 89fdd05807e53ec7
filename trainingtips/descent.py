"""The path of an optimiser over a loss."""

from dataclasses import dataclass

import numpy as np
import torch

from trainingtips import curvature


@dataclass(frozen=True)
class Path:
    """Where a descent went: one row for the start and one for each update, T in all.

    `diverged` says that the path ends early because the loss, or its gradient, was not finite at
    the next point; that point is not in the path, so that every number in it is finite.
    """

    points: np.ndarray  # (T + 1, n)
    losses: np.ndarray  # (T + 1,)
    gradient_norms: np.ndarray  # (T + 1,)
    diverged: bool

    def __len__(self):
        return len(self.losses)


def descend(loss, start, optimizer, steps, scheduler=None, stop=None):
    """Minimise `loss` from `start`, shape (n,), for at most `steps` updates. Returns a `Path`.

    `optimizer` is called with the list of parameters and returns any `torch.optim.Optimizer`,
    `scheduler` with the optimiser and returns one of its schedulers. `stop(loss, θ)`, where given,
    ends the path once it is true. Raises TypeError for a start that is not of floats or an
    optimiser that is already made, ValueError for a loss that is not a finite scalar at the start.

    >>> path = descend(lambda t: (t**2).sum(), torch.tensor([1.0]),
    ...                lambda p: torch.optim.SGD(p, lr=0.25), 2)
    >>> path.points[:, 0].tolist()
    [1.0, 0.5, 0.25]
    >>> path.gradient_norms.tolist(), path.diverged
    ([2.0, 1.0, 0.5], False)
    """
    curvature.check(loss, start)
    _check(optimizer, steps)
    theta = start.detach().clone().requires_grad_()
    rule = optimizer([theta])
    schedule = scheduler(rule) if scheduler else None
    points, losses, norms, diverged = [], [], [], False
    for step in range(steps + 1):
        value = _backward(loss, theta)
        norm = theta.grad.norm().item()
        diverged = not (np.isfinite(value) and np.isfinite(norm))
        if diverged:
            break
        points.append(theta.detach().clone())
        losses.append(value)
        norms.append(norm)
        if step == steps or (stop and stop(value, theta.detach())):
            break
        _update(rule, schedule, loss, theta, value)
    if not points:
        raise ValueError(f"the gradient at the start is not finite: its norm is {norm}")
    return Path(torch.stack(points).cpu().numpy(), np.array(losses), np.array(norms), diverged)


def _check(optimizer, steps):
    if not callable(optimizer) or isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer is a function of the parameters, such as "
            f"lambda p: torch.optim.SGD(p, lr=0.1); received {type(optimizer).__name__}"
        )
    if not isinstance(steps, int) or steps < 0:
        raise ValueError(f"steps is a whole number, 0 or more; received {steps!r}")


def _backward(loss, theta):
    """The loss at θ, a number; its gradient is left in θ.grad, zero where θ has no part in it."""
    theta.grad = None
    with torch.enable_grad():  # the caller may have turned it off
        value = loss(theta)
    if value.requires_grad:
        value.backward()
    if theta.grad is None:
        theta.grad = torch.zeros_like(theta)
    return value.item()


def _update(rule, schedule, loss, theta, value):
    if isinstance(rule, torch.optim.LBFGS):  # the one rule that evaluates the loss itself
        rule.step(lambda: _backward(loss, theta))
    else:
        rule.step()
    if isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
        schedule.step(value)
    elif schedule:
        schedule.step()
