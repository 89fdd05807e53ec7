"""At the start of training g·δ rules a random step of 0.1; at rest it is below 1 % of ½δᵀHδ.

Both terms of the loss's change in random directions, at the start, at the end and along training;
crosses: the change itself. However small $g$ is, some step is short enough for it to rule.

A network with 64 inputs, 8 tanh units and 10 outputs on 1,024 handwritten digits, cross-entropy
with a weight penalty (without it, training has no point to come to rest at: the weights grow for
ever), 300 updates of Adam on the full batch, then L-BFGS; eight independent trainings, each with
its own split and start. From points on their way the weights are moved by δ in 64 random
directions. At the start and at the end one of the trainings is drawn: lines are means over the
directions, crosses are the change of the loss itself; they cross at the length below which $g$
rules. Along training: geometric means over the trainings with 95 % intervals.

That the gradient's term goes away, by how much at least, and that the Hessian's stays, is a
property of training. How small the gradient is after so many updates of L-BFGS is not: rounding
decides when it gets there and where it stops, and one path's values differ by factors of five
between processors. So one path is drawn, and what is claimed is measured over trainings. Whether
that place is a minimum to the last eigenvalue is counted, and is no part of the claim.
"""

from functools import partial

import numpy as np

from trainingtips import parallel, plotting
from trainingtips.experiments import other_networks
from trainingtips.experiments import taylor_terms as terms
from trainingtips.statistics import ratio, share, student

CHAOS = "training goes on until the gradient is down in the rounding"
ILLUSTRATION = ("path",)  # one training of the eight

