"""Losses of classifiers compared: each at its own best rate, and on labels of which some are wrong.

A criterion takes logits (N, K) and labels (N,) and returns a scalar. All criteria of a comparison
have the same splits, starts and orders of the examples, seed by seed, so that they are paired.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import nn

from trainingtips import chance, networks, parallel
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_rules, own_splits, own_training
from trainingtips.statistics import paired, share, student

BASE = "cross_entropy"  # what the others are compared with
NOISE = 10_000  # added to a seed where it draws wrong labels: not the numbers that drew its split


@dataclass(frozen=True)
class Setting:
    """One comparison, on networks of 64, 32, 32 and 10 units that learn digits, or as `own` says.

    `own`, a script's SETTINGS entry, has `data`, `network` and `rows`, how many of the data set
    are used, and `rule`, a name of `own_rules.RULES`.
    """

    rates: dict  # name of a criterion -> learning rates η to choose from
    seeds: int  # each with its own split, start, order of examples and wrong labels
    train: int  # examples
    valid: int  # examples that choose the rate; the rest are test examples
    batch: int
    epochs: int
    noisy_epochs: int  # on wrong labels
    enough: float  # accuracy up to which epochs are counted
    averaged: int  # epochs at the end whose mean is the final accuracy
    own: dict | None = None

    @property
    def never(self):
        """Epochs of a seed that does not arrive: very late."""
        return 10 * self.epochs


def squared_softmax(logits, y):
    """Mean over the examples of Σ (p − t)², p the softmax of the logits: a scalar.

    `losses.squared_error` without its checks: it is called at every update.
    """
    return squared_logits(torch.softmax(logits, -1), y)


def squared_logits(logits, y):
    """Mean over the examples of Σ (z − t)², t the one-hot target: a scalar, and no softmax.

    >>> float(squared_logits(torch.tensor([[1.0, 2.0]]), torch.tensor([0])))
    4.0
    """
    t = nn.functional.one_hot(y, logits.shape[-1])
    return (logits - t).square().sum(-1).mean()


CRITERIA = {
    "cross_entropy": nn.functional.cross_entropy,
    "squared_softmax": squared_softmax,
    "squared_logits": squared_logits,
}


def tuned(setting):
    """(found, rates): each criterion over its rates, and the rate at which it is most accurate.

    `found` has `losses`, what is shown of each, and `differences` of the others and cross-entropy,
    both at their best rates. Validation examples choose the rate, test examples are reported.
    """
    pairs = parallel.each(partial(tune, setting), setting.rates)
    shown, kept = (dict(zip(setting.rates, each, strict=True)) for each in zip(*pairs, strict=True))
    differences = {
        name: {key: paired(each[key], kept[BASE][key]) for key in each}
        for name, each in kept.items()
        if name != BASE
    }
    rates = {name: each["accurate"]["rate"] for name, each in shown.items()}
    return {"losses": shown, "differences": differences}, rates


def tune(setting, name):
    """What is shown of a criterion, and the seeds' epochs and accuracies at its two best rates."""
    rates = setting.rates[name]
    nets, parts = members(setting, len(rates))
    each = np.repeat(rates, setting.seeds)
    seen = [
        [own_splits.accuracy(nets, parts, rows) for rows in (parts.validation, parts.test)]
        for _ in epochs_of(setting, nets, parts, name, each, setting.epochs)
    ]
    valid, test = np.moveaxis(seen, 1, 0).reshape(2, len(seen), len(rates), setting.seeds)
    epochs = partial(first_epoch, enough=setting.enough, never=setting.never)
    ended = partial(late, count=setting.averaged)
    quick = int(epochs(valid).mean(-1).argmin())
    accurate = int(ended(valid).mean(-1).argmax())
    needed, last, never = epochs(test), ended(test), setting.never
    shown = {
        "rates": list(rates),
        "epochs": {f"{i}": student(row) for i, row in enumerate(needed) if (row < never).all()},
        "arrive": [share(row < never) for row in needed],
        "accuracy": [student(row) for row in last],
        "quick": {"rate": rates[quick], "epochs": student(needed[quick])},
        "accurate": {"rate": rates[accurate], "accuracy": student(last[accurate])},
    }
    return shown, {"epochs": needed[quick], "accuracy": last[accurate]}


def noisy(setting, rates, shares):
    """Name -> what training on a share of wrong labels leads to, `shares` being name -> share."""
    parts = [(name, rate, tuple(shares.values())) for name, rate in rates.items()]
    runs = parallel.each(partial(train_on_wrong, setting), parts)
    return {
        label: compared({name: run[i] for name, run in zip(rates, runs, strict=True)}, setting)
        for i, label in enumerate(shares)
    }


