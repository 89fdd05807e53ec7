"""Members on splits of their own, trained by any optimiser and watched on what was held out.

`own_splits` has plain descent on digits. Here are other data, optimisers of torch, weight decay for
each member, coupled or decoupled, and the looks at training, validation and test along the way.
"""

import numpy as np
import torch
from torch.func import functional_call, vmap

from trainingtips import batches, data
from trainingtips.experiments.own_splits import Splits, losses


def deal(dataset, seeds, train, validation=0, wrong=0.0):
    """`Splits` of any data set of classes: seed s has the split s and the wrong labels of s.

    >>> parts = deal(data.load("digits"), [0, 1], train=256, validation=256)
    >>> parts.train.shape, parts.test.shape
    (torch.Size([2, 256]), torch.Size([2, 1285]))
    """
    places = data.Dataset(torch.arange(len(dataset)), dataset.y, dataset.classes)
    cut = [[part.x for part in places.split(train, seed=seed)] for seed in seeds]
    told = torch.stack([data.relabelled(dataset, wrong, seed=seed).y for seed in seeds])
    first, rest = (torch.stack([each[i] for each in cut]) for i in (0, 1))
    return Splits(dataset.x, dataset.y, told, first, rest[:, :validation], rest[:, validation:])


def updates(nets, parts, rule, batch, epochs, coupled=None, decoupled=None, change=None):
    """Train by `rule`, a torch optimiser of the members' weights; yields the updates made.

    `coupled`, (E,), is added to each member's gradient, times the weights (L2); by `decoupled`,
    (E,), times the rate, the weights shrink beside the step (AdamW). `change` is given each batch,
    (E, B, features), and what it gives back is trained on.
    """
    leaves, count = list(nets.parameters.values()), parts.train.shape[1]
    coupled, decoupled = (_column(each) for each in (coupled, decoupled))
    t = 0
    for number in range(epochs):
        deals = [batches.epoch(count, batch, s, number, drop_last=True) for s in nets.seeds]
        order = torch.from_numpy(np.array([np.concatenate(each) for each in deals]))
        for at in parts.train.gather(1, order).split(batch, 1):
            x = parts.pixels(at)
            found = forward(nets, x if change is None else change(x))
            rule.zero_grad()
            losses(found, parts.told.gather(1, at)).sum().backward()
            with torch.no_grad():
                for leaf in leaves:
                    shape = (-1,) + (1,) * (leaf.ndim - 1)
                    if coupled is not None:
                        leaf.grad.add_(coupled.view(shape) * leaf)
                    if decoupled is not None:
                        leaf.mul_(1 - rule.param_groups[0]["lr"] * decoupled.view(shape))
            rule.step()
            t += 1
            yield t


def forward(nets, x):
    """The members' outputs, (E, B, classes), for x (E, B, features), in the template's mode."""

    def one(parameters, buffers, x):
        return functional_call(nets.template, (parameters, buffers), (x,))

    return vmap(one, randomness="different")(nets.parameters, nets.buffers, x)


@torch.no_grad()
def answers(nets, parts, rows, training=False):
    """The outputs at `rows`, (E, M) places, in eval mode, or as in training: (E, M, classes)."""
    nets.template.train(training)
    found = forward(nets, parts.pixels(rows))
    nets.template.train()
    return found


def judged(nets, parts, rows, told=False, training=False):
    """(cross-entropy, share that is wrong) of each member at `rows`: two arrays (E,).

    Against the true labels, or those that the training is `told`.
    """
    found = answers(nets, parts, rows, training)
    y = parts.told.gather(1, rows) if told else parts.y[rows]
    wrong = (found.argmax(-1) != y).double().mean(1)
    return losses(found, y).numpy(), wrong.numpy()


def _column(values):
    return None if values is None else torch.as_tensor(np.asarray(values), dtype=torch.float32)
