"""A small transformer on a text under Adam, with and without warm-up, at many peak rates.

It reads windows of 16 signs of Moby Dick, and has two layers of attention of width 16. What is
compared is its cross-entropy on other windows after the last update.
"""

from functools import partial

import numpy as np
import torch

from trainingtips import networks, parallel
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, other_networks, schedules
from trainingtips.losses import of_signs
from trainingtips.statistics import paired, student

TEXT = {"data": elsewhere.TEXT, "length": 16}
SHAPE = {"length": 16, "width": 16, "heads": 2, "layers": 2}
TRAIN, BATCH, EPOCHS, WARM, TEST = 4096, 16, 1, 64, 512  # windows, and updates of warm-up
CEILING = 10.0  # nats: a loss beyond it, or none at all, counts as this
KINDS = {"constant": 0, "warm_up": WARM}


def runs(norms, rates, splits):
    """{(norm, kind): losses, (rates, splits)}: each split has the same windows and start in all."""
    parts = [(norm, kind, seed) for norm in norms for kind in KINDS for seed in range(splits)]
    found = dict(zip(parts, parallel.each(partial(final, rates), parts), strict=True))
    return {
        (norm, kind): np.array([found[norm, kind, seed] for seed in range(splits)]).T
        for norm in norms
        for kind in KINDS
    }


def final(rates, part):
    """Losses after the last update on the test windows of one split, one for each peak rate."""
    norm, kind, seed = part
    found = other_networks.dataset(TEXT)
    train, test = found.split(TRAIN, seed=seed)
    make = partial(networks.transformer, found.classes, norm=norm, **SHAPE)
    nets = Ensemble(make, [seed] * len(rates))
    factor = partial(schedules.warm_up, warm=KINDS[kind])
    nets.train(
        train.x, train.y, partial(torch.optim.Adam, lr=1.0), BATCH, EPOCHS, criterion=of_signs,
        rates=rates, scheduler=lambda rule: torch.optim.lr_scheduler.LambdaLR(rule, factor),
        evaluate_rows=slice(BATCH),
    )  # fmt: skip
    losses = nets.losses(test.x[:TEST], test.y[:TEST], of_signs)
    return np.minimum(np.nan_to_num(losses, nan=CEILING, posinf=CEILING), CEILING)


def compared(rates, losses, near):
    """The two schedules of one network, kind -> (rates, splits) of losses, and how far they reach.

    Losses over the splits, the best rate of each schedule, by how much warm-up's best is below the
    other's (`gain`, and `decades` of log₁₀), and `usable`: the largest rate with a mean less than
    `near` above the best without warm-up. `apart`: at each rate, how much lower it ends.
    """
    best = {kind: int(each.mean(1).argmin()) for kind, each in losses.items()}
    limit = losses["constant"][best["constant"]].mean() + near
    return {
        **{kind: [student(row) for row in each] for kind, each in losses.items()},
        "limit": float(limit),
        "best_rate": {kind: rates[at] for kind, at in best.items()},
        "best_loss": {kind: student(losses[kind][at]) for kind, at in best.items()},
        "gain": paired(*(losses[kind][best[kind]] for kind in KINDS)),
        "decades": paired(*(np.log10(losses[kind][best[kind]]) for kind in KINDS)),
        "usable": {
            kind: schedules.usable(rates, each.mean(1), limit) for kind, each in losses.items()
        },
        "apart": [paired(*pair) for pair in zip(*(losses[kind] for kind in KINDS), strict=True)],
    }
