"""Members of an `Ensemble`, each with windows of a text of its own to learn from and be judged by.

They learn from the book's first nine tenths and are judged on its end (`data.parts`), so that no
sentence is on both sides. Training is that of `own_training`.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import chance, data
from trainingtips.experiments import own_splits


class Windows(own_splits.Splits):
    """`Splits` of a text: x and y are whole numbers (N, T), at each place the next sign in y."""

    def labels(self, rows, told=False):
        """The signs that come next at `rows`, (E, B): (E, B, T)."""
        return self.y[rows]


def split(seeds, train, judging, length):
    """`Windows` of Moby Dick, the first `length` signs of each: one choice for each seed.

    Each member has `train` windows of the first nine tenths, and for validation and test each
    `judging` windows of the end.

    >>> parts = split([0, 1], train=64, judging=32, length=16)
    >>> parts.train.shape, parts.test.shape, parts.labels(parts.test).shape
    (torch.Size([2, 64]), torch.Size([2, 32]), torch.Size([2, 32, 16]))
    """
    whole, cut = data.load("text"), len(data.parts("text")[0])
    own, end = [], []
    for seed in seeds:
        generator = chance.generator(seed)
        own.append(torch.randperm(cut, generator=generator)[:train])
        end.append(cut + torch.randperm(len(whole) - cut, generator=generator)[: 2 * judging])
    end = torch.stack(end)
    x, y = whole.x[:, :length], whole.y[:, :length]
    return Windows(x, y, y, torch.stack(own), end[:, :judging], end[:, judging:])


def halves(seeds):
    """The seeds in two, as parts that can be done at once."""
    seeds = list(seeds)
    return seeds[: len(seeds) // 2], seeds[len(seeds) // 2 :]


def judged(nets, parts, rows):
    """(cross-entropy in nats, share of signs foretold wrongly) of each member: two arrays (E,)."""
    found, y = own_splits.outputs(nets, parts, rows), parts.labels(rows)
    each = nn.functional.cross_entropy(found.movedim(-1, 1), y, reduction="none")
    wrong = (found.argmax(-1) != y).double()
    return each.double().mean((1, 2)).numpy(), wrong.mean((1, 2)).numpy()


def guess(parts, rows, signs):
    """The same of someone who only counted how often each of `signs` comes in their own windows.

    One is added to each count, so that a sign which did not come is not taken for impossible.
    """
    found = []
    for own, asked in zip(parts.labels(parts.train), parts.labels(rows), strict=True):
        counts = np.bincount(own.flatten(), minlength=signs) + 1
        asked = asked.flatten().numpy()
        loss = -np.log(counts / counts.sum())[asked].mean()
        found.append((loss, (asked != counts.argmax()).mean()))
    return tuple(np.array(found).T)


def joined(some):
    """(E of all, …) values from dictionaries of several parts of the members, by name."""
    return {name: np.concatenate([each[name] for each in some], -1) for name in some[0]}
