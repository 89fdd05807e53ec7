"""What an adaptive optimiser multiplies a weight's gradient by, over its own rate η.

Optimisers are given as functions of the parameters, by name. The effective rate is η/√(Σg²) in
Adagrad and η/√(mean g²) in RMSProp, the mean an exponential one that starts from zero.
"""

import numpy as np
import torch

from trainingtips import chance
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import own_splits, own_training
from trainingtips.statistics import exponent, student


def on_noise(optimizers, weights, updates, seed):
    """Effective rates over η/σ where gradients are normal noise: (times (T,), name -> (T,))."""
    times = np.unique(np.geomspace(1, updates, 60).round().astype(int))
    found = {}
    for name, make in optimizers.items():
        rng = chance.rng(seed)
        theta = torch.zeros(weights, dtype=torch.float64, requires_grad=True)
        optimizer, rates = make([theta]), []
        for t in range(1, updates + 1):
            theta.grad = torch.from_numpy(rng.normal(size=weights))
            optimizer.step()
            if t in times:
                # of the mean square over the weights: less scattered than each one's own
                rates.append(float(squares(optimizer, theta).mean()) ** -0.5)
        found[name] = np.array(rates)
    return times, found


def on_networks(optimizers, make, seeds, train, batch, epochs, every):
    """Effective rates over η of `seeds` networks in training: (times (T,), name -> (T, seeds)).

    Each has its own split of the digits, with `train` of them, its own start and order.
    """
    seeds, found = list(range(seeds)), {}
    for name, optimizer in optimizers.items():
        watched, nets, times = _Watched(optimizer), Ensemble(make, seeds), []
        parts, rates = own_splits.split(seeds, train), []
        step = own_training.optimized(nets, watched)
        for t in own_training.updates(nets, parts, step, batch, epochs):
            if t % every == 0:
                times.append(t)
                rates.append(watched.rates(nets))
        found[name] = np.array(rates)
    return np.array(times), found


def summary(times, rates):
    """Rates (T, seeds) by name over their first, with intervals, and slopes in log-log axes.

    The slopes are of the last nine tenths of the updates; the factors from first to last.
    """
    fit = times >= times[-1] / 10
    return {
        "network_times": times,
        "network": {n: [student(row) for row in each / each[0]] for n, each in rates.items()},
        "network_slopes": {
            n: student([exponent(times[fit], row[fit]) for row in each.T])
            for n, each in rates.items()
        },
        "network_factor": {n: student(each[-1] / each[0]) for n, each in rates.items()},
    }


class _Watched:
    """An optimiser of an ensemble whose state stays in sight."""

    def __init__(self, make):
        self.make, self.optimizer = make, None

    def __call__(self, parameters):
        self.optimizer = self.make(parameters)
        return self.optimizer

    def rates(self, nets):
        """(E,) effective rates over η, after one update or more."""
        leaves = list(nets.parameters.values())
        all_squares = torch.cat([squares(self.optimizer, leaf).flatten(1) for leaf in leaves], 1)
        return all_squares.mean(1).rsqrt().double().numpy()


def squares(optimizer, leaf):
    """What Adagrad or RMSprop of torch keeps of a parameter's squared gradients: its shape."""
    state = optimizer.state[leaf]
    return state["sum"] if "sum" in state else state["square_avg"]
