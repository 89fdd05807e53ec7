"""Training the members of an `Ensemble` on splits of their own, all at once.

`updates` deals each member its own examples and leaves the update to a step: `descent`, at rates of
the members' own, or `optimized`, by any optimiser of torch. `until` trains up to a goal.
"""

import copy

import numpy as np
import torch
from torch.func import vmap

from trainingtips.experiments.own_splits import dealt, few, forward, losses


def updates(nets, parts, step, batch, epochs, first=0):
    """Train on batches of each member's own examples; yields how many updates have been made.

    `step(x, y, t)` makes the update after t others, of x (E, B, …) and the told y (E, B). Orders
    are those of `batches.epoch`, by the members' seeds; a batch of the whole set is left in its
    order. What networks draw in training comes from torch's global state (`chance.started`). With
    `first` it goes on after so many epochs; it may be left at any update.
    """
    n = parts.train.shape[1]
    t = first * -(-n // batch)
    for number in range(first, first + epochs):
        order = dealt(nets.seeds, n, batch, number).to(parts.train.device)
        for rows in parts.train.gather(1, order).split(batch, 1):
            step(parts.pixels(rows), parts.labels(rows, told=True), t)
            t += 1
            yield t


def descent(nets, rates, factor=None):
    """A step of plain descent at each member's own rate, one number or (E,).

    `factor` is a schedule, from update t to the factor of the rates. Rates that are a tensor are
    read at each step, and may be changed between two. Where they are zero, no step is computed.
    """
    rates = _rates(nets, rates)

    def step(x, y, t):
        now = rates * factor(t) if factor else rates
        for some in (some for some in few(x) if now[some].any()):
            own = {k: v.detach()[some].requires_grad_() for k, v in nets.parameters.items()}
            buffers = {k: v[some] for k, v in nets.buffers.items()}
            found = losses(forward(nets.template, own, buffers, x[some]), y[some])
            gradients = torch.autograd.grad(found.sum(), list(own.values()))
            with torch.no_grad():
                for weights, gradient in zip(own.values(), gradients, strict=True):
                    weights.sub_(now[some].view(-1, *[1] * (gradient.ndim - 1)) * gradient)

    return step


def optimized(nets, rule, criterion=None, factors=None):
    """A step of the torch optimiser that `rule` makes of the weights, element by element.

    `criterion` takes one member's outputs (B, K) and labels (B,) and is cross-entropy unless given.
    `factors`, (E,), multiply the members' losses: under plain descent with η = 1, their rates.
    """
    optimizer = rule(list(nets.parameters.values()))
    each = losses if criterion is None else vmap(criterion)
    factors = torch.ones(len(nets)) if factors is None else torch.as_tensor(factors)

    def step(x, y, t):
        optimizer.zero_grad()
        found = each(forward(nets.template, nets.parameters, nets.buffers, x), y)
        (found * factors.to(found)).sum().backward()
        optimizer.step()

    return step


def looks(made, every):
    """0 and then every so manieth of the updates `made`: when a run is looked at.

    >>> list(looks(iter([1, 2, 3, 4, 5]), every=2))
    [0, 2, 4]
    """
    yield 0
    yield from (t for t in made if t % every == 0)


def until(nets, parts, rates, batch, epochs, every, there, leave=True):
    """Plain descent of each member until it is `there`. Returns the updates made by then, (E,).

    `there(nets, parts)`, (E,) of bool, is asked after every `every` updates. A member that is there
    keeps its weights of that look. At an epoch's end those are left out, and those whose weights
    are not finite; without `leave` they are kept, as the others' last digits depend on how many are
    computed at once. −1 stands for those that are not there after so many epochs.
    """
    reached, left = np.full(len(nets), -1), np.arange(len(nets))
    rates, going, its = _rates(nets, rates).clone(), nets, parts
    for number in range(epochs):
        for t in updates(going, its, descent(going, rates), batch, 1, first=number):
            if t % every == 0:
                waiting = np.flatnonzero(reached[left] < 0)
                arrived = waiting[there(only(going, waiting), its.only(waiting))]
                reached[left[arrived]] = t
                rates[arrived] = 0.0
                if len(arrived) == len(waiting):
                    break
        _put(going, nets, left)
        stays = (reached[left] < 0) & _finite(going)
        if not stays.any():
            break
        if leave and not stays.all():
            left, rates = left[stays], rates[stays]
            going, its = only(nets, left), parts.only(left)
    return reached


def only(nets, places):
    """An ensemble of some of the members, with weights of its own."""
    fewer = copy.copy(nets)
    fewer.seeds = [nets.seeds[i] for i in places]
    fewer.parameters = {k: v.detach()[places].requires_grad_() for k, v in nets.parameters.items()}
    fewer.buffers = {k: v[places] for k, v in nets.buffers.items()}
    return fewer


def _rates(nets, rates):
    """One number or (E,) as a tensor (E,) beside the weights; the same tensor if it is one."""
    some = next(iter(nets.parameters.values()))
    return torch.as_tensor(rates, dtype=some.dtype, device=some.device).expand(len(nets))


def _put(some, nets, places):
    """Give the members at `places` the weights of `some`, which may be the ensemble itself."""
    if some is nets:
        return
    with torch.no_grad():
        for mine, theirs in ((some.parameters, nets.parameters), (some.buffers, nets.buffers)):
            for name, values in theirs.items():
                values[places] = mine[name].detach()


def _finite(nets):
    """Whether all weights of a member are finite: (E,), numpy."""
    every = [p.detach().isfinite().flatten(1).all(1) for p in nets.parameters.values()]
    return torch.stack(every).all(0).cpu().numpy()
