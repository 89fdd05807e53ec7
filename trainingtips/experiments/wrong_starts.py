"""Updates needed from a start that is confidently wrong: two logits, and networks on digits."""

from dataclasses import dataclass

import numpy as np
import torch

from trainingtips import networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import own_splits, own_training
from trainingtips.statistics import median, share

NEVER = -1  # stands for "not within the updates"


@dataclass(frozen=True)
class Setting:
    """Networks of 64, 32 and 10 units that learn digits, sure of class 0 at their start."""

    offsets: tuple  # d, added to the bias of class 0
    seeds: int  # each with its own split, start and order of the examples
    train: int  # examples
    valid: int  # examples that choose the learning rate; the rest are test examples
    batch: int
    epochs: int
    every: int  # updates from one look at the accuracy to the next
    enough: float  # accuracy that is waited for

    @property
    def budget(self):
        """Updates after which a network counts as not there."""
        return self.epochs * (self.train // self.batch)


def two_logits(margins, value, rule, most):
    """Updates until the true class leads, from each margin d of the wrong one, (m,).

    The logits start at (−d/2, d/2), the first class being the true one. `value(logits, targets)`
    is a loss for each example, as in `losses`; `rule(parameters)` makes an optimiser. `NEVER`
    where the true class does not lead within `most` updates.

    >>> from trainingtips.losses import cross_entropy
    >>> descent = lambda parameters: torch.optim.SGD(parameters, lr=1.0)
    >>> two_logits(np.array([1.0, 100.0]), cross_entropy, descent, most=10).tolist()
    [1, -1]
    """
    half = torch.from_numpy(margins) / 2
    logits = torch.stack([-half, half], -1).requires_grad_()  # one row for each margin
    optimiser = rule([logits])
    right = torch.zeros(len(margins), dtype=torch.int64)
    updates = np.full(len(margins), NEVER)
    for update in range(1, most + 1):
        optimiser.zero_grad()
        value(logits, right).sum().backward()
        optimiser.step()
        leads = (logits[:, 0] >= logits[:, 1]).numpy()
        updates[(updates == NEVER) & leads] = update
        if (updates != NEVER).all():
            break
    return updates


def compared(setting, criterion, rules):
    """Each of `rules`, such as several rates, from each offset, and the best from each: a dict.

    `tried` has a `summary` on test digits by offset and rule; `places` is, for each offset, the
    place of the rule that needs the fewest updates on validation digits, in the mean over the
    seeds, and `rows` the summaries by those rules. `waits` are their updates on test digits,
    (offsets, seeds), with the budget for those that do not arrive.
    """
    runs = [arrivals(setting, criterion, rule) for rule in rules]
    waits = [waited(run["valid"], setting).mean(-1) for run in runs]  # (rules, offsets)
    places = [int(i) for i in np.argmin(waits, axis=0)]
    tried = [[summary(run["test"][j], setting) for run in runs] for j in range(len(places))]
    rows = [found[i] for found, i in zip(tried, places, strict=True)]
    best = [waited(runs[i]["test"][j], setting) for j, i in enumerate(places)]
    return {"places": places, "rows": rows, "tried": tried, "waits": np.array(best)}


def arrivals(setting, criterion, rule):
    """Updates until enough digits are right, or `NEVER`: part -> (offsets, seeds).

    The parts are "valid" and "test"; training ends once all are there.
    """
    count = len(setting.offsets)
    nets = Ensemble(lambda: networks.mlp(hidden=(32,)), list(range(setting.seeds)) * count)
    with torch.no_grad():
        ahead = torch.tensor(setting.offsets).repeat_interleave(setting.seeds)
        nets.parameters["2.bias"][:, 0] += ahead
    parts = own_splits.split(nets.seeds, setting.train, setting.valid)
    step = own_training.optimized(nets, rule, criterion)
    made = own_training.updates(nets, parts, step, setting.batch, setting.epochs)
    rows = {"valid": parts.validation, "test": parts.test}
    first = {part: np.full(len(nets), NEVER) for part in rows}
    for updates in own_training.looks(made, setting.every):
        for part, found in first.items():
            right = own_splits.accuracy(nets, parts, rows[part])
            found[(found == NEVER) & (right >= setting.enough)] = updates
        if all((found != NEVER).all() for found in first.values()):
            break
    return {part: found.reshape(count, setting.seeds) for part, found in first.items()}


def summary(updates, setting):
    """Share of the seeds that arrive and, unless most surely do not, the median updates.

    `updates` is (seeds,). Those that do not arrive count with the budget: a median, or an end,
    there means "or more", which `capped` says of either.
    """
    found = {"share": share(updates != NEVER)}
    if found["share"].high > 0.5:
        middle = median(waited(updates, setting), looked=setting.every)
        ends = {"median": middle.mean, "high": middle.high}
        capped = [name for name, end in ends.items() if end >= setting.budget]
        found |= {"updates": middle, "capped": capped}
    return found


def waited(updates, setting):
    """Updates, (seeds,), with the budget for those that did not arrive within it."""
    return np.where(updates == NEVER, setting.budget, updates)
