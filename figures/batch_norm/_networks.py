"""The deep networks of this section: what each is built from, and how its speed is counted.

Plain, they are linear layers with ReLU between them, weights drawn as He, Zhang, Ren and Sun (2015)
propose and biases zero. With normalization, a layer of it stands before each ReLU, and the linear
layer's bias, which it would take away again, is left out.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data
from trainingtips.ensemble import Ensemble

WIDTH, DEPTH = 32, 10  # units of a hidden layer; hidden layers
BATCH, TARGET = 64, 0.9  # examples of an update; test accuracy to be reached
TRAIN = 1024  # digits to train on; the other 773 are for testing
SPLIT = 0


def compute():
    """Sizes of the two networks, for the page."""
    count = {
        name: sum(p.numel() for p in network(norm)().parameters())
        for name, norm in (("plain", None), ("batch_norm", nn.BatchNorm1d))
    }
    train, test = digits()
    sizes = {"width": WIDTH, "depth": DEPTH, "batch": BATCH, "target": TARGET}
    return sizes | {"weights": count, "train": len(train), "test": len(test)}


def digits():
    """(train, test): 1,024 and 773 handwritten digits, 64 pixels from 0 to 1."""
    return data.load("digits").split(TRAIN, seed=SPLIT)


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


def sgd(rate):
    """The optimiser of `Ensemble.train`: plain descent at that rate."""
    return lambda parameters: torch.optim.SGD(parameters, lr=rate)


def follow(make, train, test, rate, epochs, seeds, batch=BATCH, **options):
    """(networks, run): one network for each seed, trained at that rate, its test accuracy observed.

    `options` are those of `Ensemble.train`.
    """
    nets = Ensemble(make, range(seeds))
    observe = {"accuracy": lambda nets: nets.accuracy(test.x, test.y)}
    run = nets.train(train.x, train.y, sgd(rate), batch, epochs, observe=observe, **options)
    return nets, run


def reached(run, target=TARGET):
    """Updates of each member until the observed `accuracy` is the target, (E,); inf if never."""
    there = run.observed["accuracy"] >= target
    return np.where(there.any(0), run.updates[there.argmax(0)], np.inf)


class Affine(nn.Module):
    """Batch normalization with γ, with β, with both or neither."""

    def __init__(self, width, gamma, beta):
        super().__init__()
        self.norm = nn.BatchNorm1d(width, affine=False)
        self.gamma = nn.Parameter(torch.ones(width)) if gamma else None
        self.beta = nn.Parameter(torch.zeros(width)) if beta else None

    def forward(self, x):
        x = self.norm(x)
        x = x if self.gamma is None else self.gamma * x
        return x if self.beta is None else x + self.beta


class Jolt(nn.Module):
    """x (N, d) to s x + m, by feature: s from 1 ± strength, m from ± strength, new at each call.

    One m and one s for all examples of a batch: their distribution is shifted and stretched by
    what the layer before cannot know of. In eval mode nothing is changed, which is the mean.
    """

    def __init__(self, strength):
        super().__init__()
        self.strength = strength

    def forward(self, x):
        if not self.training or not self.strength:
            return x
        m, s = self.strength * (2 * torch.rand(2, x.shape[-1], device=x.device) - 1)
        return (1 + s) * x + m


def jolted(strength):
    """Batch normalization with a `Jolt` behind it, for `network`."""
    return lambda width: nn.Sequential(nn.BatchNorm1d(width), Jolt(strength))


class Ghost(nn.Module):
    """Batch normalization whose statistics come from groups of `size` examples of the batch.

    What each of several processors does that share a batch without telling one another: the
    gradient is that of all, the statistics are its own. x is (N, d), N a multiple of `size` in
    train mode. The running statistics are as torch's, from the mean over the groups.
    """

    def __init__(self, width, size):
        super().__init__()
        self.norm, self.size = nn.BatchNorm1d(width), size

    def forward(self, x):
        if not self.training:
            return self.norm(x)
        norm, width = self.norm, x.shape[-1]
        # (size, groups · d): each group's features are features of their own
        apart = x.unflatten(0, (-1, self.size)).transpose(0, 1).flatten(1)
        with torch.no_grad():
            mean, unbiased = apart.mean(0).view(-1, width), apart.var(0).view(-1, width)
            for running, new in ((norm.running_mean, mean), (norm.running_var, unbiased)):
                running.mul_(1 - norm.momentum).add_(norm.momentum * new.mean(0))
        scaled = nn.functional.batch_norm(apart, None, None, training=True, eps=norm.eps)
        scaled = scaled.unflatten(1, (-1, width)).transpose(0, 1).flatten(0, 1)
        return norm.weight * scaled + norm.bias


def ghost(size):
    """`Ghost` of that size, for `network`."""
    return lambda width: Ghost(width, size)
