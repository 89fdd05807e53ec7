"""Shifted by δ, a minimum of curvature λ pays ½λδ²; but real shifts are longer where λ is small.

The test loss is the training loss, moved: a sharp valley pays more for the same δ. A trained
network pays ½λδ². But new data move a real minimum furthest where λ is small.

“A trained network” has 16 inputs, 8 tanh units and 10 outputs, learns digits at 4×4 with a weight
penalty, and is moved by δ along five eigenvectors of its Hessian: points are the rise of the loss,
mean of both signs, lines ½λδ².

“New data” asks how far the minimum really moves when 898 digits are replaced by 898 others:
logistic regression (even or odd, 17 weights), 64 random halvings, along each eigenvector of the
training Hessian. Theory for a well-specified model without a penalty: δ² grows as 1/λ, so that flat
and sharp directions pay alike. Bars are 95 %.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data, plotting
from trainingtips.curvature import eigenpairs, flat_loss
from trainingtips.descent import descend
from trainingtips.statistics import student

FLAT, SHARP, SHIFT = 1.0, 16.0, 0.45  # curvatures of the picture's minima; its δ
PLACES = (-2.0, 2.0)
SEED, HIDDEN, PENALTY = 0, 8, 1e-3
RANKS = [0, 4, 12, 36, 108]  # eigenvectors of the network's Hessian, from the largest λ
DELTAS = np.geomspace(1e-3, 1, 13)
SEEDS, HALF, RIDGE = 64, 898, 1e-4  # of the logistic regression
NEWTON = 12  # steps

ALT = (
    "Left, a curve with a wide and a narrow valley, and the same curve moved to the right: at the "
    "old minima the moved curve is a little higher in the wide valley and far higher in the narrow "
    "one. Middle, rises of a network's loss on five parallel lines of slope two. Right, the shift "
    "of real minima falls with the curvature, and what it costs is level."
)
NUMBER = "slope of the squared shift against the curvature, in log-log axes: {slope | interval(2)}"


def compute():
    digits = pooled()
    loss, theta = network(digits)
    values, vectors = eigenpairs(loss, theta, len(theta), "largest")
    order = np.argsort(values)[::-1]
    base = float(loss(theta))
    rises = [
        [_rise(loss, theta, float(d) * vectors[int(order[rank])], base) for d in DELTAS]
        for rank in RANKS
    ]
    shifts = [halves(digits, seed) for seed in range(SEEDS)]
    curvatures, squared = (np.array(each) for each in zip(*shifts, strict=True))
    return {
        "flat": FLAT,
        "sharp": SHARP,
        "shift": SHIFT,
        "weights": len(theta),
        "eigenvalues": values[order][RANKS],
        "deltas": DELTAS,
        "rises": rises,
        "curvatures": np.exp(np.log(curvatures).mean(0)),
        "squared_shift": [student(each) for each in squared.T],
        "paid": [student(each) for each in (0.5 * curvatures * squared).T],
        "slope": student([_slope(*each) for each in shifts]),
        "paid_slope": student([_slope(c, c * d) for c, d in shifts]),
    }


def pooled():
    """The digits at 4×4, in double precision."""
    digits = data.load("digits")
    x = digits.x.double().view(-1, 4, 2, 4, 2).mean((2, 4)).reshape(-1, 16)
    return data.Dataset(x, digits.y, digits.classes)


def network(digits):
    """(loss, θ): the penalised loss of the network and a minimum of it, by L-BFGS."""
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        layers = nn.Linear(16, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 10)
        module = nn.Sequential(*layers).double()
    train, _ = digits.split(1024, seed=SEED)
    plain, start = flat_loss(module, nn.functional.cross_entropy, train.x, train.y)

    def loss(theta):
        return plain(theta) + PENALTY / 2 * (theta**2).sum()

    options = {"max_iter": 20, "history_size": 50, "line_search_fn": "strong_wolfe"}
    path = descend(loss, start, lambda p: torch.optim.LBFGS(p, tolerance_grad=0, **options), 30)
    return loss, torch.from_numpy(path.points[-1])


def _rise(loss, theta, delta, base):
    """Mean over both signs: the gradient that is left, and the third order, cancel."""
    return (float(loss(theta + delta)) + float(loss(theta - delta))) / 2 - base


def halves(digits, seed):
    """(λ, δ²) along each eigenvector of one half's Hessian; δ leads to the other half's minimum."""
    order = np.random.default_rng(seed).permutation(len(digits))
    (first, h), (second, _) = (
        logistic(digits, order[part]) for part in (slice(HALF), slice(HALF, 2 * HALF))
    )
    values, vectors = np.linalg.eigh(h)
    return values, ((second - first) @ vectors) ** 2


def logistic(digits, rows):
    """(w, H): the minimum of the penalised logistic loss on `rows`, by Newton, and its Hessian."""
    x = np.column_stack([digits.x[rows].numpy(), np.ones(len(rows))])
    y = digits.y[rows].numpy() % 2
    w, ridge = np.zeros(x.shape[1]), RIDGE * np.eye(x.shape[1])
    for _ in range(NEWTON):
        p = 1 / (1 + np.exp(-x @ w))
        h = (x.T * (p * (1 - p))) @ x / len(x) + ridge
        w = w - np.linalg.solve(h, x.T @ (p - y) / len(x) + RIDGE * w)
    return w, h


def _slope(curvatures, squared):
    return np.polyfit(np.log(curvatures), np.log(squared), 1)[0]


def claim(result):
    for value, rises in zip(result["eigenvalues"], result["rises"], strict=True):
        theory = 0.5 * value * result["deltas"] ** 2
        error = abs(rises / theory - 1)[:5].max()  # δ ≤ 0.01
        assert error < 0.02, f"expected ½λδ² at λ = {value:.2g}, measured {error:.1%} off"
    slope = result["slope"]
    assert slope.high < -0.5, f"expected longer shifts at small λ, measured slope {slope}"
    paid = [each.mean for each in result["paid"]]
    spread = max(paid) / min(paid)
    range_ = result["curvatures"][-1] / result["curvatures"][0]
    assert spread < range_ / 5, (
        f"expected like costs, measured {spread:.1f} times over {range_:.0f}"
    )


def draw(result, figure):
    titles = ["the picture", "a trained network", "new data"]
    left, middle, right = plotting.panels(figure, titles, height=3.5)
    _draw_picture(left)
    values, deltas = result["eigenvalues"], result["deltas"]
    for value, rises, colour in zip(values, result["rises"], plotting.COLOURS, strict=True):
        plotting.theory(middle, deltas, 0.5 * value * deltas**2, colour)
        plotting.points(middle, deltas, rises, colour)
    plotting.label(middle, f"$\\lambda$ = {values[0]:.2g}", (1.2e-3, 1e-3))
    plotting.label(middle, f"$\\lambda$ = {values[-1]:.2g}", (6e-2, 1e-8))
    middle.set(xscale="log", yscale="log", xlabel=r"shift $\delta$", ylabel="rise of the loss")
    curvatures, half = result["curvatures"], r"$\frac{1}{2}\lambda\delta^2$"
    squared = result["squared_shift"]
    plotting.points(right, curvatures, squared, "vermilion", r"$\delta^2$", (0.03, 2))
    plotting.points(right, curvatures, result["paid"], "blue", half, (0.01, 4e-3))
    right.set(xscale="log", yscale="log", xlabel=r"curvature $\lambda$")
    right.set(ylabel="along one eigenvector")


def _draw_picture(axes):
    x = np.linspace(-4.2, 3.6, 196)
    plotting.curve(axes, x, picture(x), "blue", "training", (-4.1, 2.6))
    plotting.curve(axes, x, picture(x - SHIFT), "vermilion", "test", (0.2, 2.6))
    for place, curvature in zip(PLACES, (FLAT, SHARP), strict=True):
        paid = 0.5 * curvature * SHIFT**2
        plotting.curve(axes, [place] * 2, [0, paid], "text", look="o-")
    plotting.label(axes, "pays\n$\\frac{1}{2}\\lambda\\delta^2$", (1.3, 0.75), ha="right")
    axes.set(xlabel="weight", ylabel="loss", ylim=(-0.2, 3.2))


def picture(x):
    """Two parabolas of curvatures `FLAT` and `SHARP`, whichever is lower, capped."""
    each = [0.5 * c * (x - p) ** 2 for p, c in zip(PLACES, (FLAT, SHARP), strict=True)]
    return np.minimum(np.minimum(*each), 2.4)