def train_on_wrong(setting, part):
    """For each share of `part`, (criterion, rate, shares): what is seen at each look.

    Accuracy on test and on validation digits and the share of the told labels that is fitted, each
    (epochs + 1, seeds). Validation digits keep their right labels.
    """
    name, rate, shares = part
    nets, parts = members(setting, len(shares))
    each = np.repeat(shares, setting.seeds)
    y = [
        spoil(right, wrong, NOISE + k)
        for k, wrong, right in zip(nets.seeds, each, parts.labels(parts.train), strict=True)
    ]
    parts = replace(parts, told=parts.told.scatter(1, parts.train, torch.stack(y)))
    seen = [
        (
            own_splits.accuracy(nets, parts),
            own_splits.accuracy(nets, parts, parts.validation),
            own_splits.accuracy(nets, parts, parts.train, told=True),
        )
        for _ in epochs_of(setting, nets, parts, name, [rate] * len(nets), setting.noisy_epochs)
    ]
    by = np.reshape(seen, (len(seen), 3, len(shares), setting.seeds))  # by share, then which
    return [tuple(np.moveaxis(by[:, :, i], 1, 0)) for i in range(len(shares))]


def members(setting, times=1):
    """(nets, parts): the seeds' networks `times` over, and what each of them has of the digits."""
    seeds = list(range(setting.seeds)) * times
    build, found = networks.mlp, None
    if setting.own:
        found = elsewhere.dataset(setting.own)
        build = elsewhere.network(setting.own, found)
    parts = own_splits.split(seeds, setting.train, setting.valid, dataset=found)
    return Ensemble(build, seeds), parts


def epochs_of(setting, nets, parts, name, rates, epochs):
    """Train by a criterion at each member's own rate; yields at the start and after each epoch."""
    rule = own_rules.RULES[setting.own["rule"] if setting.own else "SGD"]
    step = rule(nets, rates, criterion=CRITERIA[name])
    made = own_training.updates(nets, parts, step, setting.batch, epochs)
    return own_training.looks(made, setting.train // setting.batch)


def first_epoch(accuracy, enough, never):
    """Epochs until each seed's accuracy is enough, (…, seeds), from (epochs + 1, …, seeds).

    >>> first_epoch(np.array([[0.1, 0.2], [0.9, 0.3], [0.8, 0.5]]), 0.9, 20).tolist()
    [1.0, 20.0]
    """
    there = accuracy >= enough
    return np.where(there.any(0), there.argmax(0), never).astype(float)


def late(accuracy, count):
    """The mean over the last `count` epochs, (…), of (epochs + 1, …): one epoch alone is luck.

    >>> late(np.array([[0.1], [0.5], [0.7]]), 2).round(2).tolist()
    [0.6]
    """
    return accuracy[-count:].mean(0)


def spoil(y, share, seed=0, classes=10):
    """Labels (N,) of which each is, with probability `share`, another class than it was."""
    generator = chance.generator(seed)
    wrong = torch.rand(len(y), generator=generator) < share
    other = (y + torch.randint(1, classes, (len(y),), generator=generator)) % classes
    return torch.where(wrong, other, y)


def compared(runs, setting):
    """Test accuracy and fit with wrong labels, by criterion -> what `train_on_wrong` has seen.

    The best epoch is that of the highest mean accuracy on validation digits, reported on test
    digits: the best of many looks at the test digits would be too good by their luck.
    """
    ended = {name: late(test, setting.averaged) for name, (test, _, _) in runs.items()}
    best = {name: test[valid.mean(-1).argmax()] for name, (test, valid, _) in runs.items()}
    found = {
        name: {
            "accuracy": [student(row) for row in test],
            "fit": fit.mean(-1),
            "last": student(ended[name]),
            "best": student(best[name]),
            "fall": paired(best[name], ended[name]),
        }
        for name, (test, _, fit) in runs.items()
    }
    gains = {name: paired(each, ended[BASE]) for name, each in ended.items() if name != BASE}
    at_fit = {name: (test, fit) for name, (test, _, fit) in runs.items()}
    return found | {"last_gain": gains, "at_equal_fit": equal_fit(at_fit)}


def equal_fit(seen):
    """Test accuracy at the first epoch at which a seed fits as much as with every criterion.

    A slow criterion has memorised less by the same epoch; here each has fitted as much.
    """
    level = np.min([fit.max(0) for _, fit in seen.values()], axis=0)  # each seed's own
    found = {}
    for name, (accuracy, fit) in seen.items():
        first = (fit >= level).argmax(0)
        found[name] = accuracy[first, np.arange(fit.shape[1])]
    return {
        "fit": student(level),
        "accuracy": {name: student(each) for name, each in found.items()},
        "gain": {name: paired(v, found[BASE]) for name, v in found.items() if name != BASE},
    }
