"""Accuracy of batch sizes on 60,000 pictures of clothes, by what training may cost.

What `_budgets` does with digits, on the whole of Fashion-MNIST and on a GPU, with a fully connected
network: as many epochs for every batch size, as many updates, or as many epochs at a rate chosen
for each. 4 starts on each of 8 random splits into 60,000 pictures for training and 8,000 for
testing; a member has the same split and start at every batch size and under every budget. A rate is
chosen by the mean accuracy on 2,000 pictures, set apart first, of one more start on each split.

The pictures are read where Debian's package dataset-fashion-mnist puts them.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from trainingtips import networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import whole_sets

HARDWARE = "gpu"


@dataclass(frozen=True)
class Setting:
    """The experiment: `epochs` and `updates` are the two budgets, `rates` what is chosen from."""

    hidden: tuple = (64, 64)
    train: int = 60_000
    validation: int = 2_000
    splits: int = 8
    starts: int = 4
    batches: tuple = (16, 64, 256, 1024)
    epochs: int = 8
    updates: int = 1_872  # 8 epochs of batches of 256, without what is left of each
    rate: float = 0.1
    rates: tuple = (0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8)
    seeds: tuple = tuple(range(8))  # of the splits
    first_tuning_seed: int = 1000


SETTING = Setting()


def compute():
    return experiment(SETTING, whole_sets.fashion(), "cuda")


def experiment(setting, whole, device):
    validation, rest = whole.split(setting.validation, seed=0)
    cut = partial(whole_sets.examples, rest, setting.splits, setting.train)
    given = cut((setting.starts, 1), device, setting.seeds)
    tuned = cut((1, len(setting.rates)), device, setting.seeds)
    aside = apart(validation, tuned)
    rows = [on_size(setting, given, tuned, aside, batch) for batch in setting.batches]
    accuracies = {
        budget: {part: np.array([row[budget][part] for row in rows]) for part in ("train", "test")}
        for budget in ("epochs", "updates", "tuned")
    }  # budget -> part -> accuracies (B, members)
    return accuracies | {
        "device": torch.cuda.get_device_name() if device == "cuda" else device,
        "batches": setting.batches,
        "budget_epochs": setting.epochs,
        "budget_updates": setting.updates,
        "rate": setting.rate,
        "rates": [setting.rates] * len(setting.batches),
        "splits": setting.splits,
        "starts": setting.starts,
        "train_examples": given.train.shape[1],
        "validation_examples": len(validation),
        "test_examples": given.test.shape[1],
        "weights": sum(p.numel() for p in network(setting, given)().parameters()),
        "validation": [row["validation"] for row in rows],  # of each B, of its rates
        "chosen": [row["chosen"] for row in rows],  # of each B, a learning rate
    }


def apart(validation, tuned):
    """`tuned` with the validation examples, the same for all, in place of those for testing."""
    hot = torch.nn.functional.one_hot(validation.y, validation.classes).to(tuned.y)
    places = torch.arange(len(validation), device=tuned.x.device).expand(len(tuned.test), -1)
    return replace(tuned, x=validation.x.to(tuned.x), y=hot, test=places)


def network(setting, given):
    return partial(networks.mlp, given.x.shape[1], given.y.shape[1], setting.hidden)


def on_size(setting, given, tuned, aside, batch):
    """One batch size: budget -> part -> (members,), and how the rate was chosen."""
    updates = setting.epochs * (setting.train // batch)
    starts = [setting.first_tuning_seed + seed for seed in setting.seeds]
    rates = np.tile(setting.rates, setting.splits)
    nets = trained(setting, tuned, starts, len(setting.rates), batch, updates, rates)
    right = whole_sets.judged(nets, aside, aside.test)[1]
    table = right.reshape(setting.splits, len(setting.rates)).mean(0)
    chosen = setting.rates[int(np.argmax(table))]
    seeds = [seed * setting.starts + i for seed in setting.seeds for i in range(setting.starts)]
    plans = {
        "epochs": (updates, setting.rate),
        "updates": (setting.updates, setting.rate),
        "tuned": (updates, chosen),
    }
    found = {"chosen": chosen, "validation": table}
    for budget, plan in plans.items():
        nets = trained(setting, given, seeds, 1, batch, *plan)
        found[budget] = {
            part: whole_sets.judged(nets, given, getattr(given, part))[1]
            for part in ("train", "test")
        }
    return found


def trained(setting, given, seeds, members, batch, updates, rates):
    """An ensemble of so many `members` of each seed, after so many updates."""
    nets = Ensemble(network(setting, given), np.repeat(seeds, members), given.x.device)
    whole_sets.Descent(nets, given, batch, rates, seed=setting.seeds[0]).make(updates)
    return nets
