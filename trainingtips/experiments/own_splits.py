"""Many networks on digits, each on a split of its own: intervals over members are over splits.

An `Ensemble` shares one training set. Here the member of seed s has the start s, the order s *and*
the split s of the digits, so that members differ in all in which two readers' runs would differ.
Plain descent, each member at a rate of its own; those that are done can be left out.
"""

import copy
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, vmap

from trainingtips import batches, data


@dataclass(frozen=True)
class Splits:
    """All digits, x (N, 64) and y (N,), and what each of E members has of them.

    `train`, `validation` and `test` hold places in x, one row for each member, (E, …); `told`,
    (E, N), the labels that it is trained on; `units`, (2, E, 1, 64), what its pixels are made less
    by and then divided by.
    """

    x: torch.Tensor
    y: torch.Tensor
    told: torch.Tensor
    train: torch.Tensor
    validation: torch.Tensor
    test: torch.Tensor
    units: torch.Tensor | None = None

    def pixels(self, rows):
        """What the members are given of the digits at `rows`, (E, B): (E, B, 64)."""
        x = self.x[rows]
        return x if self.units is None else (x - self.units[0]) / self.units[1]

    def standardized(self):
        """The same with pixels of mean 0 and variance 1 over each member's own training digits."""
        x = self.x[self.train]
        scale = x.std(1, correction=0, keepdim=True)
        scale = torch.where(scale == 0, 1.0, scale)  # a pixel that is always white stays
        return replace(self, units=torch.stack([x.mean(1, keepdim=True), scale]))

    def only(self, places):
        """The same for some of the members."""
        units = None if self.units is None else self.units[:, places]
        return Splits(
            self.x,
            self.y,
            self.told[places],
            self.train[places],
            self.validation[places],
            self.test[places],
            units,
        )


def split(seeds, train=1024, validation=0, wrong=0.0):
    """`Splits` of the digits, one for each seed, as `Dataset.split` cuts them.

    The first `validation` of those left over are for choosing, the others for the test. `wrong` is
    the share of labels drawn at random, anew for each seed, that the training is told.

    >>> parts = split([0, 1], train=1024, validation=386)
    >>> parts.train.shape, parts.validation.shape, parts.test.shape
    (torch.Size([2, 1024]), torch.Size([2, 386]), torch.Size([2, 387]))
    """
    digits = data.load("digits")
    places = data.Dataset(torch.arange(len(digits)), digits.y, digits.classes)
    each = {seed: [part.x for part in places.split(train, seed=seed)] for seed in set(seeds)}
    told = {seed: data.relabelled(digits, wrong, seed=seed).y for seed in each}
    first, rest = (torch.stack([each[seed][i] for seed in seeds]) for i in (0, 1))
    labels = torch.stack([told[seed] for seed in seeds])
    return Splits(digits.x, digits.y, labels, first, rest[:, :validation], rest[:, validation:])


def updates(nets, parts, rates, batch, epochs, factor=None, first=0):
    """Train an ensemble on its `Splits`, at rates (E,); yields how many updates have been made.

    `batch` divides the training examples. `factor` is a schedule, from update t to the factor of
    the rates. What networks draw in training comes from torch's global state (`chance.started`).
    With `first` it goes on after so many epochs.
    """
    t = first * (parts.train.shape[1] // batch)
    rates = torch.as_tensor(np.asarray(rates), dtype=torch.float32)
    for number in range(first, first + epochs):
        deal = [batches.epoch(parts.train.shape[1], batch, s, number) for s in nets.seeds]
        order = torch.from_numpy(np.array([np.concatenate(each) for each in deal]))
        for at in parts.train.gather(1, order).split(batch, 1):
            now = rates * factor(t) if factor else rates
            step(nets, parts.pixels(at), parts.told.gather(1, at), now)
            t += 1
            yield t


def step(nets, x, y, rates):
    """One update of each member on its own examples: x (E, B, 64), y (E, B), rates (E,)."""
    leaves = list(nets.parameters.values())
    gradients = torch.autograd.grad(losses(_forward(nets, x), y).sum(), leaves)
    with torch.no_grad():
        for leaf, gradient in zip(leaves, gradients, strict=True):
            leaf.sub_(rates.view(-1, *[1] * (leaf.ndim - 1)) * gradient)


def losses(outputs, y):
    """Cross-entropy of each member, (E,), of outputs (E, B, 10) and y (E, B)."""
    # members last: the softmax along a short last axis takes twenty times as long
    each = nn.functional.cross_entropy(outputs.permute(1, 2, 0), y.T, reduction="none")
    return each.mean(0)


@torch.no_grad()
def training_losses(nets, parts):
    """Cross-entropy of each member on what it was trained on, in eval mode: (E,)."""
    nets.template.eval()
    outputs = _forward(nets, parts.pixels(parts.train))
    nets.template.train()
    return losses(outputs, parts.told.gather(1, parts.train)).numpy()


@torch.no_grad()
def accuracy(nets, parts, rows=None):
    """Share of its test digits that each member gets right in eval mode, or of `rows`: (E,)."""
    rows = parts.test if rows is None else rows
    nets.template.eval()
    answers = _forward(nets, parts.pixels(rows)).argmax(-1)
    nets.template.train()
    return (answers == parts.y[rows]).double().mean(1).numpy()


@torch.no_grad()
def in_train_mode(nets, parts, rows, size):
    """Share of `rows`, (E, M), that members left in train mode get right, in batches of `size`.

    A batch that would be smaller is left out. Running averages stay as they were.
    """
    nets, hits, count = only(nets, list(range(len(nets)))), 0, rows.shape[1] // size * size
    for at in rows[:, :count].split(size, 1):
        hits = hits + (_forward(nets, parts.pixels(at)).argmax(-1) == parts.y[at]).sum(1)
    return (hits.double() / count).numpy()


def only(nets, places):
    """An ensemble of some of the members, with weights of its own."""
    fewer = copy.copy(nets)
    fewer.seeds = [nets.seeds[i] for i in places]
    fewer.parameters = {k: v.detach()[places].requires_grad_() for k, v in nets.parameters.items()}
    fewer.buffers = {k: v[places] for k, v in nets.buffers.items()}
    return fewer


def _forward(nets, x):
    def one(parameters, buffers, x):
        return functional_call(nets.template, (parameters, buffers), (x,))

    return vmap(one, randomness="different")(nets.parameters, nets.buffers, x)
