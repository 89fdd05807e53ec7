"""On a trained network the first Taylor model errs as ε² and the second as ε³.

The loss of a trained network along one direction, with its first and second Taylor model, and the
models' median errors over 128 random directions; the middle 80 % are shaded.

A network with 64 inputs, 32 tanh units and 10 outputs, trained for 200 updates on 1,024 handwritten
digits (cross-entropy, double precision). The point is moved by ε along random directions of length
one. A direction's slope is fitted from ε = 0.003 to 0.1. There the next order counts already: from
the derivatives along each direction, by automatic differentiation, follows what its slope should
be. The median slope (interval by order statistics) has to lie as near to the whole number as half
of the directions should.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import other_networks
from trainingtips.experiments import taylor_terms as terms
from trainingtips.statistics import median

SETTINGS = {  # rates at the same multiple of 2/λ_max at the start; filters die at it
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron, tanh",
        "optimiser": "SGD, full batch",
        "hidden": [32],
        "examples": 1024,
        "rate": 0.28,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "network": "convolution",
        "optimiser": "SGD, full batch",
        "channels": [4, 8],
        "examples": 256,
        "rate": 0.25,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "text_transformer": {
        "data": "Moby Dick",
        "network": "transformer",
        "optimiser": "SGD, full batch",
        "width": 8,
        "length": 16,
        "examples": 16,
        "rate": 0.85,
        "inputs": ["trainingtips/datasets/text.npz"],
    },
}
SEED, HIDDEN, UPDATES, RATE, DIRECTIONS = 0, 32, 200, 0.5, 128
STEPS = np.geomspace(1e-3, 3, 29)
FIT = (STEPS >= 0.003) & (STEPS <= 0.1)  # above rounding error, below where order four counts
ORDERS = {"first": 2, "second": 3}
SLICE = np.linspace(-6, 6, 121)

ALT = (
    "The loss along a line through the trained point: the tangent leaves it at once, the parabola "
    "follows it over a wide stretch. Random directions, in log-log axes: the line's error falls "
    "with slope two and the parabola's with slope three."
)
NUMBER = (
    "the error grows as ε to the power {slopes.first | interval(2)} and {slopes.second | "
    "interval(2)}"
)


def compute(*, setting=None):
    loss, theta = trained(setting)
    directions = terms.directions(DIRECTIONS, SEED + 1, theta)
    errors = terms.errors(loss, theta, directions, STEPS)
    expected = slopes(terms.remainders(loss, theta, directions, STEPS))
    return {
        "weights": len(theta),
        "loss": float(loss(theta)),
        "steps": STEPS,
        "errors": {n: np.quantile(e, [0.1, 0.5, 0.9], axis=1) for n, e in errors.items()},
        "slopes": {name: median(each) for name, each in slopes(errors).items()},
        # how far half of the directions should stray from the order, by the next one
        "strays": {n: float(np.median(abs(expected[n] - order))) for n, order in ORDERS.items()},
        "slice": terms.cut(loss, theta, directions[0], SLICE),
    }


def trained(setting):
    """(loss, θ) of the trained network."""
    if setting:
        problem = other_networks.problem(setting, SEED)
        return terms.descended_from(problem, setting["rate"], UPDATES)
    return terms.descended(SEED, HIDDEN, RATE, UPDATES)


def slopes(errors):
    """Each direction's slope in log-log axes, (k,), of errors (steps, k) by model."""
    return {n: np.polyfit(np.log(STEPS[FIT]), np.log(e[FIT]), 1)[0] for n, e in errors.items()}


def claim(result):
    for name, order in ORDERS.items():
        slope, stray = result["slopes"][name], result["strays"][name]
        assert stray < 0.5, f"steps too long to tell an order from the next, {stray} off by it"
        within = order - stray < slope.low and slope.high < order + stray
        assert within, f"expected the {name} model's error to fall with slope {order}: {slope}"


PANELS = {
    "the loss and its models": {"x": "distance along one direction", "y": "loss"},
    "128 random directions": {
        "x": "step length $\\varepsilon$",
        "y": "error of the model",
        "log": "xy",
        "ylim": (1e-13, 10),
    },
}
MODELS = {  # colour, its order; text and place in the second panel
    "first": ("blue", "line (first order)", 2, "first order:\nslope 2", (0.012, 6e-4)),
    "second": ("vermilion", "parabola (second)", 3, "second order:\nslope 3", (0.25, 4e-12)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.5)
    cut, steps, at = result["slice"], result["steps"], np.flatnonzero(FIT)[-1]
    for name, (colour, text, order, *words) in MODELS.items():
        plotting.curve(left, cut["distance"], cut[name], colour, text)
        low, median, high = result["errors"][name]
        plotting.curve(
            right, steps, median, colour, *words, "center", between=(low, high), look=" "
        )
        plotting.points(right, steps, median, colour)
        plotting.theory(right, steps, median[at] * (steps / steps[at]) ** order, colour)
    plotting.curve(left, cut["distance"], cut["loss"], "text", "the loss")
    top = cut["loss"].max()
    left.set(ylim=(min(0, cut["loss"].min()) - 0.1 * top, 1.25 * top))
    left.legend(loc="upper center")
