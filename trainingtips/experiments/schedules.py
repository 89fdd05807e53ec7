"""The learning rate over time, and what networks reach under a schedule at many peak rates.

A schedule is a function of the update t = 0, 1, … that returns the factor of the peak rate.
"""

from itertools import combinations

import numpy as np
import torch

from trainingtips.ensemble import Ensemble
from trainingtips.experiments import own_splits
from trainingtips.statistics import paired, student

CEILING = 1e3  # a loss beyond it, or none at all, counts as this


def constant(t):
    """One, at every update."""
    return 1.0


def step(t, updates):
    """A tenth from half of the updates on, a hundredth from three quarters on."""
    return 0.1 ** ((t >= updates // 2) + (t >= updates * 3 // 4))


def cosine(t, updates):
    """Half a cosine from one down to zero (Loshchilov and Hutter 2017, arXiv 1608.03983)."""
    return 0.5 * (1 + np.cos(np.pi * t / updates))


def warm_up(t, warm):
    """Linear over the first `warm` updates, then one; one from the start for `warm` = 0."""
    return min(1, (t + 1) / warm) if warm else 1.0


def warm_up_cosine(t, updates, warm):
    """`warm_up`, and `cosine` over the updates that are left."""
    return (t + 1) / warm if t < warm else cosine(t - warm, updates - warm)


def sgd(parameters):
    """Plain descent whose rate is the schedule's factor times a network's own peak rate."""
    return torch.optim.SGD(parameters, lr=1.0)


def final(make, seeds, rates, train, batch, epochs, factor=None, optimizer=sgd):
    """(nets, losses): `seeds` networks trained at each of the peak `rates` under one schedule.

    `make` builds a network, `train` is a `data.Dataset`, `factor` the schedule (constant unless
    given). The training losses at the end, (rates, seeds), are at most `CEILING`. The same seeds at
    every rate have the same starts and the same orders of the examples.
    """
    nets = Ensemble(make, list(range(seeds)) * len(rates))
    run = nets.train(
        train.x, train.y, optimizer, batch, epochs, rates=np.repeat(rates, seeds),
        scheduler=factor and (lambda rule: torch.optim.lr_scheduler.LambdaLR(rule, factor)),
        every=epochs * -(-len(train) // batch),
    )  # fmt: skip
    losses = np.minimum(np.nan_to_num(run.losses[-1], nan=CEILING, posinf=CEILING), CEILING)
    return nets, losses.reshape(len(rates), seeds)


def usable(rates, values, limit):
    """The largest of the rates with a value below the limit, both (n,); 0 where there is none.

    >>> usable([0.1, 0.2, 0.4], [0.3, 0.1, 9.0], limit=0.5)
    0.2
    """
    good = np.flatnonzero(np.asarray(values) < limit)
    return float(rates[good[-1]]) if len(good) else 0.0


def compared(rates, losses, limit):
    """Schedules of one network, name -> (rates, seeds) of losses, each at its best peak rate.

    Losses are compared as log₁₀: their means over the seeds, the best rates and losses there, by
    how much the second schedule's best is below the first one's, and the largest rates at which the
    mean loss is below the limit.
    """
    logs = {kind: np.log10(each) for kind, each in losses.items()}
    best = {kind: int(log.mean(1).argmin()) for kind, log in logs.items()}
    return {
        **{kind: [student(row) for row in each] for kind, each in logs.items()},
        "best_rate": {kind: rates[at] for kind, at in best.items()},
        "best_loss": {kind: 10 ** logs[kind][at].mean() for kind, at in best.items()},
        "gain": paired(*(logs[kind][best[kind]] for kind in logs)),
        "usable": {kind: usable(rates, 10 ** each.mean(1), limit) for kind, each in logs.items()},
    }


def errors(rates, runs):
    """Schedules on one kind of labels, each at its best peak rate, with "constant" the first.

    `runs` maps names to (losses, accuracies), each (rates, seeds). By each schedule: its test
    errors over the rates, its best rate with the error and the loss there, by how much it is below
    the constant rate in error and in log₁₀ of the loss, and the largest rate with an error below a
    fifth.
    """
    logs = {name: np.log10(loss) for name, (loss, _) in runs.items()}
    error = {name: 1 - accuracy for name, (_, accuracy) in runs.items()}
    best = {name: int(each.mean(1).argmin()) for name, each in error.items()}
    least = {name: error[name][at] for name, at in best.items()}
    tenth = {name: log[log.mean(1).argmin()] for name, log in logs.items()}
    falling = [name for name in runs if name != "constant"]
    return {
        "error": {name: [student(row) for row in each] for name, each in error.items()},
        "best_rate": {name: float(rates[at]) for name, at in best.items()},
        "best_error": {name: student(each) for name, each in least.items()},
        "best_loss": {name: float(10 ** each.mean()) for name, each in tenth.items()},
        "gain": {n: paired(least["constant"], least[n]) for n in falling},
        "loss_gain": {n: paired(tenth["constant"], tenth[n]) for n in falling},
        "warm_up_gain": paired(least["cosine"], least["warm_up_cosine"]),
        "usable": {name: usable(rates, each.mean(1), 0.2) for name, each in error.items()},
    }


def on_splits(make, seeds, rates, batch, epochs, factor=None, wrong=0.0, train=1024, own=None):
    """`seeds` networks at each peak rate, each seed on its own split: three (rates, seeds) arrays.

    The training losses at the end, at most `CEILING`, and the errors on validation and on test
    digits, half of those that are left each. `make` builds a network, `factor` is the schedule,
    `wrong` the share of training labels drawn at random. The same seeds at every rate have the same
    starts, splits and orders. `own`, a script's setting, has other `data` and the `rule`.
    """
    # not above: what imports this module for `sgd` alone does not depend on how this trains
    from trainingtips.experiments import elsewhere, own_rules, own_training

    own = own or {"data": "digits", "rule": "SGD"}
    whole, each = elsewhere.dataset(own), list(range(seeds)) * len(rates)
    nets, half = Ensemble(make, each), (len(whole) - train) // 2
    parts = own_splits.split(each, train, half, wrong, whole)
    step = own_rules.RULES[own["rule"]](nets, np.repeat(rates, seeds), factor=factor)
    for _ in own_training.updates(nets, parts, step, batch, epochs):
        pass
    losses = np.nan_to_num(own_splits.training_losses(nets, parts), nan=CEILING, posinf=CEILING)
    halves = (parts.validation, parts.test)
    errors = (1 - own_splits.accuracy(nets, parts, rows) for rows in halves)
    shape = (len(rates), seeds)
    return tuple(found.reshape(shape) for found in (np.minimum(losses, CEILING), *errors))


def chosen(rates, runs):
    """Schedules at the peak of the lowest mean validation error, with "constant" the first.

    `runs` maps names to (losses, validation errors, test errors), each (rates, seeds). By each
    schedule: test errors over the rates, the chosen rate with the error there, by how much it is
    below the constant rate's, and by how much log₁₀ of the training loss is, each at the rate of
    its lowest mean. `gap` are the differences of the falling schedules' errors from one another;
    `nearer`, by how much the worst of them is farther from the constant rate than from the best.
    """
    best = {name: int(each[1].mean(1).argmin()) for name, each in runs.items()}
    least = {name: runs[name][2][at] for name, at in best.items()}
    logs = {name: np.log10(each[0]) for name, each in runs.items()}
    tenth = {name: log[log.mean(1).argmin()] for name, log in logs.items()}
    falling = [name for name in runs if name != "constant"]
    first, *_, last = sorted(falling, key=lambda name: least[name].mean())
    return {
        "error": {name: [student(row) for row in each[2]] for name, each in runs.items()},
        "best_rate": {name: float(rates[at]) for name, at in best.items()},
        "best_error": {name: student(each) for name, each in least.items()},
        "best_loss": {name: float(10 ** each.mean()) for name, each in tenth.items()},
        "loss_rate": {n: float(rates[int(log.mean(1).argmin())]) for n, log in logs.items()},
        "gain": {n: paired(least["constant"], least[n]) for n in falling},
        "loss_gain": {n: paired(tenth["constant"], tenth[n]) for n in falling},
        "gap": {f"{a}_{b}": paired(least[a], least[b]) for a, b in combinations(falling, 2)},
        "nearer": paired(least["constant"] - least[last], least[last] - least[first]),
    }
