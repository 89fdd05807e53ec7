"""Deep networks on digits, with and without normalization, and how their speed is counted.

Plain, they are linear layers with ReLU between them, weights drawn as He, Zhang, Ren and Sun (2015)
propose and biases zero. With normalization, a layer of it stands before each ReLU, and the linear
layer's bias, which it would take away again, is left out.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data
from trainingtips.ensemble import Ensemble
from trainingtips.normalization import standardize
from trainingtips.statistics import bootstrap

WIDTH, DEPTH = 32, 10  # units of a hidden layer; hidden layers
BATCH, TARGET = 64, 0.9  # examples of an update; test accuracy to be reached
TRAIN, SPLIT = 1024, 0  # digits to train on, of 1,797, and the seed that draws them
NEVER = 10**9  # updates: no evaluation before the end
DONE = 0.1  # training loss at which a network is taken out: 90 % is long behind it by then


def digits(train=TRAIN):
    """(train, test): `train` handwritten digits and the others, 64 pixels from 0 to 1."""
    return data.load("digits").split(train, seed=SPLIT)


def network(norm=None, depth=DEPTH, width=WIDTH, activation=nn.ReLU):
    """A function without arguments that builds 64-width-…-width-10, from torch's random state.

    `norm`: None, or a function of the width that gives the layer before each activation.

    >>> len(network(nn.BatchNorm1d, depth=2)())
    7
    """

    def make():
        layers, inputs = [], 64
        for _ in range(depth):
            linear = nn.Linear(inputs, width, bias=norm is None)
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
            if norm is None:
                nn.init.zeros_(linear.bias)
            layers += [linear] if norm is None else [linear, norm(width)]
            layers.append(activation())
            inputs = width
        return nn.Sequential(*layers, nn.Linear(inputs, 10))

    return make


def default():
    """The plain network as torch initialises it, with weights smaller by a factor of √6."""
    plain = network()()
    for layer in plain:
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    return plain


def sgd(rate):
    """The optimiser of `Ensemble.train`: plain descent at that rate."""
    return lambda parameters: torch.optim.SGD(parameters, lr=rate)


def reached(run, target=TARGET):
    """Updates of each member until the observed `accuracy` is the target, (E,); inf if never."""
    there = run.observed["accuracy"] >= target
    return np.where(there.any(0), run.updates[there.argmax(0)], np.inf)


def updates_needed(make, rate, seeds, epochs, standardized=False):
    """Updates of batch `BATCH` to the `TARGET` on test digits, one for each seed; inf if never.

    `make` builds the network; `standardized` gives it standardized pixels. Accuracy is looked at
    once an epoch, of 16 updates. Returns (len(seeds),).
    """
    train, test = digits()
    x, there = train.x, test.x
    if standardized:
        x, statistics = standardize(x)
        there = standardize(there, statistics)[0]
    watched = {"accuracy": lambda nets: nets.accuracy(there, test.y)}
    nets, rule = Ensemble(make, seeds), sgd(rate)
    return reached(nets.train(x, train.y, rule, BATCH, epochs, target=DONE, observe=watched))


def counted(updates, limit):
    """Updates (n,), capped at `limit` + 1, how many are within, and their bootstrapped median."""
    capped = np.minimum(updates, limit + 1).astype(int)
    within = int((capped <= limit).sum())
    return {"updates": capped, "reached": within, "median": bootstrap(capped, np.median)}


def at_rate(part, seeds, epochs):
    """`counted` updates to the target of so many seeds, the `rate`, the `share` that gets there.

    `part` is (name, rate). The networks are "batch_norm", "plain", "default", which starts as torch
    does, and "standardized", whose pixels are.
    """
    name, rate = part
    norm = nn.BatchNorm1d if name == "batch_norm" else None
    make = default if name == "default" else network(norm)
    updates = updates_needed(make, rate, range(seeds), epochs, name == "standardized")
    found = {"rate": rate, "share": bootstrap(np.isfinite(updates))}
    return found | counted(updates, 16 * epochs)


def largest(found, count):
    """The largest `rate` at which `count` networks or more `reached` the target; 0 for none.

    >>> largest([{"rate": 0.1, "reached": 9}, {"rate": 0.2, "reached": 1}], 5)
    0.1
    """
    return max((each["rate"] for each in found if each["reached"] >= count), default=0.0)


def speedup(slow, fast):
    """Median of `slow` over that of `fast`, updates (n,) each of the same seeds, as a `Measured`.

    Seeds are resampled in pairs.

    >>> speedup(np.array([20.0, 40.0, 60.0]), np.array([1.0, 4.0, 9.0])).mean
    10.0
    """

    def statistic(index, axis):
        index = index.astype(int)
        return np.median(slow[index], axis=axis) / np.median(fast[index], axis=axis)

    return bootstrap(np.arange(len(slow)), statistic)


def watched(make, seeds, rate, batch, epochs, every):
    """(nets, run) of an `Ensemble` trained on digits, its test `accuracy` observed, (T, E)."""
    train, test = digits()
    nets, rule = Ensemble(make, seeds), sgd(rate)
    watch = {"accuracy": lambda nets: nets.accuracy(test.x, test.y)}
    return nets, nets.train(train.x, train.y, rule, batch, epochs, every=every, observe=watch)


def by_batches(nets, size, ordered):
    """Accuracy in train mode of each member on the test digits in whole batches of `size`: (E,).

    `ordered` gives one class after another; else they are shuffled.
    """
    test = digits()[1]
    order = torch.argsort(test.y, stable=True) if ordered else torch.arange(len(test))
    kept = order[: len(test) // size * size]
    x, y = test.x[kept], test.y[kept]
    return np.array([in_train_mode(nets.member(i), x, y, size) for i in range(len(nets))])


def same_weights(ensembles):
    """Whether all of them have the same parameters, to the last bit; buffers may differ."""
    first, *others = (each.parameters for each in ensembles)
    return all(torch.equal(first[name], other[name]) for other in others for name in first)


def ended(make, seeds, rate, batch, epochs, digits):
    """The `Ensemble` trained to the end on the first of `digits`, (train, test)."""
    nets = Ensemble(make, seeds)
    nets.train(digits[0].x, digits[0].y, sgd(rate), batch, epochs, every=NEVER)
    return nets


@torch.no_grad()
def in_train_mode(network, x, y, size=None):
    """Share of x, (N, 64), that the network puts in y while in train mode, in batches of `size`."""
    batches = zip(x.split(size or len(x)), y.split(size or len(x)), strict=True)
    network.train()
    return float(sum((network(a).argmax(1) == b).sum() for a, b in batches)) / len(x)
