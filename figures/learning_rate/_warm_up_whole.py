"""Warm-up on 60,000 pictures of clothes, by peak rate, start and depth: losses and curvature.

What `warm_up` does with digits, on the whole of Fashion-MNIST and on a GPU: plain gradient descent
in batches of 128, the rate constant from the start or after linear warm-up, from a sharp start
(He's weights times two) and from a flat one (torch's default). 16 splits of the pictures, each with
a start of its own, the same at every peak rate. λ_max is that of the loss over 10,000 pictures.

The pictures are read where Debian's package dataset-fashion-mnist puts them.
"""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from trainingtips import networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import schedules, whole_sets

HARDWARE = "gpu"


@dataclass(frozen=True)
class Setting:
    """The experiment: `rates` of each kind of start; λ_max is seen at every `watched` updates."""

    train: int = 60_000
    splits: int = 16
    batch: int = 128
    updates: int = 2_340  # 5 epochs
    warm: int = 292  # an eighth of them
    rates: dict = field(
        default_factory=lambda: {
            "sharp": (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64),
            "flat": (0.05, 0.1, 0.2, 0.4, 0.8, 1.6),
        }
    )
    depths: dict = field(default_factory=lambda: {"deep": (64, 64, 64), "shallow": (64, 64)})
    watched_rate: float = 0.1
    watched: int = 49
    looks: int = 9
    watched_splits: int = 8
    curved: int = 10_000  # examples of λ_max
    seeds: tuple = tuple(range(16))  # of the splits


SETTING = Setting()


def compute():
    return experiment(SETTING, whole_sets.fashion(), "cuda")


def experiment(setting, whole, device):
    cut = partial(whole_sets.examples, whole, train=setting.train, device=device)
    found = {
        "device": torch.cuda.get_device_name() if device == "cuda" else device,
        "rates": setting.rates,
        "updates": setting.updates,
        "warm": setting.warm,
        "batch": setting.batch,
        "splits": setting.splits,
        "train_examples": setting.train,
        "watched_rate": setting.watched_rate,
        "watched": np.arange(setting.looks) * setting.watched,
    }
    some = cut(
        setting.watched_splits, repeats=(1, 1), seeds=setting.seeds[: setting.watched_splits]
    )
    for start, rates in setting.rates.items():
        given = cut(setting.splits, repeats=(1, len(rates)), seeds=setting.seeds)
        found[start] = {
            depth: {
                "constant": final(setting, given, start, depth, [1.0]),
                "warm_up": final(setting, given, start, depth, factors(setting)),
                "curvature": along(setting, some, start, depth),
            }
            for depth in setting.depths
        }
    return found


def factors(setting):
    return [schedules.warm_up(t, setting.warm) for t in range(setting.warm)]


def network(setting, given, start, depth):
    net = networks.mlp(given.x.shape[1], given.y.shape[1], setting.depths[depth])
    return networks.he(net, gain=2.0) if start == "sharp" else net


def final(setting, given, start, depth, factors):
    """Training losses at the end, (rates, splits), at most `schedules.CEILING`."""
    rates = setting.rates[start]
    seeds = np.repeat(setting.seeds, len(rates))
    nets = Ensemble(partial(network, setting, given, start, depth), seeds, given.x.device)
    peaks = np.tile(rates, setting.splits)
    whole_sets.Descent(nets, given, setting.batch, peaks, factors, seed=setting.seeds[0]).make(
        setting.updates
    )
    loss, _ = whole_sets.judged(nets, given, given.train)
    top = schedules.CEILING
    return np.minimum(np.nan_to_num(loss, nan=top, posinf=top), top).reshape(-1, len(rates)).T


def along(setting, some, start, depth):
    """λ_max along the first updates with warm-up, (looks, watched splits)."""
    make = partial(network, setting, some, start, depth)
    nets = Ensemble(make, setting.seeds[: setting.watched_splits], some.x.device)
    descent = whole_sets.Descent(
        nets, some, setting.batch, setting.watched_rate, factors(setting), seed=setting.seeds[0]
    )
    rows = []
    for look in range(setting.looks):
        if look:
            descent.make(setting.watched)
        rows.append(whole_sets.largest(nets, some, setting.curved))
    return np.array(rows)
