"""Adagrad's effective rate falls as t^(−½) while gradients keep their size; RMSProp's settles.

What multiplies a weight's gradient: η/√(Σg²) in Adagrad, η/√(mean g²) in RMSProp. Fed with noise,
both follow theory. On a network gradients shrink: Adagrad's rate falls more slowly and RMSProp's
rises. Bands: 95 %.

With noise, gradients are independent normal numbers, σ = 1, for 64 weights, through torch's own
optimisers: their rate in units of η/σ, against the closed forms 1/√t and, with the averages that
start from zero, 1/√(1 − αᵗ). The network has 64, 32 and 10 units (ReLU) and learns digits, 32
seeds. As it learns, its gradients shrink, so that Adagrad's rate falls more slowly than t^(−½), and
RMSProp's rises again.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import student

SEED, WEIGHTS, UPDATES = 0, 64, 10_000
ALPHA = 0.99  # RMSProp's, torch's default
SEEDS, N, BATCH, EPOCHS, EVERY = 32, 512, 32, 100, 20
ETAS = {"Adagrad": 0.02, "RMSprop": 0.001}

ALT = (
    "Two panels in log-log axes. Left, with noise as gradients Adagrad's effective rate falls "
    "along a straight line of slope minus one half, RMSProp's falls at first and then stays level. "
    "Right, on a network Adagrad's falls ever more slowly and leaves the dotted line of slope "
    "minus one half; RMSProp's falls at first and rises from some two hundred updates on."
)
NUMBER = (
    "slope of Adagrad’s rate against t, in log-log axes: {noise_slopes.Adagrad | decimals(3)} "
    "under noise, {network_slopes.Adagrad | interval(2)} on a network"
)


def compute():
    times, noise = on_noise()
    network_times, networks = on_networks()
    fit = network_times >= network_times[-1] / 10
    late = times >= 100
    return {
        "times": times,
        "noise": noise,
        "theory": {
            "Adagrad": times**-0.5,
            "RMSprop": (1 - ALPHA**times) ** -0.5,
        },
        "noise_slopes": {name: slopes(times[late], each[late]) for name, each in noise.items()},
        "network_times": network_times,
        "network": {name: bands(each / each[0]) for name, each in networks.items()},
        "network_slopes": {
            name: student([slopes(network_times[fit], row[fit]) for row in each.T])
            for name, each in networks.items()
        },
        "network_factor": {n: student(each[-1] / each[0]) for n, each in networks.items()},
    }


def rule(name, parameters):
    """Torch's optimiser of that name, at this figure's rate."""
    options = {"alpha": ALPHA} if name == "RMSprop" else {}
    return getattr(torch.optim, name)(parameters, lr=ETAS[name], **options)


def squares(optimizer, leaf):
    state = optimizer.state[leaf]
    return state["sum"] if "sum" in state else state["square_avg"]


def on_noise():
    """Effective rates over η/σ where gradients are noise: (times, name -> (T,))."""
    times = np.unique(np.geomspace(1, UPDATES, 60).round().astype(int))
    found = {}
    for name in ETAS:
        rng = np.random.default_rng(SEED)
        theta = torch.zeros(WEIGHTS, dtype=torch.float64, requires_grad=True)
        optimizer, rates = rule(name, [theta]), []
        for t in range(1, UPDATES + 1):
            theta.grad = torch.from_numpy(rng.normal(size=WEIGHTS))
            optimizer.step()
            if t in times:
                # of the mean square over the weights: less scattered than each one's own
                rates.append(float(squares(optimizer, theta).mean()) ** -0.5)
        found[name] = np.array(rates)
    return times, found


def network():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def on_networks():
    """Effective rates over η of SEEDS networks: (times, name -> (T, SEEDS))."""
    train, _ = data.load("digits").split(N, seed=0)
    found = {}
    for name in ETAS:
        nets, kept = Ensemble(network, range(SEEDS)), []

        def optimizer(parameters, name=name, kept=kept):
            kept.append(rule(name, parameters))
            return kept[0]

        def rates(nets, kept=kept):
            leaves = list(nets.parameters.values())
            if not kept[0].state or not any(len(s) for s in kept[0].state.values()):
                return np.ones(len(nets))  # before the first update: no rate yet
            all_squares = torch.cat([squares(kept[0], leaf).flatten(1) for leaf in leaves], 1)
            return all_squares.mean(1).rsqrt().double().numpy()

        run = nets.train(
            train.x, train.y, optimizer, BATCH, EPOCHS, every=EVERY, observe={"rate": rates}
        )
        found[name] = run.observed["rate"][1:]
    return run.updates[1:], found


def slopes(times, rates):
    """Fitted slope of log rate against log t."""
    return float(np.polyfit(np.log(times), np.log(rates), 1)[0])


def bands(samples):
    """Student's mean and interval of (T, SEEDS): (3, T)."""
    found = [student(row) for row in samples]
    return np.array([[m.mean, m.low, m.high] for m in found]).T


def claim(result):
    late = result["times"] >= 10
    for name, theory in result["theory"].items():
        error = np.abs(result["noise"][name] / theory - 1)[late].max()
        assert error < 0.06, f"expected {name} on its closed form, measured {error:.3f} off"
    slope = result["noise_slopes"]["Adagrad"]
    assert abs(slope + 0.5) < 0.01, f"expected slope −0.5 under noise, measured {slope:.3f}"
    level = result["noise"]["RMSprop"][-1]
    assert abs(level - 1) < 0.05, f"expected RMSProp's rate to stay at η/σ, measured {level:.3f}"
    slope = result["network_slopes"]["Adagrad"]
    within = slope.low > -0.5 and slope.high < 0
    assert within, f"expected Adagrad slower than t^(−½) on a network, measured {slope}"
    slope = result["network_slopes"]["RMSprop"]
    assert slope.low > 0, f"expected RMSProp's rate to rise on a network, measured {slope}"


def draw(result, figure):
    left, right = plotting.panels(figure, 2, height=3.6)
    looks = {"Adagrad": ("blue", "o"), "RMSprop": ("vermilion", "s")}
    times, network_times = result["times"], result["network_times"]
    for name, (look, marker) in looks.items():
        colour = plotting.colour(look)
        left.loglog(times, result["theory"][name], "-", color=colour, linewidth=1.2)
        left.loglog(times, result["noise"][name], marker, color=colour, markersize=3)
        mean, low, high = result["network"][name]
        right.fill_between(network_times, low, high, color=colour, alpha=0.25, linewidth=0)
        line = "-" if name == "Adagrad" else "-."
        right.loglog(network_times, mean, line, color=colour)
    right.loglog(network_times, (network_times / EVERY) ** -0.5, ":", color=plotting.colour("text"))
    blue, vermilion = plotting.colour("blue"), plotting.colour("vermilion")
    plotting.label(left, "RMSProp", (600, 1.4), color=vermilion)
    plotting.label(left, "Adagrad: $1/\\sqrt{t}$", (25, 0.035), color=blue, ha="right")
    plotting.label(right, "RMSProp", (420, 0.75), color=vermilion, ha="right")
    plotting.label(right, "Adagrad", (60, 0.33), color=blue, ha="right", va="top")
    plotting.label(right, "slope $-1/2$", (210, 0.16))
    left.set(xlabel="update $t$", ylabel=r"effective rate, in $\eta/\sigma$", ylim=(5e-3, 20))
    left.set_title("gradients: noise")
    right.set(xlabel="update $t$", ylabel=f"effective rate, over that at {EVERY}")
    right.set(title="gradients: of a network", ylim=(0.07, 1.5))
