"""The loss and its gradient along one step from where training is, as Santurkar et al. (2018) do.

A loss is the smoother, the less its gradient moves: β = ‖g − g′‖ / (η ‖g‖) along a step η g.
"""

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, vmap

from trainingtips import batches, data
from trainingtips.curvature import flat_loss
from trainingtips.ensemble import Ensemble
from trainingtips.experiments.deep_networks import BATCH, TRAIN
from trainingtips.normalization import smoothness
from trainingtips.statistics import bootstrap


def follow(make, rate, steps, epochs, seeds, examples):
    """Loss multiples, gradient moves and effective β: a dict of (times, seeds, steps) arrays.

    `make` builds a network. Each seed has a start, an order and a split of the digits of its own,
    so that an interval over seeds is one over splits. After each number of `epochs` of plain
    descent at `rate` a network is probed along its negative gradient on the first `examples` of
    its training digits, by `steps` η.
    """
    whole = data.load("digits")
    parts = [whole.split(TRAIN, seed=seed)[0] for seed in seeds]
    x, y = (torch.stack([getattr(part, name) for part in parts]) for name in ("x", "y"))
    nets, rows = Ensemble(make, seeds), []
    for number in range(max(epochs) + 1):
        if number in epochs:
            near = zip(x[:, :examples], y[:, :examples], strict=True)
            rows.append([probe(nets.member(i).train(), *at, steps) for i, at in enumerate(near)])
        if number < max(epochs):
            _descend(nets, x, y, rate, number)
    loss, move, beta = np.array(rows).transpose(2, 0, 1, 3)
    return {"loss": loss, "move": move, "beta": beta}


def _descend(nets, x, y, rate, number):
    """Epoch `number` of plain descent, each member on its own x (E, N, 64) and y (E, N)."""
    leaves = list(nets.parameters.values())
    deals = [batches.epoch(TRAIN, BATCH, seed, number) for seed in nets.seeds]
    for rows in zip(*deals, strict=True):
        at = torch.from_numpy(np.stack(rows))
        z = _outputs(nets, x.gather(1, at[..., None].expand(-1, -1, x.shape[-1])))
        losses = nn.functional.cross_entropy(z.mT, y.gather(1, at), reduction="none").mean(1)
        gradients = torch.autograd.grad(losses.sum(), leaves)
        with torch.no_grad():
            for leaf, gradient in zip(leaves, gradients, strict=True):
                leaf -= rate * gradient


def _outputs(nets, x):
    """Logits, (E, B, 10), of each member on its own x, (E, B, 64), in train mode."""

    def one(parameters, buffers, x):
        return functional_call(nets.template, (parameters, buffers), (x,))

    return vmap(one)(nets.parameters, nets.buffers, x)


def summary(found, shown, short, long):
    """What `follow` found, over the seeds: quartiles by step, (3, steps), and bootstrapped medians.

    `shown` is the place of the time at which loss and move are told, besides the move at the start;
    `short` and `long` are the places of two steps. β is told at each time, at both steps and at its
    largest.
    """
    times = {"loss": ("loss", shown), "move": ("move", shown), "move_at_start": ("move", 0)}
    beta, quartiles = found["beta"], [0.25, 0.5, 0.75]
    shares = {n: np.quantile(found[of][at], quartiles, axis=0) for n, (of, at) in times.items()}
    return shares | {
        "short": [bootstrap(each, np.median) for each in beta[:, :, short]],
        "long": [bootstrap(each, np.median) for each in beta[:, :, long]],
        "largest": [bootstrap(each, np.median) for each in beta.max(2)],
        "loss_long": bootstrap(found["loss"][shown, :, long], np.median),
        "move_long": bootstrap(found["move"][shown, :, long], np.median),
    }


def probe(network, x, y, steps):
    """(loss multiple, move of the gradient as a share of ‖g‖, effective β) at each of `steps` η."""
    loss, theta = flat_loss(network, nn.functional.cross_entropy, x, y)
    found = smoothness(loss, theta, steps)
    norm = float(torch.func.grad(loss)(theta).norm())
    move = np.array(found.distances) / norm
    return np.array(found.losses) / float(loss(theta)), move, move / np.array(steps)
