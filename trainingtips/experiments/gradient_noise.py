"""The noise of mini-batches: how far a batch's gradient is from that of all examples."""

import numpy as np
import torch
from torch import nn

from trainingtips import batches
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere

WAYS = {"replacement": True, "epochs": False}  # of drawing a batch: is an example put back?


OWN = {"data": "digits", "network": "perceptron"}  # of 64, 32, 32 and 10 units, ReLU


def trained(n, eta, batch, epochs, seeds, setting=OWN):
    """(nets, train, losses): networks on n examples after plain descent, their losses there, (E,).

    `nets` is an `Ensemble` of the setting's network, `train` the n examples (see `elsewhere`).
    """
    whole = elsewhere.dataset(setting)
    train, _ = whole.split(n, seed=0)
    nets = Ensemble(elsewhere.network(setting, whole), range(seeds))
    rule = lambda p: torch.optim.SGD(p, lr=eta)  # noqa: E731
    criterion = elsewhere.cross_entropy(setting)
    run = nets.train(train.x, train.y, rule, batch, epochs, criterion=criterion, every=epochs * n)
    return nets, train, run.losses[-1]


def level_losses(n, rates, epochs, looks, seeds, setting=OWN):
    """Batch size -> training losses, (E,), for `rates`, batch size -> η.

    A loss is the mean of `looks` in the last epoch: at a small batch it goes up and down from one
    update to the next by a third of itself.
    """
    whole = elsewhere.dataset(setting)
    train, _ = whole.split(n, seed=0)
    found = {}
    for size, eta in rates.items():
        nets = Ensemble(elsewhere.network(setting, whole), range(seeds))
        rule = lambda p, eta=eta: torch.optim.SGD(p, lr=eta)  # noqa: E731
        every = max(1, n // size // looks)
        run = nets.train(train.x, train.y, rule, size, epochs, every=every)
        found[size] = run.losses[-(n // size // every) :].mean(0)
    return found


def by_size(nets, train, sizes, draws, criterion=nn.functional.cross_entropy):
    """Name -> (E, sizes): each member's noise, measured and expected, for both ways of drawing.

    `draws` batches are drawn for each. `over_mean`, (E,), is the noise of one example over the norm
    of the mean gradient.
    """
    rows = [
        scatter(gradients(nets.member(i), train, criterion), sizes, draws, seed=i)
        for i in range(len(nets))
    ]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def gradients(module, train, criterion=nn.functional.cross_entropy):
    """Each example's gradient in coordinates of the space that they span: (N, min(N, n)).

    N vectors span at most N dimensions; turning these onto the axes changes no distance, and
    batches of numbers are quicker to average than batches of weights.
    """
    rows = batches.per_example_gradients(module, criterion, train.x, train.y)
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
