"""Updates needed from a start that is confidently wrong: two logits, and networks on digits."""

from dataclasses import dataclass

import numpy as np
import torch

from trainingtips import data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import median, share

NEVER = -1  # stands for "not within the updates"


@dataclass(frozen=True)
class Setting:
    """Networks of 64, 32 and 10 units that learn digits, sure of class 0 at their start."""

    offsets: tuple  # d, added to the bias of class 0
    seeds: int
    train: int  # examples; the rest are test examples
    batch: int
    epochs: int
    every: int  # updates from one look at the accuracy to the next
    enough: float  # test accuracy that is waited for
    split: int = 0

    @property
    def budget(self):
        """Updates after which a seed counts as not there."""
        return self.epochs * self.train // self.batch


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


def networks_from(setting, criterion, rule, done):
    """For each offset, `summary` of the updates until enough of the test digits are right.

    Networks stop at the training loss `done`: no need to wait for those that have arrived.
    """
    train, test = data.load("digits").split(setting.train, seed=setting.split)
    count = len(setting.offsets)
    nets = Ensemble(lambda: networks.mlp(hidden=(32,)), list(range(setting.seeds)) * count)
    with torch.no_grad():
        offsets = torch.tensor(setting.offsets).repeat_interleave(setting.seeds)
        nets.parameters["2.bias"][:, 0] += offsets
    run = nets.train(
        train.x, train.y, rule, setting.batch, setting.epochs, criterion=criterion,
        every=setting.every, target=done,
        observe={"accuracy": lambda nets: nets.accuracy(test.x, test.y)},
    )  # fmt: skip
    enough = run.observed["accuracy"] >= setting.enough
    first = np.where(enough.any(0), run.updates[enough.argmax(0)], NEVER)
    return [summary(each, setting) for each in first.reshape(count, setting.seeds)]


def summary(updates, setting):
    """Share of the seeds that arrive and, unless most surely do not, the median updates.

    `updates` is (seeds,). Those that do not arrive count with the budget: a median, or an end,
    there means "or more".
    """
    arrived = updates != NEVER
    late = np.where(arrived, updates, setting.budget)
    found = {"share": share(arrived)}
    if found["share"].high > 0.5:
        found["updates"] = median(late, looked=setting.every)
    return found
