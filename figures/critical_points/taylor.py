"""On a trained network the first Taylor model errs as ε² and the second as ε³.

The loss of a trained network along one direction, with its first and second Taylor model, and the
models' median errors over 64 random directions; the middle 80 % are shaded.

A network with 64 inputs, 32 tanh units and 10 outputs, trained for 200 updates on 1,024 handwritten
digits (cross-entropy, double precision). The point is moved by ε along random directions of length
one.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data, plotting
from trainingtips.curvature import flat_loss
from trainingtips.descent import descend
from trainingtips.statistics import student
from trainingtips.taylor import taylor

SEED, UPDATES, RATE, DIRECTIONS = 0, 200, 0.5, 64
STEPS = np.geomspace(1e-3, 3, 29)
FIT = (STEPS >= 0.003) & (STEPS <= 0.1)  # above rounding error, below where order four counts
SLICE = np.linspace(-6, 6, 121)

ALT = (
    "Left, the loss along a line through the trained point: the tangent leaves it at once, the "
    "parabola follows it over a wide stretch. Right, in log-log axes, the line's error falls with "
    "slope two and the parabola's with slope three."
)
NUMBER = (
    "the error grows as ε to the power {slopes.first | interval(2)} and {slopes.second | "
    "interval(2)}"
)


def compute():
    loss, theta = trained()
    directions = torch.randn(DIRECTIONS, len(theta), generator=_seeded(SEED + 1), dtype=theta.dtype)
    directions /= directions.norm(dim=1, keepdim=True)
    models = [taylor(loss, theta, order) for order in (1, 2)]
    errors = {"first": [], "second": []}
    for step in STEPS:
        delta = float(step) * directions
        truth = torch.stack([loss(theta + each) for each in delta])
        for name, model in zip(errors, models, strict=True):
            errors[name].append((truth - model(delta)).abs().numpy())
    errors = {name: np.array(each) for name, each in errors.items()}
    quantiles = {n: np.quantile(e, [0.1, 0.5, 0.9], axis=1) for n, e in errors.items()}
    # the gradient's own direction is where both terms show best in a picture
    line = torch.tensor(SLICE)[:, None] * _slice_direction(loss, theta, directions)
    return {
        "weights": len(theta),
        "loss": float(loss(theta)),
        "steps": STEPS,
        "errors": quantiles,
        "slopes": {name: student(_slopes(each)) for name, each in errors.items()},
        "slice": {
            "distance": SLICE,
            "loss": np.array([float(loss(theta + each)) for each in line]),
            "first": models[0](line),
            "second": models[1](line),
        },
    }


def trained():
    """(loss, θ) of the network after training: full-batch gradient descent from a seeded start."""
    train, _ = data.load("digits").split(1024, seed=SEED)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        network = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10)).double()
    loss, start = flat_loss(network, nn.functional.cross_entropy, train.x.double(), train.y)
    path = descend(loss, start, lambda p: torch.optim.SGD(p, lr=RATE), UPDATES)
    return loss, torch.from_numpy(path.points[-1])


def _slice_direction(loss, theta, directions):
    """The mean of the gradient's direction and a random one: both tilt and curvature show."""
    gradient = torch.func.grad(loss)(theta)
    mixed = directions[0] - gradient / gradient.norm()
    return mixed / mixed.norm()


def _slopes(errors):
    """Fitted slope of log error against log ε for each direction: (DIRECTIONS,)."""
    return np.polyfit(np.log(STEPS[FIT]), np.log(errors[FIT]), 1)[0]


def _seeded(seed):
    return torch.Generator().manual_seed(seed)


def claim(result):
    for order, name in ((2, "first"), (3, "second")):
        slope = result["slopes"][name]
        within = order - 0.05 < slope.low and slope.high < order + 0.05
        assert within, f"expected the {name} model's error to fall with slope {order}: {slope}"


def draw(result, figure):
    left, right = plotting.panels(figure, 2, height=3.5)
    blue, vermilion = plotting.colour("blue"), plotting.colour("vermilion")
    cut = result["slice"]
    left.plot(cut["distance"], cut["first"], "--", color=blue, label="line (first order)")
    left.plot(cut["distance"], cut["second"], "-.", color=vermilion, label="parabola (second)")
    left.plot(cut["distance"], cut["loss"], "-", color=plotting.colour("text"), label="the loss")
    top = cut["loss"].max()
    left.set(ylim=(min(0, cut["loss"].min()) - 0.1 * top, 1.25 * top))
    left.set(xlabel="distance along one direction", ylabel="loss", title="the loss and its models")
    left.legend(loc="upper center")
    steps = result["steps"]
    for name, order, colour, line in (("first", 2, blue, "o"), ("second", 3, vermilion, "s")):
        low, median, high = result["errors"][name]
        right.fill_between(steps, low, high, color=colour, alpha=0.25)
        right.loglog(steps, median, line, color=colour, markersize=4)
        at = np.flatnonzero(FIT)[-1]
        right.loglog(steps, median[at] * (steps / steps[at]) ** order, "-", color=colour)
        text = f"{name} order:\nslope {order}"
        place = (0.012, 2e-3) if name == "first" else (0.25, 2e-11)
        plotting.label(right, text, place, color=colour, ha="center", va="center")
    right.set(xlabel="step length $\\varepsilon$", ylabel="error of the model")
    right.set(title="64 random directions", ylim=(1e-13, 10))
