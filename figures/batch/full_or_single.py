"""One epoch of batch 1 comes nearer the minimum than one full-batch step from afar, not from near.

A straight-line fit: in one epoch the full batch makes one step, batch 1 twenty, in 25 of 100
orders. Then forty epochs from there, and from 0.1 away; bands hold the middle 95 % of orders.
Judged on 64 such data sets.

Twenty examples of a straight line with noise, two weights (slope and offset), mean squared error
halved; one learning rate and one start for both, 100 seeds for 100 orders. Along forty epochs each
epoch has a new order: mean and the middle 95 % of the orders. The picture is of one data set; the
claim is about 64, each with its own points and 100 orders, from the start in the picture and from
0.1 away of its minimum, toward that start; intervals are over data sets. Who is nearer after forty
epochs is asked of 25 orders on each. The rate is small enough
for both; full batch could afford a larger one, which is measured as well.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import regression
from trainingtips.statistics import share, student

VERDICT = "regime"

N = 20
TRUE, NOISE = (1.5, 0.5), 0.5  # slope and offset; standard deviation of the targets' noise
START = (-1.5, 2.0)
ETA, EPOCHS, SHUFFLES = 0.15, 40, 100
MIDDLE = (0.025, 0.5, 0.975)
SHOWN = 25  # paths of batch 1 in the picture
SETS, NEAR = 64, 0.1  # data sets that the claim is judged on, and how far the near start is
FEW = 25  # orders in the long run

ALT = (
    "A map of a bowl: the full batch makes one step toward the minimum and stops far from it; "
    "twenty-five jagged paths of batch 1 end scattered around it. Forty epochs from afar, on a log "
    "axis: batch 1 falls at once and then hovers in a band; the full batch falls steadily and "
    "passes below it. From near: batch 1 rises at once to that band, and the full batch falls."
)
NUMBER = (
    "batch 1 over full batch, distance from the minimum after one epoch: {from_afar.ratio | "
    "interval(2)} from afar, {from_near.ratio | interval(2)} from 0.1 away"
)


def compute():
    problems = [regression.of_line(N, *TRUE, NOISE, seed) for seed in range(SETS)]
    problem = problems[0]
    full = regression.walk(problem, START, N, ETA, EPOCHS, SHUFFLES)
    single = regression.walk(problem, START, 1, ETA, EPOCHS, SHUFFLES)
    far, near = (regression.distances(problem, path, EPOCHS) for path in (full, single))
    below = far[0] < near.mean(0)
    close = [
        regression.distances(
            problem, regression.walk(problem, toward(problem, NEAR), b, *run), EPOCHS
        )
        for b, *run in ((N, ETA, EPOCHS, 1), (1, ETA, EPOCHS, SHUFFLES))
    ]
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
        "nearer": int((near[:, 1] < far[:, 1]).sum()),
        "sets": SETS,
        "near": NEAR,
        "from_afar": compared(problems),
        "from_near": compared(problems, NEAR),
        "late": late(problems),
        "full_best_rate": regression.best_step(problem, START),
        "full_passes": first_nearer(below),
        "full": far[0],
        "single": np.quantile(near, MIDDLE, axis=0),
        "single_mean": near.mean(0),
        "near_full": close[0][0],
        "near_single": np.quantile(close[1], MIDDLE, axis=0),
        "near_mean": close[1].mean(0),
    }


def toward(problem, distance):
    """The place so far away from the minimum, on the way to `START`."""
    away = np.array(START) - problem.minimum
    return problem.minimum + away * (distance / np.linalg.norm(away))


def compared(problems, far=None):
    """Batch 1 against full batch after an epoch, from `START` or from so far."""
    ratios = []
    for problem in problems:
        start = np.array(START) if far is None else toward(problem, far)
        one, many = (
            np.linalg.norm(walked[:, -1] - problem.minimum, axis=1).mean()
            for walked in (regression.walk(problem, start, b, ETA, 1, SHUFFLES) for b in (1, N))
        )
        ratios.append(one / many)
    return {"ratio": student(ratios), "nearer": share(np.array(ratios) < 1)}


def late(problems):
    """The share of data sets on which the full batch is the nearer one after all epochs."""
    nearer = []
    for problem in problems:
        walks = (regression.walk(problem, START, b, ETA, EPOCHS, FEW) for b in (1, N))
        one, many = (regression.distances(problem, path, EPOCHS) for path in walks)
        nearer.append(many[0, -1] < one[:, -1].mean())
    return share(nearer)


def first_nearer(below):
    """The first epoch from 1 on that is so; 0 where none is."""
    found = np.flatnonzero(below[1:])
    return int(found[0]) + 1 if len(found) else 0


def claim(result):
    afar, near = (result[name]["ratio"] for name in ("from_afar", "from_near"))
    assert afar.high < 1, f"expected batch 1 nearer from afar after an epoch, measured {afar}"
    assert near.low > 1, f"expected it farther from {result['near']} away, measured {near}"
    late = result["late"]
    assert late.low > 0.5, f"expected the full batch to pass below in the end, measured {late}"
    scatter, spread = result["scatter_after_one"], result["full_spread"]
    assert scatter > 0.05, f"expected batch 1 to depend on the order, measured spread {scatter}"
    assert spread == 0, f"expected one path of the full batch, measured {spread} between orders"


DISTANCE = {"x": "epoch", "y": "distance from the minimum", "ylim": (4e-3, 6), "log": "y"}
PANELS = {
    "one epoch": {"x": "slope $w_1$", "y": "offset $w_2$"},
    "forty epochs": DISTANCE,
    "from 0.1 away": DISTANCE,
}
FINE = {"linewidth": 0.6, "alpha": 0.5}


def draw(result, figure):
    left, *others = plotting.panels(figure, PANELS, height=3.3)
    _surface(result, left)
    paths = result["single_paths"]
    left.plot(*paths[:SHOWN].T, "-", color=plotting.colour("vermilion"), **FINE)
    plotting.points(left, *paths[:, -1].T, "vermilion", look=".")
    plotting.arrow(left, *result["full_path"], "blue")
    plotting.points(left, *START, "text", look="o")
    plotting.label(left, "start", (-1.38, 2.14))
    for axes, names in zip(others, (("single", "full"), ("near_single", "near_full")), strict=True):
        (low, _, high), full = (result[name] for name in names)
        mean = result["single_mean" if axes is others[0] else "near_mean"]
        plotting.curve(axes, range(EPOCHS + 1), mean, "vermilion", "batch 1", between=(low, high))
        plotting.curve(axes, range(EPOCHS + 1), full, "blue", "full batch")
        axes.legend(loc="upper right")


def _surface(result, axes):
    w, b = np.meshgrid(np.linspace(-2.2, 3, 90), np.linspace(-1, 2.9, 90))
    error = w[..., None] * result["x"][:, 0] + b[..., None] - result["y"]
    plotting.contours(axes, w, b, 0.5 * (error**2).mean(-1), np.linspace(0, 1, 9) ** 2 * 6)
    plotting.points(axes, *result["minimum"], "text", look="*")
