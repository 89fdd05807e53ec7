"""After one epoch at one rate, batch 1 is nearer the minimum than full batch, but scattered.

One epoch of a straight-line fit: the full batch makes one step, batch 1 twenty, in 25 of 100
orders. Along forty epochs the full batch passes below; the band holds the middle 95 % of orders.

Twenty examples of a straight line with noise, two weights (slope and offset), mean squared error
halved; one learning rate and one start for both, 100 seeds for 100 orders. Along forty epochs each
epoch has a new order: mean and the middle 95 % of the orders. The rate is small enough for both;
full batch could afford a larger one, which is measured as well.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import regression
from trainingtips.statistics import paired, student

N = 20
TRUE, NOISE = (1.5, 0.5), 0.5  # slope and offset; standard deviation of the targets' noise
START = (-1.5, 2.0)
ETA, EPOCHS, SHUFFLES = 0.15, 40, 100
MIDDLE = (0.025, 0.5, 0.975)
SHOWN = 25  # paths of batch 1 in the picture

ALT = (
    "Two maps of one bowl. The full batch makes one step toward the minimum and stops far from "
    "it; twenty-five jagged paths of batch 1 end scattered around it. Forty epochs, on a log "
    "axis: batch 1 falls at once and then hovers in a band; the full batch falls steadily and "
    "passes below it."
)
NUMBER = "batch 1 is {gain | interval(2)} nearer the minimum after one epoch"


def compute():
    problem = regression.of_line(N, *TRUE, NOISE)
    full = regression.walk(problem, START, N, ETA, EPOCHS, SHUFFLES)
    single = regression.walk(problem, START, 1, ETA, EPOCHS, SHUFFLES)
    far, near = (regression.distances(problem, path, EPOCHS) for path in (full, single))
    below = far[0] < near.mean(0)
    return {
        "examples": N,
        "eta": ETA,
        "eigenvalues": np.linalg.eigvalsh(problem.hessian),
        "x": problem.x,
        "y": problem.y,
        "minimum": problem.minimum,
        "full_path": full[0, :2],
        "single_paths": single[:, : N + 1],
        "full_spread": float(np.abs(full - full[0]).max()),
        "start_distance": float(far[0, 0]),
        "full_after_one": float(far[0, 1]),
        "single_after_one": student(near[:, 1]),
        "scatter_after_one": float(np.sqrt(single[:, N].var(0, ddof=1).sum())),
        "gain": paired(far[:, 1], near[:, 1]),
        "nearer": int((near[:, 1] < far[:, 1]).sum()),
        "full_best_rate": regression.best_step(problem, START),
        "full_passes": int(np.flatnonzero(below[1:])[0]) + 1,  # first epoch at which it is nearer
        "full": far[0],
        "single": np.quantile(near, MIDDLE, axis=0),
        "single_mean": near.mean(0),
    }


def claim(result):
    gain, scatter, spread = (result[k] for k in ("gain", "scatter_after_one", "full_spread"))
    assert gain.low > 0, f"expected batch 1 nearer after an epoch, measured {gain}"
    assert scatter > 0.05, f"expected batch 1 to depend on the order, measured spread {scatter}"
    assert spread == 0, f"expected one path of the full batch, measured {spread} between orders"


MAP = {"x": "slope $w_1$", "y": "offset $w_2$"}
PANELS = {
    "full batch: 1 update": MAP,
    "batch 1: 20 updates": MAP,
    "forty epochs": {"x": "epoch", "y": "distance from the minimum", "ylim": (4e-3, 6), "log": "y"},
}
AT_START = ("start", (-1.38, 2.14))
FINE = {"linewidth": 0.6, "alpha": 0.5}


def draw(result, figure):
    left, middle, right = plotting.panels(figure, PANELS, height=3.3)
    for axes, colour in ((left, "blue"), (middle, "vermilion")):
        _surface(result, axes)
        plotting.points(axes, *START, colour, look="o")
        plotting.label(axes, *AT_START)
    plotting.arrow(left, *result["full_path"], "blue")
    paths, (low, _, high) = result["single_paths"], result["single"]
    middle.plot(*paths[:SHOWN].T, "-", color=plotting.colour("vermilion"), **FINE)
    plotting.points(middle, *paths[:, -1].T, "vermilion", look=".")
    mean, band = result["single_mean"], (low, high)
    plotting.curve(right, range(EPOCHS + 1), mean, "vermilion", "batch 1", (21, 0.25), between=band)
    plotting.curve(right, range(EPOCHS + 1), result["full"], "blue", "full batch", (14, 0.8))


def _surface(result, axes):
    w, b = np.meshgrid(np.linspace(-2.2, 3, 90), np.linspace(-1, 2.9, 90))
    error = w[..., None] * result["x"][:, 0] + b[..., None] - result["y"]
    plotting.contours(axes, w, b, 0.5 * (error**2).mean(-1), np.linspace(0, 1, 9) ** 2 * 6)
    plotting.points(axes, *result["minimum"], "text", look="*")
