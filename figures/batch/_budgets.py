"""Accuracy of every batch size under three budgets: epochs, updates, and epochs with tuned rates.

Networks of two kinds learn handwritten digits by plain gradient descent on mini-batches, with 16
starts on each of 2 random splits of the data into training, validation and test examples. A member
(split and seed) has the same split, the same start and the same seed for its order of examples at
every batch size and under every budget, so that differences between batch sizes are paired.

The rate of the third budget is chosen for each batch size and split by validation accuracy at the
end, averaged over starts that are used for nothing else; test examples have no say in it.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch

from trainingtips import data, networks, parallel
from trainingtips.ensemble import Ensemble

CHAOS = "the tuned runs train near the edge of stability, where a last digit grows"


@dataclass(frozen=True)
class Setting:
    """One experiment; another data set needs other values here and nothing else."""

    make: object  # builds a network
    batches: tuple  # sizes B; each divides `updates` · B / `train` into whole epochs
    updates: int  # budget: as many updates for every B
    epochs: int = 32  # budget: as many passes over the training examples for every B
    rate: float = 0.1  # η where it is not tuned
    rates: tuple = (0.0125, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0)  # η to choose from
    data: str = "digits"
    device: str = "cpu"
    train: int = 1024
    validation: int = 256  # the rest are test examples
    splits: int = 2
    starts: int = 16  # members on each split
    tuning: int = 3  # other starts on each split, for each rate
    first_tuning_seed: int = 1000


SETTINGS = {
    "mlp": Setting(networks.mlp, batches=(4, 16, 64, 256, 1024), updates=512),
    "convolutional": Setting(networks.convolutional, batches=(16, 64, 256), updates=256),
}


def compute(*, data="digits", device="cpu"):
    settings = {name: replace(s, data=data, device=device) for name, s in SETTINGS.items()}
    return dict(zip(settings, experiments(settings.values()), strict=True))


def experiments(settings):
    """The result of each setting. Batch sizes and splits are parts that can be done at once."""
    parts = [(s, n, size) for s in settings for n in range(s.splits) for size in s.batches]
    found = dict(zip(parts, parallel.each(on_size, parts), strict=True))
    return [joined(s, [[found[s, n, b] for b in s.batches] for n in range(s.splits)])
            for s in settings]  # fmt: skip


def joined(setting, found):
    """One setting's result from its parts, `found[split][batch size]`."""
    accuracies = {
        budget: {
            part: np.concatenate([[row[budget][part] for row in rows] for rows in found], axis=1)
            for part in ("train", "test")
        }
        for budget in ("epochs", "updates", "tuned")
    }  # budget -> part -> accuracies (B, members)
    make = networks.fitting(setting.make, data.load(setting.data))
    return accuracies | {
        "batches": setting.batches,
        "budget_epochs": setting.epochs,
        "budget_updates": setting.updates,
        "rate": setting.rate,
        "rates": setting.rates,
        "splits": setting.splits,
        "starts": setting.starts,
        "train_examples": setting.train,
        "validation_examples": setting.validation,
        "test_examples": found[0][0]["test_examples"],
        "weights": sum(p.numel() for p in make().parameters()),
        "validation": np.mean(gathered(found, "validation"), axis=0),  # (B, rates)
        "chosen": gathered(found, "chosen"),  # (splits, B) learning rates
    }


def gathered(found, name):
    return np.array([[row[name] for row in rows] for rows in found])


def on_size(part):
    """One batch size on one split: budget -> part -> (starts,), and how the rate was chosen."""
    setting, number, size = part
    whole = data.load(setting.data)
    setting = replace(setting, make=networks.fitting(setting.make, whole))
    train, rest = whole.to(setting.device).split(setting.train, seed=number)
    validation, test = rest.split(setting.validation, seed=number)
    seeds = range(number * setting.starts, (number + 1) * setting.starts)
    table = tune(setting, number, size, train, validation)
    chosen = setting.rates[int(np.argmax(table))]
    plans = {
        "epochs": (setting.epochs, setting.rate),
        "updates": (setting.updates * size // setting.train, setting.rate),
        "tuned": (setting.epochs, chosen),
    }
    found = {"chosen": chosen, "validation": table, "test_examples": len(test)}
    for budget, (epochs, rate) in plans.items():
        nets = Ensemble(setting.make, seeds, setting.device)
        learn(nets, train, size, epochs, rate)
        found[budget] = {
            "train": nets.accuracy(train.x, train.y),
            "test": nets.accuracy(test.x, test.y),
        }
    return found


def tune(setting, number, size, train, validation):
    """Mean validation accuracy for each of the rates, (rates,): all rates' networks at once."""
    first = setting.first_tuning_seed + number * setting.tuning
    starts = [first + i for i in range(setting.tuning)]  # the same for every rate
    nets = Ensemble(setting.make, starts * len(setting.rates), setting.device)
    learn(nets, train, size, setting.epochs, 1.0, np.repeat(setting.rates, setting.tuning))
    return nets.accuracy(validation.x, validation.y).reshape(-1, setting.tuning).mean(1)


def learn(nets, train, size, epochs, rate, rates=None):
    """Plain gradient descent on batches of `size`, looked at only at its end."""
    updates = epochs * -(-len(train) // size)
    nets.train(
        train.x, train.y, lambda p: torch.optim.SGD(p, lr=rate), size, epochs,
        rates=rates, every=updates,
    )  # fmt: skip
