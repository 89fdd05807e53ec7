"""The noise of mini-batches: how far a batch's gradient is from that of all examples."""

import numpy as np
import torch
from torch import nn

from trainingtips import batches, data, networks
from trainingtips.ensemble import Ensemble

WAYS = {"replacement": True, "epochs": False}  # of drawing a batch: is an example put back?


def trained(n, eta, batch, epochs, seeds):
    """(nets, train, losses): networks on n digits after plain descent, their training losses (E,).

    `nets` is an `Ensemble` of 64, 32, 32 and 10 units, ReLU, `train` the n digits.
    """
    train, _ = data.load("digits").split(n, seed=0)
    nets = Ensemble(networks.mlp, range(seeds))
    rule = lambda p: torch.optim.SGD(p, lr=eta)  # noqa: E731
    run = nets.train(train.x, train.y, rule, batch, epochs, every=epochs * n)
    return nets, train, run.losses[-1]


def level_losses(n, rates, epochs, looks, seeds):
    """Batch size -> training losses, (E,), for `rates`, batch size -> η.

    A loss is the mean of `looks` in the last epoch: at a small batch it goes up and down from one
    update to the next by a third of itself.
    """
    train, _ = data.load("digits").split(n, seed=0)
    found = {}
    for size, eta in rates.items():
        nets = Ensemble(networks.mlp, range(seeds))
        rule = lambda p, eta=eta: torch.optim.SGD(p, lr=eta)  # noqa: E731
        every = max(1, n // size // looks)
        run = nets.train(train.x, train.y, rule, size, epochs, every=every)
        found[size] = run.losses[-(n // size // every) :].mean(0)
    return found


def by_size(nets, train, sizes, draws):
    """Name -> (E, sizes): each member's noise, measured and expected, for both ways of drawing.

    `draws` batches are drawn for each. `over_mean`, (E,), is the noise of one example over the norm
    of the mean gradient.
    """
    rows = [
        scatter(gradients(nets.member(i), train), sizes, draws, seed=i) for i in range(len(nets))
    ]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def gradients(module, train):
    """Each example's gradient in coordinates of the space that they span: (N, min(N, n)).

    N vectors span at most N dimensions; turning these onto the axes changes no distance, and
    batches of numbers are quicker to average than batches of weights.
    """
    rows = batches.per_example_gradients(module, nn.functional.cross_entropy, train.x, train.y)
    return torch.linalg.qr(rows.double().T)[1].T


def scatter(rows, sizes, draws, seed):
    """Measured and expected noise of gradients (N, n) for each of `sizes`, by way of drawing."""
    result = {}
    for name, back in WAYS.items():
        result[name] = [
            batches.batch_std(rows, size, draws, seed, replacement=back) for size in sizes
        ]
        result[f"{name}_theory"] = [
            batches.expected_std(rows, size, replacement=back) for size in sizes
        ]
    found = batches.noise(rows)
    return result | {"over_mean": np.sqrt(found.variance) / found.gradient_norm}


def slopes(sizes, noise):
    """Slope of log noise, (E, sizes), against log size for each network, (E,).

    >>> slopes([1, 4], np.array([[1.0, 0.5]])).round(6).tolist()
    [-0.5]
    """
    return np.polyfit(np.log(np.array(sizes)), np.log(noise).T, 1)[0]
