"""Momentum's step is the weighted sum of all past gradients, weight β^age, to rounding.

The weights of past gradients in a network's last step, found from the record by least squares, lie
on β^age (lines); each step equals the weighted sum as far as numbers are rounded.

A network with 64 inputs, 32 tanh units and 10 outputs learns digits with `torch.optim.SGD` and
momentum, batches of 64, double precision; every gradient and every step is written down. The
difference is how far each step is from −η Σ β^age g, relative to its length, against the rounding
error of one number.
"""

import numpy as np

from trainingtips import data, networks, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import memory

BETAS = (0.5, 0.9, 0.99)
SEED, UPDATES, ETA, BATCH = 0, 60, 0.05, 64
ROUNDING = float(np.finfo(np.float64).eps)

ALT = (
    "The weights of past gradients in one step fall with their age: within a few updates for "
    "momentum 0.5, slowly for 0.9, hardly for 0.99; points found from the record lie on the "
    "curves of theory. The difference between steps and weighted sums stays near rounding error."
)
NUMBER = (
    "largest relative difference at β = 0.5, last update: {errors.0.59 | scientific(1)}; rounding "
    "is {rounding | scientific(1)}"
)


def compute():
    train, _ = data.load("digits").split(1024, seed=SEED)
    module = Ensemble(networks.tanh, [SEED]).member(0)
    runs = {beta: memory.recorded(module, train, ETA, beta, UPDATES, BATCH, SEED) for beta in BETAS}
    return {
        "betas": BETAS,
        "updates": UPDATES,
        "weights": runs[BETAS[0]][0].shape[1],
        "rounding": ROUNDING,
        "found": [memory.found_weights(*run, ETA) for run in runs.values()],
        "errors": [memory.errors(*run, ETA, beta) for beta, run in runs.items()],
        "half": [int(np.ceil(np.log(0.5) / np.log(beta))) for beta in BETAS],
        "total": [(1 - beta**UPDATES) / (1 - beta) for beta in BETAS],
    }


def claim(result):
    for beta, found, error in zip(result["betas"], result["found"], result["errors"], strict=True):
        off = abs(found - beta ** np.arange(len(found))).max()
        assert off < 1e-5, f"expected weights β^age at β = {beta}, measured {off:.1e} off"
        units = error.max() / result["rounding"]
        assert units < 1000, f"expected rounding error at β = {beta}, measured {units:.0f} units"


TITLES = ["points: found from the record", "step against weighted sum"]
LOOKS = (  # colour, name, and where it stands
    ("blue", r"$\beta$ = 0.5", (5, 0.1)),
    ("vermilion", r"$\beta$ = 0.9", (14, 0.3)),
    ("green", r"$\beta$ = 0.99", (30, 0.8)),
)


def draw(result, figure):
    left, right = plotting.panels(figure, TITLES)
    rounding, ages = result["rounding"], np.arange(result["updates"])
    for i, look in enumerate(LOOKS):
        plotting.theory(left, ages, BETAS[i] ** ages, *look)
        plotting.points(left, ages, result["found"][i], look[0])
        plotting.points(right, ages + 1, result["errors"][i], look[0])
    plotting.level(right, rounding, "text", "rounding error of one number", (4, rounding / 4))
    left.set(xlabel="age of the gradient, in updates", ylabel="its weight in the step")
    right.set(yscale="log", ylim=(1e-18, 1e-9), xlabel="update", ylabel="relative difference")
