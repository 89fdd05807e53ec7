"""A saddle of a whole network, at which small batches have a gradient and the full set has none.

All weights between units are zero and the hidden biases are not: each example gets the same answer,
1/K for each of K classes. On a set that is balanced the errors cancel, and the gradient is zero; on
a batch they do not. With a number of classes and of examples that are powers of two the sums are
exact in binary, so that the full batch has not even rounding errors to leave by.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import nn

from trainingtips import batches, data, networks, parallel
from trainingtips.curvature import eigenpairs, flat_loss, hessian
from trainingtips.ensemble import Ensemble


@dataclass(frozen=True)
class Setting:
    """Digits of the first classes, and a ReLU network with one hidden layer at its saddle."""

    classes: int
    each: int  # examples of a class
    hidden: int
    seeds: int  # for each batch size
    updates: int
    every: int  # updates from one look at the loss to the next
    target: float  # loss over all examples at which a network has escaped

    @property
    def n(self):
        return self.classes * self.each


def balanced(setting):
    """(x, y): the first `each` of each class, (n, 64) and (n,)."""
    digits = data.load("digits")
    found = [torch.where(digits.y == k)[0][: setting.each] for k in range(setting.classes)]
    rows = torch.cat(found)
    return digits.x[rows], digits.y[rows]


def network(setting, bias=1.0):
    """At the saddle; the hidden biases are `bias` times 1/H, 2/H, … 1: exact in binary."""
    module = networks.mlp(64, setting.classes, (setting.hidden,))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module[0].bias.copy_(bias * torch.arange(1, setting.hidden + 1) / setting.hidden)
    return module


def runs(setting, parts):
    """The `Run` of all seeds for each part, a (batch size, bias, η); see `train`."""
    return parallel.each(partial(train, setting), parts)


def train(setting, part):
    """The `Run` of all seeds at one (batch size, bias, η), each ended once it has escaped.

    Batches are computed in double precision: in single, the rounding errors of a large batch grow
    faster than its noise and lead it out sooner, at another time on each processor. The full batch
    is computed in single precision, where its sums are exact; in double the probabilities of one
    in eight are off by a rounding error.
    """
    size, bias, eta = part
    x, y = balanced(setting)
    full = size == setting.n
    kind = torch.float32 if full else torch.float64
    # nothing differs between the seeds but their order, and the full batch has none
    seeds = range(1 if full else setting.seeds)
    nets = Ensemble(lambda: network(setting, bias).to(kind), seeds)
    epochs = -(-setting.updates * size // setting.n)
    rule = lambda parameters: torch.optim.SGD(parameters, lr=eta)  # noqa: E731
    every, target = setting.every, setting.target
    return nets.train(x.to(kind), y, rule, size, epochs, every=every, target=target)


def weights(setting):
    """How many weights the network has."""
    return sum(p.numel() for p in network(setting).parameters())


def eigenvalues(setting):
    """The least and the largest eigenvalue of the Hessian at the saddle, (2,), in double."""
    x, y = balanced(setting)
    module = network(setting).double()
    loss, theta = flat_loss(module, nn.functional.cross_entropy, x.double(), y)
    return eigenpairs(loss, theta, 1, "both")[0]


def largest_gradient(setting, examples=None):
    """The largest |gᵢ| of the gradient over the first examples (None: all), in single precision."""
    x, y = balanced(setting)
    module = network(setting)
    nn.functional.cross_entropy(module(x[:examples]), y[:examples]).backward()
    found = torch.cat([p.grad.flatten() for p in module.parameters()])
    return float(found.abs().max())


def ways_out(setting):
    """(λ, parts): the negative eigenvalues of the Hessian at the saddle, and what noise has there.

    `parts` are root mean squares over the examples: how long the part of one example's gradient is
    in the eigenspace of each λ; both (spaces,), from the lowest λ. In double precision.
    """
    x, y = balanced(setting)
    module, criterion = network(setting).double(), nn.functional.cross_entropy
    whole = hessian(*flat_loss(module, criterion, x.double(), y)).numpy()
    values, vectors = np.linalg.eigh(whole)
    values, vectors = values[values < -1e-9], vectors[:, values < -1e-9]
    rows = batches.per_example_gradients(module, criterion, x.double(), y).numpy() @ vectors
    spaces = np.concatenate([[0], (np.diff(values) > 1e-9).cumsum()])
    squares = np.array([(rows[:, spaces == k] ** 2).sum(1).mean() for k in range(spaces[-1] + 1)])
    return values[np.unique(spaces, return_index=True)[1]], np.sqrt(squares)


def escapes(run):
    """Updates at which each member of a `Run` escaped, (E,); inf where it did not."""
    return np.where(run.reached < 0, np.inf, run.reached)


def curves(run, every, count):
    """The losses of the first `count` members of a `Run`, each up to its escape: a list."""
    ends = [None if r < 0 else r // every + 1 for r in run.reached[:count]]
    return [run.losses[:end, i] for i, end in enumerate(ends)]
