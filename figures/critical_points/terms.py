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
between processors. So one path is drawn, and what is claimed is measured over trainings.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data, parallel, plotting
from trainingtips.curvature import classify, eigenpairs, flat_loss, gradient, hvp
from trainingtips.descent import descend
from trainingtips.statistics import Measured, share, student

CHAOS = "training goes on until the gradient is down in the rounding"
ILLUSTRATION = ("path",)  # one training of the eight

SEEDS, DIRECTIONS = 8, 64
HIDDEN, PENALTY = 8, 1e-3
ADAM, RATE = 300, 0.01  # updates, and their learning rate
ROUNDS, ROUND = 50, 20  # of L-BFGS after those, and updates in each
LENGTH = 0.1  # of δ in the claim
LENGTHS = np.geomspace(1e-3, 1, 13)
UPDATES = [0, 1, 3, 10, 30, 100, 300, 400, 500, 600, 700, 800, 900, 1000, 1300]

ALT = (
    "Three log-log panels. At the start of training the change of the loss follows the straight "
    "line of the gradient's term for all lengths; at the end it follows the steeper line of the "
    "Hessian's term. Along training the gradient's term falls by many decades below the other, "
    "which hardly moves."
)
NUMBER = (
    "|g·δ| over ½δᵀHδ: {ratio_at_start | interval(1)} at the start, {ratio_at_rest | scientific} "
    "at rest"
)


def compute():
    paths = parallel.each(along, range(SEEDS))
    first, second = (np.array([path[term] for path in paths]) for term in ("first", "second"))
    ratio = first / second  # (SEEDS, moments)
    return {
        "weights": paths[0]["weights"],
        "directions": DIRECTIONS,
        "length": LENGTH,
        "updates": UPDATES,
        "first": [geometric(column) for column in first.T],
        "second": [geometric(column) for column in second.T],
        "second_moved": geometric(second.max(1) / second.min(1)),
        "ratio_at_start": geometric(ratio[:, 0]),
        "ratio_at_rest": geometric(ratio[:, -1]),
        "largest_at_rest": geometric([path["largest_at_rest"] for path in paths]),
        "gradient_at_rest": geometric([path["gradient_norm"][-1] for path in paths]),
        "crossing_at_start": geometric(LENGTH * ratio[:, 0]),
        "crossing_at_rest": geometric(LENGTH * ratio[:, -1]),
        # the change of the loss over what the leading term says
        "change_at_start": student([path["change_at_start"] for path in paths]),
        "change_at_rest": student([path["change_at_rest"] for path in paths]),
        "minima": share([path["kind_at_rest"] == "minimum" for path in paths]),
        "rising": share([path["smallest_second"] > 0 for path in paths]),
        "lengths": LENGTHS,
        "path": {name: paths[0][name] for name in ("first", "second", "changes")},
    }


def along(seed):
    """One training: both terms, (moments,) each, and what stands of it at the start and at rest."""
    loss, points = trained(seed)
    generator = torch.Generator().manual_seed(SEEDS + seed)
    directions = torch.randn(DIRECTIONS, points.shape[1], generator=generator, dtype=points.dtype)
    directions /= directions.norm(dim=1, keepdim=True)
    terms = [both(loss, point, LENGTH * directions) for point in points]
    first, second = (np.array([abs(term[i]).mean() for term in terms]) for i in (0, 1))
    at_rest = eigenpairs(loss, points[-1])[0]
    ends = {
        name: np.array([abs(changes(loss, points[at], e * directions)).mean() for e in LENGTHS])
        for name, at in (("start", 0), ("rest", -1))
    }
    here = int(abs(LENGTHS - LENGTH).argmin())
    return {
        "weights": points.shape[1],
        "first": first,
        "second": second,
        "changes": ends,
        "change_at_start": ends["start"][here] / first[0],
        "change_at_rest": ends["rest"][here] / second[-1],
        "gradient_norm": [float(gradient(loss, point).norm()) for point in points],
        "largest_at_rest": float(abs(terms[-1][0] / terms[-1][1]).max()),
        "smallest_second": float(terms[-1][1].min()),
        "kind_at_rest": classify(at_rest),
    }


def geometric(samples):
    """Geometric mean of independent trainings, with Student's interval of the logarithms."""
    log = student(np.log(samples))
    return Measured(*(float(np.exp(end)) for end in (log.mean, log.low, log.high)), log.n)


