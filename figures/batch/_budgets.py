"""Accuracy of every batch size under three budgets: epochs, updates, and epochs with tuned rates.

Networks of two kinds learn handwritten digits by plain gradient descent on mini-batches, a few
starts on each of 8 random splits into training and test examples. A member (split and seed) has the
same split, the same start and the same seed for its order of examples at every batch size and under
every budget, so that differences between batch sizes are paired.

The rate of the third budget is chosen for each batch size by the mean validation accuracy of as
many more starts on each split, used for nothing else. With one a split, 8 networks, the processor
chose it: near the edge of stability one network in eight collapses, and where none of the 8 did, a
rate was taken at which some members do. The validation examples are set apart first, the same for
all splits, so that none of them is a test example of any.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from trainingtips import data, networks, parallel
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_rules, own_training
from trainingtips.experiments import own_splits as own

CHAOS = "the tuned runs train near the edge of stability, where a last digit grows"
SETTINGS = {
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "rows": 1797,
        "rate": 0.1,
        "rates": [
            [0.0125, 0.025, 0.05, 0.1, 0.2, 0.35],
            [0.025, 0.05, 0.1, 0.2, 0.35, 0.5],
            [0.05, 0.1, 0.2, 0.35, 0.5, 0.7],
            [0.05, 0.1, 0.2, 0.35, 0.5, 0.7],
            [0.1, 0.2, 0.35, 0.5, 0.7, 1.0],
        ],
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "network": "convolution",
        "optimiser": "SGD",
        "rule": "SGD",
        "rows": 1797,
        "rate": 0.1,
        "rates": [
            [0.05, 0.1, 0.2, 0.35, 0.5, 0.7],
            [0.1, 0.2, 0.35, 0.5, 0.7, 1.0],
            [0.2, 0.35, 0.5, 0.7, 1.0, 1.4],
        ],
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_adam": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "Adam",
        "rule": "Adam",
        "rate": 0.001,
        "rates": [
            [0.0001, 0.0003, 0.001, 0.003, 0.01],
            [0.0003, 0.001, 0.003, 0.01, 0.03],
            [0.0003, 0.001, 0.003, 0.01, 0.03],
            [0.001, 0.003, 0.01, 0.03, 0.1],
            [0.001, 0.003, 0.01, 0.03, 0.1],
        ],
    },
    "text_transformer": "so many passes over a text take too long on a processor",
}
HIGH, HIGHER = (0.2, 0.35, 0.5, 0.7, 1.0), (0.35, 0.5, 0.7, 1.0, 1.4)


@dataclass(frozen=True)
class Setting:
    """One experiment; another data set needs other values here and nothing else."""

    make: object  # builds a network
    batches: tuple  # sizes B; each divides `updates` · B / `train` into whole epochs
    rates: tuple  # η to choose from, for each B
    updates: int  # budget: as many updates for every B
    starts: int  # members on each split
    epochs: int = 32  # budget: as many passes over the training examples for every B
    rate: float = 0.1  # η where it is not tuned
    data: str = "digits"
    device: str = "cpu"
    train: int = 1024
    validation: int = 256  # set apart first; what is neither is the split's test examples
    splits: int = 8
    first_tuning_seed: int = 1000
    elsewhere: dict | None = field(default=None, hash=False)  # of SETTINGS: data, network, rule


CASES = {
    "mlp": Setting(
        networks.mlp, (4, 16, 64, 256, 1024),
        ((0.025, 0.05, 0.1, 0.2, 0.35), (0.1, *HIGH[:-1]), HIGH, HIGH, HIGH),
        updates=512, starts=4,
    ),
    "convolutional": Setting(
        networks.convolutional, (16, 64, 256), ((0.1, *HIGH), HIGHER, HIGHER),
        updates=256, starts=2,
    ),
}  # fmt: skip


def compute(*, data="digits", device="cpu", setting=None):
    settings = {name: replace(s, data=data, device=device) for name, s in CASES.items()}
    if setting:
        name = "convolutional" if setting["network"] == "convolution" else "mlp"
        values = {"rates": tuple(map(tuple, setting["rates"])), "rate": setting["rate"]}
        settings = {name: replace(CASES[name], elsewhere=setting, **values)}
    return dict(zip(settings, experiments(settings.values()), strict=True))


def experiments(settings):
    """The result of each setting. Batch sizes are parts that can be done at once."""
    parts = [(s, size) for s in settings for size in s.batches]
    found = dict(zip(parts, parallel.each(on_size, parts), strict=True))
    return [joined(s, [found[s, size] for size in s.batches]) for s in settings]


def joined(setting, found):
    """One setting's result from its parts, one for each batch size."""
    accuracies = {
        budget: {part: np.array([row[budget][part] for row in found]) for part in ("train", "test")}
        for budget in ("epochs", "updates", "tuned")
    }  # budget -> part -> accuracies (B, members)
    make = loaded(setting)[0]
    return accuracies | {
        "batches": setting.batches,
        "budget_epochs": setting.epochs,
        "budget_updates": setting.updates,
        "rate": setting.rate,
        "rates": setting.rates,  # of each B
        "splits": setting.splits,
        "starts": setting.starts,
        "train_examples": setting.train,
        "validation_examples": setting.validation,
        "test_examples": found[0]["test_examples"],
        "weights": sum(p.numel() for p in make().parameters()),
        "validation": [row["validation"] for row in found],  # of each B, of its rates
        "chosen": [row["chosen"] for row in found],  # of each B, a learning rate
    }


