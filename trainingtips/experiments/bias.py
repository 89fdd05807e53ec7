"""Adam without bias correction: its steps against torch's, and what networks reach.

Averages that start from zero hold after t updates the shares 1 − β₁ᵗ and 1 − β₂ᵗ of a full one.
Kingma and Ba 2015 (arXiv 1412.6980) divide by them.
"""

from functools import partial

import numpy as np
import torch
from torch import nn

from trainingtips import chance, data
from trainingtips.ensemble import Ensemble
from trainingtips.experiments.schedules import CEILING
from trainingtips.statistics import paired, student

ETA = 1e-3  # of the optimiser itself, where a rate cancels


def factor(t, beta1, beta2):
    """How many times as long Adam's step t = 1, 2, … is without correction.

    >>> round(float(factor(1, 0.9, 0.999)), 3)  # √10
    3.162
    """
    return (1 - beta1**t) / np.sqrt(1 - beta2**t)


def uncorrected(t, beta1, beta2):
    """The same as a schedule, for update t from 0: it takes the correction out of torch's Adam."""
    return (1 - beta1 ** (t + 1)) / (1 - beta2 ** (t + 1)) ** 0.5


def measured(make, seed, train, batch, updates, beta1, beta2):
    """Lengths of steps without correction over torch's, along one training run: (updates,).

    `make` builds a network with an `nn.Linear` as its third layer, whose weights are looked at;
    `train` is a `data.Dataset`. In double precision, and with next to no ε.
    """
    net, eps = Ensemble(make, [seed]).member(0).double().train(), 1e-16
    x, order = train.x.double(), chance.generator(seed)
    optimizer = torch.optim.Adam(net.parameters(), lr=ETA, betas=(beta1, beta2), eps=eps)
    weight = net[2].weight  # one layer will do
    m, v, ratios = torch.zeros_like(weight), torch.zeros_like(weight), []
    for _ in range(updates):
        rows = torch.randint(len(train), (batch,), generator=order)
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[rows]), train.y[rows]).backward()
        before = weight.detach().clone()
        optimizer.step()
        m = beta1 * m + (1 - beta1) * weight.grad
        v = beta2 * v + (1 - beta2) * weight.grad**2
        own = ETA * m / (v.sqrt() + eps)
        ratios.append(float(own.norm() / (before - weight.detach()).norm()))
    return np.array(ratios)


def compared(make, splits, members, rates, n, batch, epochs, betas):
    """`final` with and without correction: means of log₁₀ losses by rate, and their differences.

    `tuned` has that at the rates at which each mean is least.
    On each of the `splits` of the digits, n of them, `members` networks of their own are trained at
    each rate; their mean is what the intervals over the splits are of.
    """
    losses = [[], []]
    for split in range(splits):
        train, _ = data.load("digits").split(n, seed=split)
        seeds = range(members * split, members * (split + 1))
        for kept, corrected in zip(losses, (True, False), strict=True):
            found = final(make, seeds, rates, train, batch, epochs, betas, corrected)
            kept.append(np.log10(found).mean(1))
    losses = [np.transpose(each) for each in losses]  # (rates, splits)
    found = [[student(row) for row in each] for each in losses]
    gap = [paired(*rows) for rows in zip(*losses, strict=True)]
    best = [int(each.mean(1).argmin()) for each in losses]
    tuned = {
        "rate_with": rates[best[0]],
        "rate_without": rates[best[1]],
        "gap": paired(losses[0][best[0]], losses[1][best[1]]),
    }
    found = {"loss_with": found[0], "loss_without": found[1], "gap": gap, "tuned": tuned}
    return {"rates": rates} | found


def final(make, seeds, rates, train, batch, epochs, betas, corrected):
    """Training losses at the end of Adam, (rates, seeds); at most `schedules.CEILING`.

    The same seeds at every rate have the same starts and the same orders of the examples.
    """
    nets = Ensemble(make, list(seeds) * len(rates))
    adam = partial(torch.optim.Adam, lr=ETA, betas=betas, eps=1e-8)
    take_out = partial(uncorrected, beta1=betas[0], beta2=betas[1])
    run = nets.train(
        train.x, train.y, adam, batch, epochs, rates=np.repeat(rates, len(seeds)),
        scheduler=None if corrected else partial(_scheduled, factor=take_out),
        every=epochs * -(-len(train) // batch),
    )  # fmt: skip
    losses = np.nan_to_num(run.losses[-1], nan=CEILING, posinf=CEILING)
    return np.minimum(losses, CEILING).reshape(len(rates), len(seeds))


def _scheduled(rule, factor):
    return torch.optim.lr_scheduler.LambdaLR(rule, factor)
