"""Under squared error full-batch descent keeps λ_max at 2/η; under cross-entropy λ_max falls again.

The largest eigenvalue of the Hessian in units of its edge, along descent with both losses and along
Adam, whose Hessian is preconditioned and whose edge is (2 + 2β₁)/((1 − β₁)η). One of eight splits.

Networks of 64, 40, 40 and 10 units (tanh) on 256 digits, 1,000 updates; eight splits, each with a
start of its own, give the intervals. Over the edge 2/η a quadratic would diverge. At the edge: on a
log axis nearer to it than to half or twice it, which is how far the edges of the two rates lie
apart, and nearer than at the start, which was below one and above the other. Falls again: on a log
axis more than half of the way from the peak back to the start. For full-batch
Adam it is the largest eigenvalue of the preconditioned Hessian, P^(−½) H P^(−½) with P = diag(√v̂ +
ε), in units of its edge, which is 38/η for β₁ = 0.9. Cohen et al. 2021 (arXiv 2103.00065) and 2022
(arXiv 2207.14484).
"""

from functools import partial

import numpy as np
from torch import optim

from trainingtips import parallel, plotting
from trainingtips.curvature import flat_loss
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, stability

VERDICT = "regime"
CHAOS = "at the edge of stability a last digit grows"

UPDATES, EVERY = 1000, 40
EDGE = stability.adam_edge(0.9)
RATES = {"squares": (0.2, 0.4), "entropy": (0.2, 1.0), "adam": (1e-3,)}
OWN = {"data": "digits", "network": "perceptron, tanh", "examples": 256, "splits": 8}
# SGD at the same multiples of 2/λ_max at the start as on digits, which was measured beforehand
SETTINGS = {
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron, tanh",
        "optimiser": "SGD and Adam, full batch",
        "rates": {"squares": [0.13, 0.27], "entropy": [0.13, 0.66], "adam": [1e-3]},
        "examples": 256,
        "splits": 8,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "network": "convolution",
        "optimiser": "SGD and Adam, full batch",
        "rates": {"squares": [0.35, 0.7], "entropy": [0.26, 1.3], "adam": [1e-3]},
        "examples": 256,
        "splits": 8,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "text_transformer": {
        "data": "Moby Dick",
        "network": "transformer",
        "optimiser": "SGD and Adam, full batch",
        "rates": {"squares": [0.1, 0.2], "entropy": [0.17, 0.85], "adam": [1e-3]},
        "examples": 8,
        "splits": 4,
        "inputs": ["trainingtips/datasets/text.npz"],
    },
    "flights_mlp": "a regression has no cross-entropy, which half of the claim is about",
}
NEAREST = 0.5**0.5, 2**0.5  # what lies between is nearer to the edge than to half or twice it
LATE = slice(-5, None)  # looks in the last fifth of the updates, over which a level is measured
ILLUSTRATION = ("paths",)

ALT = (
    "Squared error: the smaller rate's curve climbs to a dotted line at one, the larger one's "
    "starts above it, and both hover on it or just above. Cross-entropy: the smaller rate's curve "
    "rises to half of the line, the larger one's over it, and both fall far below within some "
    "hundred updates. Adam: the curve climbs to one and saws just below it."
)
NUMBER = (
    "λ_max over the last fifth of the updates, in units of 2/η, at η = {rates.squares.0}: "
    "{squares.level.0 | interval(2)} under squared error; at η = {rates.entropy.0}: "
    "{entropy.level.0 | interval(2)} under cross-entropy"
)
REPORTED = "found for many networks, and named [@cohen2021]"


def compute(*, setting=None):
    own = setting or OWN | {"rates": RATES}
    all_rates, seeds = own["rates"], range(own["splits"])
    parts = [
        (kind, float(rate), seed) for kind in RATES for rate in all_rates[kind] for seed in seeds
    ]
    walks = parallel.each(walk, [(*part, own) for part in parts])
    runs = dict(zip(parts, walks, strict=True))
    found = {"rates": all_rates, "updates": np.arange(0, UPDATES + 1, EVERY), "adam_edge": EDGE}
    for kind in RATES:
        each = [[runs[kind, float(rate), seed] for seed in seeds] for rate in all_rates[kind]]
        found[kind] = stability.levels(each, LATE, EVERY)
    found["paths"] = {k: [runs[k, float(rate), 0]["ratio"] for rate in all_rates[k]] for k in RATES}
    return found


def walk(part):
    kind, rate, seed, own = part
    make, edge = (optim.Adam, EDGE) if kind == "adam" else (optim.SGD, 2)
    loss, theta = problem(kind, seed, own)
    return stability.walk(loss, theta, partial(make, lr=rate), edge / rate, UPDATES, EVERY)


def problem(kind, seed, own):
    """(loss, θ) of the network at its start."""
    found = elsewhere.dataset(own)
    train, _ = found.split(own["examples"], seed=seed)
    net = Ensemble(elsewhere.network(own, found), [seed]).member(0)
    criterion = elsewhere.cross_entropy(own) if kind == "entropy" else elsewhere.squares
    return flat_loss(net, criterion, train.x, train.y)


def claim(result):
    squares, entropy, adam = (result[kind] for kind in RATES)
    for level in squares["level"] + adam["level"]:
        near = NEAREST[0] < level.low and level.high < NEAREST[1]
        assert near, f"expected λ_max at its edge, measured {level}"
    for start, level in zip(squares["start"], squares["level"], strict=True):
        nearer = _far(level).max() < _far(start).min()
        assert nearer, f"expected λ_max to come nearer to the edge, from {start} to {level}"
    for left in squares["loss_left"]:
        assert left.high < 1, f"expected the loss to fall at the edge, measured {left} left"
    below, above = squares["start"]
    assert below.high < 1 < above.low, f"expected starts on both sides, measured {below}, {above}"
    peak = entropy["peak"][0]
    below = peak.high < NEAREST[0]
    assert below, f"expected no edge under cross-entropy at η = 0.2, measured {peak}"
    for start, peak, level in zip(*(entropy[n] for n in ("start", "peak", "level")), strict=True):
        half = (start.mean * peak.mean) ** 0.5
        assert level.high < half, f"expected λ_max to fall below {half}, from {peak} to {level}"


def _far(ratio):
    """How far both ends of an interval are from the edge, which is one."""
    return np.abs(np.array([ratio.low, ratio.high]) - 1)


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
