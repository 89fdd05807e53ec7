"""Members of an `Ensemble`, each on a split of its own: intervals over them are over splits too.

An `Ensemble` shares one training set. Here the member of seed s has the start s, the order s *and*
the split s of the data, so that members differ in all in which two readers' runs would differ. A
split may also have several members, where it is they that are dear and not the splits.

Here is what each member has, and what it has learnt; `own_training` trains it.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, vmap

from trainingtips import batches, data


@dataclass(frozen=True)
class Splits:
    """All examples, x (N, …) and y (N,), and what each of E members has of them.

    `train`, `validation` and `test` hold places in x, one row for each member, (E, …); `told`,
    (E, N), the labels that it is trained on; `units`, (2, E, 1, features), what its x are made less
    by and then divided by.
    """

    x: torch.Tensor
    y: torch.Tensor
    told: torch.Tensor
    train: torch.Tensor
    validation: torch.Tensor
    test: torch.Tensor
    units: torch.Tensor | None = None

    def pixels(self, rows, members=slice(None)):
        """What `members`, a slice, are given of the examples at `rows`, (E, B): (E, B, …)."""
        rows = rows[members]
        # index_select is the faster kernel
        x = self.x.index_select(0, rows.flatten()).view(*rows.shape, *self.x.shape[1:])
        if self.units is None:
            return x
        offset, scale = self.units[:, members]
        return (x - offset) / scale

    def labels(self, rows, told=False):
        """The true labels at `rows`, (E, B), or those that the training is `told`: (E, B)."""
        return self.told.gather(1, rows) if told else self.y[rows]

    def standardized(self):
        """The same with pixels of mean 0 and variance 1 over each member's own training digits."""
        x = self.x[self.train]
        scale = x.std(1, correction=0, keepdim=True)
        scale = torch.where(scale == 0, 1.0, scale)  # a pixel that is always white stays
        return replace(self, units=torch.stack([x.mean(1, keepdim=True), scale]))

    def only(self, places):
        """The same for the members at `places`, of which one may come several times."""
        rows = {k: getattr(self, k)[places] for k in ("told", "train", "validation", "test")}
        return replace(self, units=None if self.units is None else self.units[:, places], **rows)

    def to(self, device):
        """The same on another device, such as "cuda"."""
        held = {each.name: getattr(self, each.name) for each in fields(self)}
        return Splits(**{k: None if v is None else v.to(device) for k, v in held.items()})


def split(seeds, train=1024, validation=0, wrong=0.0, dataset=None):
    """`Splits` of the digits or another data set, one for each seed, as `Dataset.split` cuts them.

    The first `validation` of those left over are for choosing, the others for the test. `wrong` is
    the share of labels drawn at random, anew for each seed, that the training is told.

    >>> parts = split([0, 1], train=1024, validation=386)
    >>> parts.train.shape, parts.validation.shape, parts.test.shape
    (torch.Size([2, 1024]), torch.Size([2, 386]), torch.Size([2, 387]))
    """
    whole = data.load("digits") if dataset is None else dataset
    places = data.Dataset(torch.arange(len(whole)), whole.y, whole.classes)
    each = {seed: [part.x for part in places.split(train, seed=seed)] for seed in set(seeds)}
    told = {seed: data.relabelled(whole, wrong, seed=seed).y for seed in each}
    first, rest = (torch.stack([each[seed][i] for seed in seeds]) for i in (0, 1))
    labels = torch.stack([told[seed] for seed in seeds])
    return Splits(whole.x, whole.y, labels, first, rest[:, :validation], rest[:, validation:])


def dealt(seeds, n, batch, number):
    """Each member's order of its n examples in one epoch, (E, n)."""
    if batch == n:
        return torch.arange(n).expand(len(seeds), n)
    own = {seed: np.concatenate(batches.epoch(n, batch, seed, number)) for seed in set(seeds)}
    return torch.from_numpy(np.stack([own[seed] for seed in seeds]))


def losses(outputs, y):
    """Cross-entropy of each member, (E,), of outputs (E, B, K) and y (E, B)."""
    # members last: the softmax along a short last axis takes twenty times as long
    each = nn.functional.cross_entropy(outputs.permute(1, 2, 0), y.T, reduction="none")
    return each.mean(0)


@torch.no_grad()
def outputs(nets, parts, rows):
    """The members' outputs in eval mode at `rows`, (E, M) places: (E, M, K)."""
    nets.template.eval()
    found = []
    for some in few(rows):
        state = ({k: v[some] for k, v in each.items()} for each in (nets.parameters, nets.buffers))
        found.append(forward(nets.template, *state, parts.pixels(rows, some)))
    nets.template.train()
    return torch.cat(found)


def judged(nets, parts, rows, told=False):
    """(cross-entropy, share that is wrong) of each member at `rows`, (E, M): two arrays (E,).

    Against the true labels, or those that the training is `told`.
    """
    found, y = outputs(nets, parts, rows), parts.labels(rows, told)
    wrong = (found.argmax(-1) != y).double().mean(1)
    return losses(found, y).cpu().numpy(), wrong.cpu().numpy()


def training_losses(nets, parts):
    """Cross-entropy of each member on what it was trained on, as it was told it: (E,)."""
    return judged(nets, parts, parts.train, told=True)[0]


def accuracy(nets, parts, rows=None, told=False):
    """Share of its test examples that each member gets right, or of `rows`, (E, M): (E,)."""
    rows = parts.test if rows is None else rows
    right = outputs(nets, parts, rows).argmax(-1) == parts.labels(rows, told)
    return right.double().mean(1).cpu().numpy()


@torch.no_grad()
def in_train_mode(nets, parts, rows, size):
    """Share of `rows`, (E, M), that members left in train mode get right, in batches of `size`.

    A batch that would be smaller is left out. Running averages stay as they were.
    """
    buffers, hits = {k: v.clone() for k, v in nets.buffers.items()}, 0
    count = rows.shape[1] // size * size
    for at in rows[:, :count].split(size, 1):
        found = forward(nets.template, nets.parameters, buffers, parts.pixels(at))
        hits = hits + (found.argmax(-1) == parts.labels(at)).sum(1)
    return (hits.double() / count).numpy()


def forward(template, parameters, buffers, x):
    """(E, B, K) of stacked weights, each on their own x, (E, B, …), in the template's mode."""

    def one(parameters, buffers, x):
        return functional_call(template, (parameters, buffers), (x,))

    return vmap(one, randomness="different")(parameters, buffers, x)


def few(x):
    """Slices of the members of x, (E, B, …), a few at a time where rows are many: for the cache."""
    count = max(1, 8192 // x.shape[1])
    return [slice(first, first + count) for first in range(0, len(x), count)]