def trained(seed=0):
    """(loss, points): the loss and the weights after each of `UPDATES`, (len(UPDATES), n)."""
    loss, start = network(seed)
    path = descend(loss, start, lambda p: torch.optim.Adam(p, lr=RATE), ADAM)
    rest = descend(loss, torch.from_numpy(path.points[-1]), _lbfgs, ROUNDS)
    rows = [
        path.points[update] if update <= ADAM else rest.points[(update - ADAM) // ROUND]
        for update in UPDATES
    ]
    return loss, torch.from_numpy(np.array(rows))


def network(seed):
    """(loss, θ) at the start: the penalised loss on the digits and its seeded weights."""
    train, _ = data.load("digits").split(1024, seed=seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = nn.Linear(64, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 10)
        module = nn.Sequential(*layers).double()
    plain, theta = flat_loss(module, nn.functional.cross_entropy, train.x.double(), train.y)
    return lambda t: plain(t) + PENALTY / 2 * (t**2).sum(), theta


def _lbfgs(parameters):
    options = {"max_iter": ROUND, "history_size": 50, "line_search_fn": "strong_wolfe"}
    return torch.optim.LBFGS(parameters, tolerance_grad=0, tolerance_change=1e-16, **options)


def both(loss, theta, delta):
    """g·δ and ½δᵀHδ at θ for each row of delta, (k, n): two arrays of shape (k,)."""
    first = delta @ gradient(loss, theta)
    second = 0.5 * (delta * hvp(loss, theta, delta)).sum(1)
    return first.numpy(), second.numpy()


def changes(loss, theta, delta):
    """L(θ + δ) − L(θ) for each row of delta: (k,)."""
    return np.array([float(loss(theta + each) - loss(theta)) for each in delta])


def claim(result):
    start, rest = result["ratio_at_start"], result["ratio_at_rest"]
    assert start.low > 1, f"expected |g·δ| above |½δᵀHδ| at the start, measured {start} of it"
    assert rest.high < 0.01, f"expected |g·δ| below 1 % of ½δᵀHδ at rest, measured {rest}"
    largest = result["largest_at_rest"]
    assert largest.high < 0.01, f"expected less than 1 % in every direction, measured {largest}"
    assert result["minima"].mean == 1, f"expected all to rest at minima: {result['minima']}"
    assert result["rising"].mean == 1, f"expected rises in all directions: {result['rising']}"
    moved = result["second_moved"]
    assert moved.high < 10, f"expected ½δᵀHδ to stay within a decade, measured {moved}"
    for name in ("start", "rest"):
        found = result[f"change_at_{name}"]
        near = found.low > 0.95 and found.high < 1.05
        assert near, f"expected one term to be the change at the {name}, measured {found} of it"


SIZES = {"y": "size of the term", "ylim": (1e-13, 3), "log": "y"}
LENGTHWISE = SIZES | {"x": r"length of $\delta$", "log": "xy"}
PANELS = {
    "one path: at the start": LENGTHWISE,
    "the same path: at rest": LENGTHWISE,
    r"along training, $\Vert\delta\Vert = 0.1$": SIZES | {"x": "update", "xlim": (0, 1400)},
}
TERMS = {  # colour and name
    "first": ("blue", r"$|g\cdot\delta|$"),
    "second": ("vermilion", r"$|\frac{1}{2}\,\delta^{\mathsf{T}} H \delta|$"),
}
PLACES = {  # of the names, in each panel
    "start": {"first": (1.1e-3, 3e-4), "second": (6e-3, 3e-9)},
    "rest": {"first": (6e-3, 4e-10), "second": (2e-3, 1e-5)},
    "along": {"first": (80, 1e-9), "second": (420, 1e-3)},
}


def draw(result, figure):
    start, rest, along = plotting.panels(figure, PANELS, height=3.5)
    _draw_lengths(result, start, "start", 0)
    _draw_lengths(result, rest, "rest", -1)
    along.set_xscale("function", functions=(_root, np.square))  # shows the start and the end
    plotting.ticks(along.xaxis, [0, 100, 300, 600, 1000])
    for name, look in TERMS.items():
        at = PLACES["along"][name]
        plotting.curve(along, result["updates"], result[name], *look, at, marked=True)
    plotting.mark(along, ADAM)
    plotting.label(along, "L-BFGS", (340, 3e-13))
    plotting.label(along, "Adam", (270, 3e-13), ha="right")


def _root(updates):
    return np.sqrt(np.maximum(updates, 0))  # the axis reaches a little below zero


def _draw_lengths(result, axes, name, moment):
    path, lengths = result["path"], result["lengths"]
    for power, (term, look) in enumerate(TERMS.items(), 1):
        sizes = path[term][moment] * (lengths / result["length"]) ** power
        plotting.curve(axes, lengths, sizes, *look, PLACES[name][term])
    plotting.points(axes, lengths, path["changes"][name], "text")
    plotting.mark(axes, result["length"])
    plotting.note(axes, "× change of the loss", (0.04, 0.93))
