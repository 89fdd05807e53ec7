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

from trainingtips import networks, plotting
from trainingtips.descent import descend
from trainingtips.statistics import student
from trainingtips.taylor import taylor

SEED, UPDATES, RATE, DIRECTIONS = 0, 200, 0.5, 64
STEPS = np.geomspace(1e-3, 3, 29)
FIT = (STEPS >= 0.003) & (STEPS <= 0.1)  # above rounding error, below where order four counts
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


def compute():
    loss, theta = trained()
    generator = torch.Generator().manual_seed(SEED + 1)
    directions = torch.randn(DIRECTIONS, len(theta), generator=generator, dtype=theta.dtype)
    directions /= directions.norm(dim=1, keepdim=True)
    models = [taylor(loss, theta, order) for order in (1, 2)]
    errors = {"first": [], "second": []}
    for step in STEPS:
        delta = float(step) * directions
        truth = torch.stack([loss(theta + each) for each in delta])
        for name, model in zip(errors, models, strict=True):
            errors[name].append((truth - model(delta)).abs().numpy())
    errors = {name: np.array(each) for name, each in errors.items()}
    steps, logs = np.log(STEPS[FIT]), {name: np.log(each[FIT]) for name, each in errors.items()}
    quantiles = {n: np.quantile(e, [0.1, 0.5, 0.9], axis=1) for n, e in errors.items()}
    # the gradient's own direction is where both terms show best in a picture
    line = torch.tensor(SLICE)[:, None] * _slice_direction(loss, theta, directions)
    return {
        "weights": len(theta),
        "loss": float(loss(theta)),
        "steps": STEPS,
        "errors": quantiles,
        "slopes": {n: student(np.polyfit(steps, each, 1)[0]) for n, each in logs.items()},
        "slice": {
            "distance": SLICE,
            "loss": np.array([float(loss(theta + each)) for each in line]),
            "first": models[0](line),
            "second": models[1](line),
        },
    }


def trained():
    """(loss, θ) of the network after training: full-batch gradient descent from a seeded start."""
    loss, start = networks.on_digits(
        lambda: nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10)), SEED
    )
    path = descend(loss, start, lambda p: torch.optim.SGD(p, lr=RATE), UPDATES)
    return loss, torch.from_numpy(path.points[-1])


def _slice_direction(loss, theta, directions):
    """The mean of the gradient's direction and a random one: both tilt and curvature show."""
    gradient = torch.func.grad(loss)(theta)
    mixed = directions[0] - gradient / gradient.norm()
    return mixed / mixed.norm()


def claim(result):
    for order, name in ((2, "first"), (3, "second")):
        slope = result["slopes"][name]
        within = order - 0.05 < slope.low and slope.high < order + 0.05
        assert within, f"expected the {name} model's error to fall with slope {order}: {slope}"


ERRORS = {"x": r"step length $\varepsilon$", "y": "error of the model"}
PANELS = {
    "the loss and its models": {"x": "distance along one direction", "y": "loss"},
    "64 random directions": ERRORS | {"ylim": (1e-13, 10), "log": "xy"},
}
MODELS = {  # colour; name beside the loss; order, name and place beside the errors
    "first": ("blue", "line (first order)", 2, "first order:\nslope 2", (0.012, 3e-4)),
    "second": ("vermilion", "parabola (second)", 3, "second order:\nslope 3", (0.3, 3e-12)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.5)
    cut, steps, last = result["slice"], result["steps"], np.flatnonzero(FIT)[-1]
    for name, (colour, text, order, *words) in MODELS.items():
        plotting.curve(left, cut["distance"], cut[name], colour, text)
        low, median, high = result["errors"][name]
        plotting.curve(right, steps, median, colour, between=(low, high), look="os"[order - 2])
        slope = median[last] * (steps / steps[last]) ** order
        plotting.theory(right, steps, slope, colour, *words, "center")
    plotting.curve(left, cut["distance"], cut["loss"], "text", "the loss")
    left.legend(loc="upper right")
