"""Adagrad's effective rate falls as t^(−½) while gradients keep their size; RMSProp's settles.

What multiplies a weight's gradient: η/√(Σg²) in Adagrad, η/√(mean g²) in RMSProp. Fed with noise,
both follow theory. On a network gradients shrink: Adagrad's rate falls more slowly and RMSProp's
rises. Bands: 95 % over 32 splits.

With noise, gradients are independent normal numbers, σ = 1, for 64 weights, through torch's own
optimisers: their rate in units of η/σ, against the closed forms 1/√t and, with the averages that
start from zero, 1/√(1 − αᵗ). Limits are four standard errors of a mean square over 64 weights and
the updates that an average holds. The network has 64, 32 and 10 units (ReLU) and learns 512 digits;
32 networks, each with a split and a start of its own. As it learns, its gradients shrink, so that
Adagrad's rate falls more slowly than t^(−½), and RMSProp's rises again.
"""

from functools import partial

import numpy as np
from torch import optim

from trainingtips import networks, plotting
from trainingtips.experiments import effective_rates
from trainingtips.statistics import exponent

SEED, WEIGHTS, UPDATES = 0, 64, 10_000
ALPHA = 0.99  # RMSProp's, torch's default
FROM = 100  # updates, from which on a slope is fitted to the noise
SEEDS, N, BATCH, EPOCHS, EVERY = 32, 512, 32, 100, 20
NETWORK = partial(networks.mlp, hidden=(32,))
OPTIMIZERS = {
    "Adagrad": partial(optim.Adagrad, lr=0.02),
    "RMSprop": partial(optim.RMSprop, lr=0.001, alpha=ALPHA),
}

ALT = (
    "Two panels in log-log axes. Noise as gradients: Adagrad's effective rate falls along a "
    "straight line of slope minus one half, RMSProp's falls at first and then stays level. "
    "Gradients of a network: Adagrad's falls ever more slowly and leaves the dotted line of "
    "slope minus one half; RMSProp's falls at first and rises from some two hundred updates on."
)
NUMBER = (
    "slope of Adagrad’s rate against t, in log-log axes: {noise_slopes.Adagrad | decimals(3)} "
    "under noise, {network_slopes.Adagrad | interval(2)} on a network"
)


def compute():
    times, noise = effective_rates.on_noise(OPTIMIZERS, WEIGHTS, UPDATES, SEED)
    late = times >= FROM
    found = {
        "times": times,
        "noise": noise,
        "theory": {"Adagrad": times**-0.5, "RMSprop": (1 - ALPHA**times) ** -0.5},
        "noise_slopes": {name: exponent(times[late], each[late]) for name, each in noise.items()},
    }
    settings = SEEDS, N, BATCH, EPOCHS, EVERY
    rates = effective_rates.on_networks(OPTIMIZERS, NETWORK, *settings)
    return found | effective_rates.summary(*rates)


def claim(result):
    times = result["times"]
    for name, theory in result["theory"].items():
        off, far = np.abs(result["noise"][name] / theory - 1), 4 * error(name, times)
        assert (off < far).all(), f"expected {name} on its closed form, at most {off.max():.3f} off"
    slope, far = result["noise_slopes"]["Adagrad"], 4 * error("Adagrad", FROM)
    near = abs(slope + 0.5) < far / np.log(times[-1] / FROM)  # the first end off, the last one not
    assert near, f"expected slope −0.5 under noise, measured {slope:.3f}"
    level, far = result["noise"]["RMSprop"][-1], 4 * error("RMSprop", times[-1])
    assert abs(level - 1) < far, f"expected RMSProp's rate to stay at η/σ, measured {level:.3f}"
    slope = result["network_slopes"]["Adagrad"]
    within = slope.low > -0.5 and slope.high < 0
    assert within, f"expected Adagrad slower than t^(−½) on a network, measured {slope}"
    slope = result["network_slopes"]["RMSprop"]
    assert slope.low > 0, f"expected RMSProp's rate to rise on a network, measured {slope}"


def error(name, times):
    """Standard error of a rate under noise, as a share of it: of 1/√x half of that of x."""
    held = times  # independent squares in the average of one weight
    if name == "RMSprop":
        held = (1 + ALPHA) / (1 - ALPHA) * (1 - ALPHA**times) / (1 + ALPHA**times)
    return 0.5 * np.sqrt(2 / (WEIGHTS * held))  # the square of a normal number has variance 2


LOGS = {"x": "update $t$", "log": "xy"}
PANELS = {
    "gradients: noise": LOGS | {"y": r"effective rate, in $\eta/\sigma$", "ylim": (5e-3, 20)},
    "gradients: of a network": LOGS
    | {"y": f"effective rate, over that at {EVERY}", "ylim": (0.07, 1.5)},
}
LOOKS = {  # colour; name and its place in the one panel and in the other
    "Adagrad": ("blue", ("Adagrad: $1/\\sqrt{t}$", (25, 0.035), "right"), ("Adagrad", (22, 0.27))),
    "RMSprop": ("vermilion", ("RMSProp", (600, 1.4)), ("RMSProp", (420, 0.75), "right")),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.6)
    times, network_times = result["times"], result["network_times"]
    for name, (colour, there, here) in LOOKS.items():
        plotting.theory(left, times, result["theory"][name], colour)
        plotting.points(left, times, result["noise"][name], colour, *there)
        plotting.curve(right, network_times, result["network"][name], colour, *here)
    half = (network_times / EVERY) ** -0.5
    plotting.theory(right, network_times, half, "text", "slope $-1/2$", (210, 0.16), look=":")
