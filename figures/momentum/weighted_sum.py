"""Momentum's step is the weighted sum of all past gradients, weight β^age, to rounding.

Weighted gradients of all ages, head to tail, end where a network's step does. The weights, found
from the record by least squares, lie on β^age (lines); each step equals the weighted sum as far as
numbers are rounded.

A network with 64 inputs, 32 tanh units and 10 outputs learns digits with `torch.optim.SGD` and
momentum, batches of 64, double precision; every gradient and every step is written down. The
difference is how far each step is from −η Σ β^age g, relative to its length, against the rounding
error of one number. The plane is spanned by the last step and by the direction in which the way
along the gradients strays furthest from it.
"""

from itertools import pairwise

import numpy as np

from trainingtips import data, networks, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import memory

BETAS = (0.5, 0.9, 0.99)
SEED, UPDATES, ETA, BATCH = 0, 60, 0.05, 64
SHOWN = 0.9  # β of the step that is drawn
ILLUSTRATION = ("parts", "step")  # one step of one run, in a plane
ROUNDING = float(np.finfo(np.float64).eps)

ALT = (
    "One step and its gradients, head to tail in a plane: the newest gradients are long arrows "
    "that lead away sideways, older ones get shorter and shorter and end at the tip of the step. "
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
    step, parts = memory.in_a_plane(*runs[SHOWN], ETA, SHOWN)
    return {
        "step": step,
        "parts": parts,
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


WEIGHTS = {"x": "age of the gradient", "y": "its weight in the step", "ylim": (-0.12, 1.05)}
ERRORS = {"x": "update", "y": "relative difference", "log": "y", "ylim": (1e-17, 1e-12)}
PANELS = {
    "one step and its gradients": {"x": "along the step", "y": "across it", "ylim": (-0.45, 0.09)},
    "points: found from the record": WEIGHTS,
    "step against sum": ERRORS,
}
ARROWS = 25  # so many gradients of the step have heads
WORDS = (  # in the plane
    ("the step, $\\beta$ = 0.9", (0.25, 0.035), "text"),
    ("newest\ngradient", (0.17, -0.1), "vermilion"),
    ("older ones", (0.62, -0.3), "vermilion"),
)
LOOKS = (  # colour, name, and where it stands
    ("blue", r"$\beta$ = 0.5", (8, -0.09)),
    ("vermilion", r"$\beta$ = 0.9", (14, 0.3)),
    ("green", r"$\beta$ = 0.99", (30, 0.8)),
)


def draw(result, figure):
    plane, left, right = plotting.panels(figure, PANELS, 3.4, (1.4, 1, 1))
    places = np.vstack([[0, 0], np.cumsum(result["parts"], axis=0)])
    plotting.theory(plane, *places.T, "vermilion")
    plotting.arrow(plane, (0, 0), result["step"], "text")
    for age, (start, end) in enumerate(pairwise(places[:ARROWS])):
        size = {"linewidth": 0.6 + 2 * SHOWN**age, "mutation_scale": 3 + 9 * SHOWN**age}
        plotting.arrow(plane, start, end, "vermilion", **size)
    for words in WORDS:
        plotting.label(plane, *words)
    rounding, ages = result["rounding"], np.arange(result["updates"])
    for i, look in enumerate(LOOKS):
        plotting.theory(left, ages, BETAS[i] ** ages, *look)
        plotting.points(left, ages, result["found"][i], look[0])
        plotting.points(right, ages + 1, result["errors"][i], look[0])
    plotting.level(right, rounding, "text", "rounding error", (4, rounding / 3))
