"""Under squared error full-batch descent keeps λ_max at 2/η; under cross-entropy λ_max falls again.

The largest eigenvalue of the Hessian in units of its edge, along descent with both losses and along
Adam, whose Hessian is preconditioned and whose edge is (2 + 2β₁)/((1 − β₁)η). One of eight splits.

Networks of 64, 40, 40 and 10 units (tanh) on 256 digits, 1,000 updates; eight splits, each with a
start of its own, give the intervals. Over the edge 2/η a quadratic would diverge. For full-batch
Adam it is the largest eigenvalue of the preconditioned Hessian, P^(−½) H P^(−½) with P = diag(√v̂ +
ε), in units of its edge, which is 38/η for β₁ = 0.9. Cohen et al. 2021 (arXiv 2103.00065) and 2022
(arXiv 2207.14484).
"""

from functools import partial

import numpy as np
from torch import nn, optim

from trainingtips import data, networks, parallel, plotting
from trainingtips.curvature import flat_loss
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import stability
from trainingtips.losses import half_squares

VERDICT = "regime"
CHAOS = "at the edge of stability a last digit grows"

SPLITS, N = 8, 256
UPDATES, EVERY = 1000, 40
EDGE = stability.adam_edge(0.9)
RATES = {"squares": (0.2, 0.4), "entropy": (0.2, 1.0), "adam": (1e-3,)}
LATE = slice(-5, None)  # looks in the last fifth of the updates, over which a level is measured
ILLUSTRATION = ("paths",)

ALT = (
    "Squared error: the smaller rate's curve climbs to a dotted line at one, the larger one's "
    "starts above it, and both hover on it or just above. Cross-entropy: the smaller rate's curve "
    "rises to half of the line, the larger one's over it, and both fall far below within some "
    "hundred updates. Adam: the curve climbs to one and saws just below it."
)
NUMBER = (
    "λ_max over the last fifth of the updates, in units of 2/η, at η = 0.2: {squares.level.0 | "
    "interval(2)} under squared error, {entropy.level.0 | interval(2)} under cross-entropy"
)
REPORTED = "found for many networks, and named [@cohen2021]"


def compute():
    parts = [(kind, rate, seed) for kind in RATES for rate in RATES[kind] for seed in range(SPLITS)]
    runs = dict(zip(parts, parallel.each(walk, parts), strict=True))
    found = {"rates": RATES, "updates": np.arange(0, UPDATES + 1, EVERY), "adam_edge": EDGE}
    for kind, rates in RATES.items():
        each = [[runs[kind, rate, seed] for seed in range(SPLITS)] for rate in rates]
        found[kind] = stability.levels(each, LATE, EVERY)
    found["paths"] = {k: [runs[k, rate, 0]["ratio"] for rate in RATES[k]] for k in RATES}
    return found


def walk(part):
    kind, rate, seed = part
    make, edge = (optim.Adam, EDGE) if kind == "adam" else (optim.SGD, 2)
    loss, theta = problem(kind, seed)
    return stability.walk(loss, theta, partial(make, lr=rate), edge / rate, UPDATES, EVERY)


def problem(kind, seed):
    """(loss, θ) of the network at its start."""
    train, _ = data.load("digits").split(N, seed=seed)
    net = Ensemble(partial(networks.tanh, hidden=(40, 40)), [seed]).member(0)
    if kind == "entropy":
        return flat_loss(net, nn.functional.cross_entropy, train.x, train.y)
    return flat_loss(net, half_squares, train.x, nn.functional.one_hot(train.y, 10).float())


def claim(result):
    squares, entropy, adam = (result[kind] for kind in RATES)
    for level in squares["level"]:
        near = level.low > 0.9 and level.high < 1.15
        assert near, f"expected λ_max at the edge or just above it, measured {level}"
    for level in adam["level"]:  # it saws: from the edge a sixth down, and up again
        near = level.low > 0.8 and level.high < 1.05
        assert near, f"expected λ_max to saw below Adam's edge, measured {level}"
    for left in squares["loss_left"]:
        assert left.high < 0.9, f"expected the loss to fall at the edge, measured {left} left"
    below, above = squares["start"]
    assert below.high < 1 < above.low, f"expected starts on both sides, measured {below}, {above}"
    peak = entropy["peak"][0]
    assert peak.high < 0.8, f"expected no edge under cross-entropy at η = 0.2, measured {peak}"
    for peak, level in zip(entropy["peak"], entropy["level"], strict=True):
        assert level.high < peak.low / 2, f"expected λ_max to fall, from {peak} to {level}"
        assert level.high < 0.4, f"expected λ_max to leave the edge, measured {level} of it"


CURVATURE = {"x": "update", "xticks": [0, 500, 1000]}
PANELS = {
    "squared error": CURVATURE | {"y": r"$\lambda_{\max}$, in $2/\eta$", "ylim": (0, 1.8)},
    "cross-entropy": CURVATURE | {"ylim": (0, 1.8)},
    "squared error, Adam": CURVATURE | {"y": r"preconditioned, in $38/\eta$", "ylim": (0, 1.8)},
}


def draw(result, figure):
    for axes, (kind, rates) in zip(plotting.panels(figure, PANELS), RATES.items(), strict=True):
        for rate, path, colour in zip(rates, result["paths"][kind], plotting.COLOURS, strict=False):
            plotting.curve(axes, result["updates"], path, colour, f"$\\eta$ = {rate:g}")
        plotting.level(axes, 1, "text")
        axes.legend(loc="upper right")
