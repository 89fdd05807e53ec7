"""Losses of classifiers compared: each at its own best rate, and on labels of which some are wrong.

A criterion takes logits (N, K) and labels (N,) and returns a scalar. All criteria of a comparison
have the same starts and the same orders of the examples, seed by seed, so that they are paired.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import nn

from trainingtips import chance, data, networks, parallel
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import paired, student

BASE = "cross_entropy"  # what the others are compared with
NOISE_SEED = 1


@dataclass(frozen=True)
class Setting:
    """One comparison, on networks of 64, 32, 32 and 10 units that learn digits."""

    rates: dict  # name of a criterion -> learning rates η to choose from
    seeds: int
    train: int  # examples, of a split of its own
    valid: int  # examples that choose the rate; the rest are test examples
    batch: int
    epochs: int
    noisy_epochs: int  # on wrong labels
    enough: float  # accuracy up to which epochs are counted
    split: int = 0

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
    train, valid, test = digits(setting)
    rates = setting.rates[name]
    nets = Ensemble(networks.mlp, list(range(setting.seeds)) * len(rates))
    run = nets.train(
        train.x, train.y, descent, setting.batch, setting.epochs, criterion=CRITERIA[name],
        rates=np.repeat(rates, setting.seeds),
        observe={
            "valid": lambda nets: nets.accuracy(valid.x, valid.y),
            "test": lambda nets: nets.accuracy(test.x, test.y),
        },
    )  # fmt: skip
    by = {k: v.reshape(-1, len(rates), setting.seeds) for k, v in run.observed.items()}
    epochs = partial(first_epoch, enough=setting.enough, never=setting.never)
    quick = int(epochs(by["valid"]).mean(-1).argmin())
    accurate = int(by["valid"][-1].mean(-1).argmax())
    late, last = epochs(by["test"]), by["test"][-1]
    never = setting.never
    shown = {
        "rates": list(rates),
        "epochs": {f"{i}": student(row) for i, row in enumerate(late) if (row < never).all()},
        "arrive": (late < never).mean(-1),
        "accuracy": [student(row) for row in last],
        "quick": {"rate": rates[quick], "epochs": student(late[quick])},
        "accurate": {"rate": rates[accurate], "accuracy": student(last[accurate])},
    }
    return shown, {"epochs": late[quick], "accuracy": last[accurate]}


def noisy(setting, rates, shares):
    """Name -> what training on a share of wrong labels leads to, `shares` being name -> share."""
    parts = [(share, name, rate) for share in shares.values() for name, rate in rates.items()]
    runs = dict(zip(parts, parallel.each(partial(train_on_wrong, setting), parts), strict=True))
    return {
        label: compared({name: runs[share, name, rate] for name, rate in rates.items()})
        for label, share in shares.items()
    }


def train_on_wrong(setting, part):
    """(accuracy, fit) along training with (share, criterion, rate), each (epochs + 1, seeds)."""
    share, name, rate = part
    train, _, test = digits(setting)
    y = spoil(train.y, share)
    nets = Ensemble(networks.mlp, range(setting.seeds))
    run = nets.train(
        train.x, y, descent, setting.batch, setting.noisy_epochs, criterion=CRITERIA[name],
        rates=[rate] * setting.seeds,
        observe={
            "test": lambda nets: nets.accuracy(test.x, test.y),
            "fit": lambda nets: nets.accuracy(train.x, y),
        },
    )  # fmt: skip
    return run.observed["test"], run.observed["fit"]


def digits(setting):
    """(train, valid, test): three parts of the digits."""
    train, rest = data.load("digits").split(setting.train, seed=setting.split)
    return train, *rest.split(setting.valid, seed=setting.split)


def descent(parameters):
    """Plain descent; each member's rate comes from `rates`."""
    return torch.optim.SGD(parameters, lr=1.0)


def first_epoch(accuracy, enough, never):
    """Epochs until each seed's accuracy is enough, (…, seeds), from (epochs + 1, …, seeds).

    >>> first_epoch(np.array([[0.1, 0.2], [0.9, 0.3], [0.8, 0.5]]), 0.9, 20).tolist()
    [1.0, 20.0]
    """
    there = accuracy >= enough
    return np.where(there.any(0), there.argmax(0), never).astype(float)


def spoil(y, share, classes=10, seed=NOISE_SEED):
    """Labels (N,) of which each is, with probability `share`, another class than it was."""
    generator = chance.generator(seed)
    wrong = torch.rand(len(y), generator=generator) < share
    other = (y + torch.randint(1, classes, (len(y),), generator=generator)) % classes
    return torch.where(wrong, other, y)


def compared(at_fit):
    """Test accuracy and fit with wrong labels, by criterion -> (accuracy, fit), (epochs, seeds)."""
    found = {
        name: {
            "accuracy": [student(row) for row in accuracy],
            "fit": fit.mean(-1),
            "last": student(accuracy[-1]),
            "best": float(accuracy.mean(-1).max()),
        }
        for name, (accuracy, fit) in at_fit.items()
    }
    base = at_fit[BASE][0][-1]
    gains = {name: paired(each[0][-1], base) for name, each in at_fit.items() if name != BASE}
    return found | {"last_gain": gains, "at_equal_fit": equal_fit(at_fit)}


def equal_fit(seen):
    """Test accuracy at the first epoch at which a seed fits as much as every seed does sometime.

    A slow criterion has memorised less by the same epoch; here each has fitted as much.
    """
    level = min(fit.max(0).min() for _, fit in seen.values())
    found = {}
    for name, (accuracy, fit) in seen.items():
        first = (fit >= level).argmax(0)
        found[name] = accuracy[first, np.arange(fit.shape[1])]
    return {
        "fit": float(level),
        "accuracy": {name: student(each) for name, each in found.items()},
        "gain": {name: paired(v, found[BASE]) for name, v in found.items() if name != BASE},
    }
