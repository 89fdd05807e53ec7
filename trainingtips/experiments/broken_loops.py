"""One training loop with one mistake at a time, and a rule that names the shape of its loss."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from trainingtips import batches, chance, data, networks

HEALTHY = "healthy"
STEP, LOOK = 8, 32  # updates in a point of the curve, and from one look at the validation loss on


@dataclass(frozen=True)
class Loop:
    """A training loop on digits; a mistake is one of these told otherwise.

    `build()` makes the network, `criterion(outputs, targets)` is the loss, `factor(update)` what
    the rate is multiplied with, `spoil(x, y)` what happens to the training set before it is used.
    """

    build: callable = networks.mlp
    criterion: callable = nn.functional.cross_entropy
    rate: float = 0.2
    factor: callable = None
    batch: int = 32
    examples: int = 1024
    spoil: callable = None
    block: int = 0  # so many last examples are never shuffled: the last batch of each epoch
    number: bool = False  # the digit is a number to be predicted, not a class


@dataclass
class Seen:
    """What was printed: each batch's loss, (updates,); at each look the validation and training
    loss in eval mode, (looks,); and the baseline, what a guess without looking at x reaches."""

    losses: np.ndarray
    validation: np.ndarray
    evaluated: np.ndarray
    baseline: float


def run(loop, seed, updates):
    """Train by `loop` for `updates` updates, from the start and in the order of `seed`: `Seen`.

    >>> seen = run(Loop(), seed=0, updates=64)
    >>> len(seen.losses), len(seen.validation), round(seen.baseline, 3)
    (64, 2, 2.303)
    """
    train, rest = data.load("digits").split(1024, seed=seed)
    x, y = train.x[: loop.examples], train.y[: loop.examples]
    x, y = loop.spoil(x.clone(), y) if loop.spoil else (x, y)
    targets = (y.float(), rest.y.float()) if loop.number else (y, rest.y)
    with chance.started(seed):
        network = loop.build()
    losses, looks = _train(network, loop, (x, targets[0]), (rest.x, targets[1]), seed, updates)
    baseline = float(targets[0].var()) if loop.number else float(np.log(train.classes))
    return Seen(np.array(losses), *np.array(looks).T, baseline)


def _train(network, loop, train, rest, seed, updates):
    rule = torch.optim.SGD(network.parameters(), lr=loop.rate)
    losses, looks, (x, y) = [], [], train
    per_epoch = -(-len(y) // loop.batch)
    while len(losses) < updates:
        for rows in _epoch(loop, len(y), seed, len(losses) // per_epoch):
            if loop.factor:
                rule.param_groups[0]["lr"] = loop.rate * loop.factor(len(losses))
            rule.zero_grad()
            loss = loop.criterion(network(x[rows]), y[rows])
            loss.backward()
            rule.step()
            losses.append(loss.item())
            if len(losses) % LOOK == 0:
                looks.append([_evaluated(network, loop.criterion, *each) for each in (rest, train)])
            if len(losses) == updates:
                break
    return losses, looks


def _epoch(loop, count, seed, number):
    """The batches of an epoch: shuffled, but for a block that comes last."""
    dealt = batches.epoch(count - loop.block, loop.batch, seed, number)
    return [*dealt, np.arange(count - loop.block, count)] if loop.block else dealt


@torch.no_grad()
def _evaluated(network, criterion, x, y):
    network.eval()
    loss = criterion(network(x), y).item()
    network.train()
    return loss


# The mistakes


def zeros():
    """`networks.mlp()` with all its weights zero."""
    network = networks.mlp()
    for each in network.parameters():
        each.data.zero_()
    return network


def slow_averages():
    """Two layers with batch normalization, whose running averages hardly move."""
    layers = []
    for before, after in ((64, 32), (32, 32)):
        layers += [nn.Linear(before, after), nn.BatchNorm1d(after, momentum=0.001), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(32, 10))


def shifted(x, y):
    """The data with the labels of the last 32 pictures off by one."""
    return x, torch.cat([y[:-32], (y[-32:] + 1) % 10])


def broadcast(outputs, targets):
    """Mean square of (N, 1) − (N,): every output against every target."""
    return (outputs - targets).square().mean()


def squared(outputs, targets):
    """Mean square of outputs (N, 1) against their own targets (N,)."""
    return (outputs[:, 0] - targets).square().mean()


def by_tanh():
    """A network of one output, with tanh: no unit of it can die."""
    return networks.tanh(classes=1)


LOOPS = {
    HEALTHY: Loop(),
    "start": Loop(build=zeros),
    "plateau": Loop(factor=lambda update: 0.985**update),  # meant for each epoch
    "nan": Loop(by_tanh, squared, rate=0.1, number=True),
    "spikes": Loop(spoil=shifted, block=32),
    "oscillation": Loop(batch=4),
    "slow": Loop(rate=0.03),
    "up_again": Loop(factor=lambda update: update / 64),  # a warm-up that never ends
    "validation": Loop(examples=32),
    "modes": Loop(build=slow_averages),
    "mean": Loop(by_tanh, broadcast, rate=0.05, number=True),
}


# The rule


def shape(seen):
    """The name of the first shape that the curves of `Seen` have, one of `LOOPS`.

    >>> shape(Seen(np.full(512, 2.3), np.full(16, 2.3), np.full(16, 2.3), np.log(10)))
    'start'
    """
    if not np.isfinite(seen.losses).all():
        return "nan"
    points = curve(seen.losses)
    later, last = points[len(points) // 2 :], points[-LOOK // STEP :].mean()
    epochs = points.reshape(-1, LOOK // STEP).mean(1) / seen.baseline
    half, end = len(epochs) // 2, epochs[-4:].mean()
    middle = np.median(later)
    for name, found in (
        ("constant", epochs.min() > 0.9 and abs(epochs[half:] - 1).max() < 0.05),
        ("modes", seen.evaluated[-1] > 3 * last and seen.evaluated[-1] > 0.1 * seen.baseline),
        ("up_again", end > max(0.6, 1.5 * epochs.min())),
        ("validation", seen.validation[-1] > max(1.1 * seen.validation.min(), 5 * last)),
        ("spikes", same_place(spikes(seen.losses)) >= 6),
        ("oscillation", np.diff(np.log(later)).std() > 0.2 and middle > 0.1 * seen.baseline),
        ("plateau", end > 0.2 and end > 0.9 * epochs[half]),
        ("slow", end > 0.2),
    ):
        if found:
            return _guess(seen) if name == "constant" else name
    return HEALTHY


def spikes(losses):
    """Updates of the later half whose loss is five times the median of the sixteen before, (k,).

    >>> spikes(np.array([1.0] * 60 + [6.0] + [1.0] * 3)).tolist()
    [60]
    """
    before = np.lib.stride_tricks.sliding_window_view(losses, 16)[:-1]
    found = 16 + np.flatnonzero(losses[16:] > 5 * np.median(before, axis=1))
    return found[found >= len(losses) // 2]


def same_place(updates):
    """How many of the `updates` are at the commonest place in an epoch of `LOOK`."""
    return int(np.bincount(updates % LOOK, minlength=1).max())


def _guess(seen):
    """A loss that stays at its baseline: log C for classes, the variance for numbers."""
    return "start" if np.isclose(seen.baseline, np.log(10)) else "mean"


def curve(losses):
    """Means of `STEP` losses, (updates // STEP,)."""
    return losses[: len(losses) // STEP * STEP].reshape(-1, STEP).mean(1)