def loaded(setting):
    """(make, data): a function that builds the network for the data, and all of the data."""
    if setting.elsewhere:
        whole = elsewhere.dataset(setting.elsewhere)
        return elsewhere.network(setting.elsewhere, whole), whole
    whole = data.load(setting.data)
    return networks.fitting(setting.make, whole), whole


def on_size(part):
    """One batch size: budget -> part -> (members,), and how the rate was chosen."""
    setting, size = part
    make, whole = loaded(setting)
    setting = replace(setting, make=make)
    validation, rest = whole.split(setting.validation, seed=0)
    parts = own.split(range(setting.splits), setting.train, dataset=rest).to(setting.device)
    rates = setting.rates[setting.batches.index(size)]
    table = tune(setting, size, rates, parts, validation.to(setting.device))
    chosen = rates[int(np.argmax(table))]
    plans = {
        "epochs": (setting.epochs, setting.rate),
        "updates": (setting.updates * size // setting.train, setting.rate),
        "tuned": (setting.epochs, chosen),
    }
    found = {"chosen": chosen, "validation": table, "test_examples": parts.test.shape[1]}
    for budget, plan in plans.items():
        same = [found[other] for other in found if plans.get(other) == plan]
        found[budget] = same[0] if same else accuracies(setting, size, *plan, parts)
    return found


def accuracies(setting, size, epochs, rate, parts):
    """Part -> (members,) of all members, one split after another, after so many epochs."""
    nets = Ensemble(setting.make, range(setting.splits * setting.starts), setting.device)
    parts = parts.only(np.repeat(range(setting.splits), setting.starts))
    train(nets, parts, size, epochs, rate, setting.elsewhere)
    rows = {"train": parts.train, "test": parts.test}
    return {name: own.accuracy(nets, parts, each) for name, each in rows.items()}


def train(nets, parts, size, epochs, rates, given=None):
    step = own_training.descent(nets, rates)
    if given:
        step = own_rules.RULES[given["rule"]](nets, np.broadcast_to(rates, len(nets)).copy())
    for _ in own_training.updates(nets, parts, step, size, epochs):
        pass


def tune(setting, size, rates, parts, validation):
    """Mean validation accuracy for each of the rates, (rates,): all rates' networks at once."""
    members, each = setting.splits * setting.starts, len(rates)
    seeds = setting.first_tuning_seed + np.arange(members)
    nets = Ensemble(setting.make, np.repeat(seeds, each).tolist(), setting.device)
    parts = parts.only(np.repeat(range(setting.splits), setting.starts * each))
    train(nets, parts, size, setting.epochs, np.tile(rates, members), setting.elsewhere)
    return nets.accuracy(validation.x, validation.y).reshape(members, each).mean(0)
