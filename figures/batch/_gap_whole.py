"""Networks trained to one loss on 60,000 pictures of clothes, by batch size: accuracy, curvature.

What `_equal_loss` does with digits, on the whole of Fashion-MNIST and on a GPU: plain gradient
descent on mini-batches, one learning rate, 4 starts on each of 8 random splits into 60,000 pictures
for training and 10,000 for testing. The loss over the whole training set is looked at every so many
updates, and a network is stopped when it has reached the target. A member (split and seed) has the
same split and start at every batch size. Three controls have four times the learning rate.

The pictures are read where Debian's package dataset-fashion-mnist puts them.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from trainingtips import networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import whole_sets

HARDWARE = "gpu"


@dataclass(frozen=True)
class Setting:
    """The experiment; `every` are the updates between two looks at the loss, for each B."""

    hidden: tuple = (64, 64)
    train: int = 60_000
    splits: int = 8
    starts: int = 4
    batches: tuple = (16, 64, 256, 1024)
    rate: float = 0.05
    target: float = 0.22
    every: tuple = (500, 500, 500, 500)
    scaled: tuple = ((64, 0.2, 250), (256, 0.2, 250), (1024, 0.2, 250))  # B, another η, looks
    limit: int = 240_000  # updates after which a member counts as not there
    seeds: tuple = tuple(range(8))  # of the splits


SETTING = Setting()


def compute():
    return experiment(SETTING, whole_sets.fashion(), "cuda")


def experiment(setting, whole, device):
    plans = [(b, setting.rate, k) for b, k in zip(setting.batches, setting.every, strict=True)]
    repeats = (setting.starts, 1)
    given = whole_sets.examples(
        whole, setting.splits, setting.train, repeats, device, setting.seeds
    )
    rows = [trained(setting, given, *plan) for plan in [*plans, *setting.scaled]]
    count = len(plans)
    return {
        "device": torch.cuda.get_device_name() if device == "cuda" else device,
        "batches": setting.batches,
        "rate": setting.rate,
        "target": setting.target,
        "scaled": [{"batch": b, "rate": rate} for b, rate, _ in setting.scaled],
        "splits": setting.splits,
        "starts": setting.starts,
        "train_examples": given.train.shape[1],
        "test_examples": given.test.shape[1],
        "weights": sum(p.numel() for p in network(setting, given)().parameters()),
        "members": stacked(rows[:count]),  # name -> (B, members), those of one split together
        "controls": stacked(rows[count:]),  # name -> (scaled, members)
    }


def network(setting, given):
    return partial(networks.mlp, given.x.shape[1], given.y.shape[1], setting.hidden)


def trained(setting, given, batch, rate, every):
    """Name -> (members,): what is measured of all members at one batch size and rate."""
    seeds = [seed * setting.starts + i for seed in setting.seeds for i in range(setting.starts)]
    nets = Ensemble(network(setting, given), seeds, given.x.device)
    descent = whole_sets.Descent(nets, given, batch, rate, seed=setting.seeds[0])
    found = {"updates": whole_sets.until(descent, setting.target, every, setting.limit)}
    for name in ("train", "test"):
        loss, right = whole_sets.judged(nets, given, getattr(given, name))
        found |= {f"{name}_loss": loss, f"{name}_accuracy": right}
    squares = [(p.detach().double() ** 2).flatten(1).sum(1) for p in nets.parameters.values()]
    found["norm"] = sum(squares).sqrt().cpu().numpy()
    return found | {"largest": whole_sets.largest(nets, given)}


def stacked(rows):
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
