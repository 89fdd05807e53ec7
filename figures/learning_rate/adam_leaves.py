"""Adam reaches its edge under both losses; under cross-entropy it leaves once the data are fitted.

The largest eigenvalue of the preconditioned Hessian in units of Adam's edge, 38/η, along full-batch
Adam with squared error and with cross-entropy on clothes, and the loss. Means of six splits, 95 %.

A convolution with two layers of filters on 256 pictures of Fashion-MNIST, each the mean of four of
its pixels, 400 updates at η = 0.003; six splits, each with a start of its own. The preconditioned
Hessian is P^(−½) H P^(−½), P = diag(√v̂ + ε); the edge is (2 + 2β₁)/((1 − β₁)η) with β₁ = 0.9
(Cohen et al. 2022, arXiv 2207.14484). At the edge: on a log axis nearer to it than to half or twice
it, from the second look on, as at first v̂ is one gradient's. It leaves where it is not seen there
again. Fitted: a loss that is a fiftieth of the start's.
"""

from functools import partial

import numpy as np
from torch import optim

from trainingtips import parallel, plotting
from trainingtips.curvature import flat_loss
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, stability
from trainingtips.statistics import ratio, student

VERDICT = "regime"
CHAOS = "at the edge of stability a last digit grows"
INPUTS = ["trainingtips/datasets/fashion.npz"]
OWN = {"data": elsewhere.FASHION, "network": "convolution"}
EXAMPLES, SPLITS, RATE, UPDATES, EVERY = 256, 6, 3e-3, 400, 40
KINDS = ("squares", "entropy")
NEAREST = 0.5**0.5, 2**0.5  # what lies between is nearer to the edge than to half or twice it
LATE, FITTED = slice(-2, None), 1 / 50

ALT = (
    "Largest preconditioned eigenvalue in units of the edge, against the update: both curves are "
    "near one after a hundred updates; that of squared error stays, that of cross-entropy falls to "
    "about a half. The loss: under cross-entropy it falls by more than two decades, under squared "
    "error by little more than one."
)
NUMBER = (
    "over the last fifth, in units of the edge: {squares.level | interval(2)} under squared error, "
    "{entropy.level | interval(2)} under cross-entropy, which leaves at {leaving | interval(3)} of "
    "its loss at the start"
)


def compute():
    parts = [(kind, seed) for kind in KINDS for seed in range(SPLITS)]
    walks = dict(zip(parts, parallel.each(walk, parts), strict=True))
    found = {"updates": np.arange(0, UPDATES + 1, EVERY), "rate": RATE}
    for kind in KINDS:
        found[kind] = summary([walks[kind, seed] for seed in range(SPLITS)])
    own = [walks["entropy", seed] for seed in range(SPLITS)]
    return found | {"leaving": student([loss_at_leaving(each) for each in own])}


def walk(part):
    kind, seed = part
    whole = elsewhere.dataset(OWN)
    train, _ = whole.split(EXAMPLES, seed=seed)
    net = Ensemble(elsewhere.network(OWN, whole), [seed]).member(0)
    criterion = elsewhere.cross_entropy(OWN) if kind == "entropy" else elsewhere.squares
    problem, make = flat_loss(net, criterion, train.x, train.y), partial(optim.Adam, lr=RATE)
    return stability.walk(*problem, make, stability.adam_edge(0.9) / RATE, UPDATES, EVERY)


def summary(walks):
    """Of one loss: λ_max along the way, its peak and its level late, and the loss."""
    ratios = np.array([each["ratio"] for each in walks])
    losses = np.array([each["losses"][::EVERY] / each["losses"][0] for each in walks])
    return {
        "ratio": [student(each) for each in ratios.T],
        "peak": ratio(ratios[:, 1:].max(1), np.ones(len(walks))),  # at first v̂ is of one gradient
        "level": student(ratios[:, LATE].mean(1)),
        "loss": [student(each) for each in losses.T],
    }


def loss_at_leaving(walk):
    """The loss, over that at the start, at the first look after the last one at the edge."""
    there = np.flatnonzero(walk["ratio"] > NEAREST[0])
    last = there[-1] if len(there) else 0
    return walk["losses"][min((last + 1) * EVERY, UPDATES)] / walk["losses"][0]


def claim(result):
    for kind in KINDS:
        peak = result[kind]["peak"]
        reached = NEAREST[0] < peak.low and peak.high < NEAREST[1]
        assert reached, f"expected Adam to reach its edge, {kind}: {peak}"
    stays, falls = (result[kind]["level"] for kind in KINDS)
    near = NEAREST[0] < stays.low and stays.high < NEAREST[1]
    assert near, f"expected it to stay under squared error, measured {stays}"
    assert falls.high < NEAREST[0], f"expected it to leave under cross-entropy: {falls}"
    loss = result["leaving"]
    assert loss.high < FITTED, f"expected the data to be fitted where it leaves: {loss}"


PANELS = {
    "curvature": {"x": "update", "y": "preconditioned, in $38/\\eta$", "ylim": (0, 1.4)},
    "loss": {"x": "update", "y": "loss / its start", "log": "y"},
}
LOOKS = {  # colour, name, and where it stands in the first panel
    "squares": ("blue", "squared error", (150, 1.2)),
    "entropy": ("vermilion", "cross-entropy", (180, 0.25)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.5)
    for kind, (colour, *words) in LOOKS.items():
        later = slice(1, None)  # what it is before the first update is one gradient's
        plotting.curve(left, result["updates"][later], result[kind]["ratio"][later], colour, *words)
        plotting.curve(right, result["updates"], result[kind]["loss"], colour)
    plotting.level(left, 1, "text")