SETTINGS = {
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron, tanh",
        "optimiser": "Adam, L-BFGS",
        "hidden": [8],
        "examples": 1024,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "random_labels": {
        "data": "digits, labels at random",
        "network": "perceptron, tanh",
        "optimiser": "Adam, L-BFGS",
        "hidden": [8],
        "examples": 1024,
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "network": "convolution",
        "optimiser": "Adam, L-BFGS",
        "channels": [4, 8],
        "examples": 256,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "text_transformer": "the ends of its Hessian's spectrum are not found to nine digits",
}
SEEDS, DIRECTIONS = 8, 64
HIDDEN, PENALTY = 8, 1e-3
CHANGES = ("change_at_start", "change_at_rest")
ADAM, RATE = 300, 0.01  # updates, and their learning rate
ROUNDS = 30  # of L-BFGS after those, of 20 updates each
LENGTH = 0.1  # of δ in the claim
LENGTHS = np.geomspace(1e-3, 1, 13)
UPDATES = [0, 1, 3, 10, 30, 100, 300, 400, 500, 600, 700, 800, 900]

ALT = (
    "Three log-log panels. At the start of training the change of the loss follows the straight "
    "line of the gradient's term for all lengths; at the end it follows the steeper line of the "
    "Hessian's term. Along training the gradient's term falls by many decades below the other, "
    "which hardly moves."
)
NUMBER = (
    "|g·δ| over ½δᵀHδ: {ratio_at_start | interval(1)} at the start; at rest "
    "{ratio_at_rest.low | scientific} to {ratio_at_rest.high | scientific}"
)


def compute(*, setting=None):
    paths = parallel.each(partial(path, setting=setting), range(SEEDS))
    first, second = (np.array([path[term] for path in paths]) for term in ("first", "second"))
    over = first / second  # (SEEDS, moments)
    return {
        "weights": paths[0]["weights"],
        "directions": DIRECTIONS,
        "length": LENGTH,
        "updates": UPDATES,
        "first": [geometric(column) for column in first.T],
        "second": [geometric(column) for column in second.T],
        "second_moved": geometric(second.max(1) / second.min(1)),
        "ratio_at_start": geometric(over[:, 0]),
        "ratio_at_rest": geometric(over[:, -1]),
        "largest_at_rest": geometric([path["largest_at_rest"] for path in paths]),
        "gradient_at_rest": geometric([path["gradient_norm"][-1] for path in paths]),
        "crossing_at_start": geometric(LENGTH * over[:, 0]),
        "crossing_at_rest": geometric(LENGTH * over[:, -1]),
        # the change of the loss over what the leading term says
        **{name: student([path[name] for path in paths]) for name in CHANGES},
        "minima": share([path["kind_at_rest"] == "minimum" for path in paths]),
        "rising": share([path["smallest_second"] > 0 for path in paths]),
        "lengths": LENGTHS,
        "path": {name: paths[0][name] for name in ("first", "second", "changes")},
    }


def path(seed, setting=None):
    """What `terms.along` finds in one training."""
    loss, points = trained(seed, setting)
    deltas = terms.directions(DIRECTIONS, SEEDS + seed, points)
    return terms.along(loss, points, deltas, LENGTH, LENGTHS)


def geometric(samples):
    """Geometric mean of independent trainings, with Student's interval of the logarithms."""
    return ratio(samples, np.ones(len(samples)))


def trained(seed=0, setting=None):
    """(loss, points): the loss and the weights after each of `UPDATES`, (len(UPDATES), n)."""
    if setting:
        problem = terms.penalised(other_networks.problem(setting, seed), PENALTY)
        return terms.rested_from(problem, RATE, ADAM, ROUNDS, UPDATES)
    return terms.rested(seed, HIDDEN, PENALTY, RATE, ADAM, ROUNDS, UPDATES)


def claim(result):
    start, rest = result["ratio_at_start"], result["ratio_at_rest"]
    assert start.low > 1, f"expected |g·δ| above |½δᵀHδ| at the start, measured {start} of it"
    assert rest.high < 0.01, f"expected |g·δ| below 1 % of ½δᵀHδ at rest, measured {rest}"
    largest, moved = result["largest_at_rest"], result["second_moved"]
    assert largest.high < 0.05, f"expected at most 5 % in every direction, measured {largest}"
    assert moved.high < 10, f"expected ½δᵀHδ to stay within a decade, measured {moved}"
    for name in CHANGES:
        found = result[name]
        near = found.low > 0.95 and found.high < 1.05
        assert near, f"expected one term to be the {name}, measured {found} of it"


SIZE = {"y": "size of the term", "log": "y", "ylim": (1e-13, 3)}
LENGTH_OF = {"x": "length of $\\delta$", "log": "xy"}
PANELS = {
    "one path: at the start": LENGTH_OF,
    "the same path: at rest": LENGTH_OF,
    "along training, $\\Vert\\delta\\Vert = 0.1$": {"x": "update"},
}
ENDS = {"start": ((1.1e-3, 3e-4), (6e-3, 3e-9)), "rest": ((6e-3, 4e-10), (2e-3, 1e-5))}
LOOKS = {  # power of the length, place along training, colour, text
    "first": (1, (80, 1e-9), "blue", "$|g\\cdot\\delta|$"),
    "second": (2, (420, 1e-3), "vermilion", "$|\\frac{1}{2}\\,\\delta^{\\mathsf{T}} H \\delta|$"),
}


def draw(result, figure):
    *ends, along = plotting.panels(figure, PANELS, height=3.5, **SIZE)
    lengths, path = result["lengths"], result["path"]
    for axes, moment, (name, places) in zip(ends, (0, -1), ENDS.items(), strict=True):
        for (term, (power, _, *look)), at in zip(LOOKS.items(), places, strict=True):
            sizes = path[term][moment] * (lengths / result["length"]) ** power
            plotting.curve(axes, lengths, sizes, *look, at)
        plotting.points(axes, lengths, path["changes"][name], "text")
        plotting.note(axes, "× change\nof the loss", (0.04, 0.86))
        plotting.mark(axes, result["length"])
    for term, (_, at, *look) in LOOKS.items():
        plotting.curve(along, result["updates"], result[term], *look, at, marked=True)
    along.set_xscale("function", functions=(_root, np.square))  # shows the start and the end
    along.set(xticks=[0, 100, 300, 600, 900])
    plotting.mark(along, ADAM, "muted", "Adam", (270, 3e-13), "right")
    plotting.label(along, "L-BFGS", (340, 3e-13))


def _root(updates):
    return np.sqrt(np.maximum(updates, 0))  # the axis reaches a little below zero
