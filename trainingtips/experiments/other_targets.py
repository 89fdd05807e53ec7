"""Updates to a target accuracy on other data and by other rules, as `target_updates` on digits."""

from functools import partial

import numpy as np
import torch

from trainingtips import chance
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import other_networks, own_rules, own_splits, own_training
from trainingtips.experiments.target_updates import EVERY


def momentum(nets, rates):
    """A step of the heavy ball, β = 0.9: each member at its own of `rates`, (E,)."""
    rule = partial(torch.optim.SGD, lr=1.0, momentum=0.9)
    return own_training.optimized(nets, rule, factors=rates)


RULES = {"SGD": own_rules.descent, "momentum": momentum, "Adam": own_rules.adam}


def needed(setting, make, rate, seeds, limit, standardized=False):
    """Updates until each member is at the setting's `target` on its own test examples: (E,).

    inf where never. `make` builds a network; `rule`, one of `RULES`, trains it, on 1,024 examples
    in batches of 64; looked at after every `EVERY` updates, up to `limit`.
    """
    parts = own_splits.split(list(seeds), dataset=other_networks.dataset(setting))
    parts = parts.standardized() if standardized else parts
    nets, reached = Ensemble(make, seeds), np.full(len(seeds), np.inf)
    step = RULES[setting["rule"]](nets, [rate] * len(nets))
    epochs = limit // (parts.train.shape[1] // deep.BATCH)
    with chance.started(0):  # for what a network draws in training
        for t in own_training.updates(nets, parts, step, deep.BATCH, epochs):
            if t % EVERY == 0:
                there = own_splits.accuracy(nets, parts) >= setting["target"]
                reached[there & np.isinf(reached)] = t
                if not (np.isinf(reached) & finite(nets)).any():
                    break
    return reached


def finite(nets):
    """Whether all weights of a member are finite: (E,)."""
    every = [p.detach().isfinite().flatten(1).all(1) for p in nets.parameters.values()]
    return torch.stack(every).all(0).numpy()
