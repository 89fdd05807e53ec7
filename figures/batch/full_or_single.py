"""After one epoch at one rate, batch 1 is nearer the minimum than full batch, but scattered.

One epoch of a straight-line fit: the full batch makes one step, batch 1 twenty, in 25 of 100
orders. Along forty epochs the full batch passes below; the band holds the middle 95 % of orders.

Twenty examples of a straight line with noise, two weights (slope and offset), mean squared error
halved. The full batch makes one update in an epoch, batch 1 makes twenty, both at the same learning
rate from the same start; 100 seeds give 100 orders. Along forty epochs each epoch has a new order:
mean and the middle 95 % of the orders. The rate is small enough for both; full batch could afford a
larger one, which is measured as well.
"""

import numpy as np

from trainingtips import batches, plotting
from trainingtips.statistics import paired, student

N, SEED = 20, 0
TRUE, NOISE = (1.5, 0.5), 0.5  # slope and offset; standard deviation of the targets' noise
START = (-1.5, 2.0)
ETA, EPOCHS, SHUFFLES = 0.15, 40, 100
MIDDLE = (0.025, 0.5, 0.975)
SHOWN = 25  # paths of batch 1 in the picture
OFFSET = np.array([0.12, 0.14])  # of the label from the start

ALT = (
    "Two maps of one bowl. Left, the full batch makes one step toward the minimum and stops far "
    "from it. Middle, twenty-five jagged paths of batch 1 end scattered around the minimum. Right, "
    "on a log axis, batch 1 falls at once and then hovers in a band; the full batch falls "
    "steadily and passes below it."
)
NUMBER = "batch 1 is {gain | interval(2)} nearer the minimum after one epoch"


def compute():
    x, y = examples()
    minimum = np.linalg.solve(x.T @ x, x.T @ y)
    full = walk(x, y, batch=N)
    single = walk(x, y, batch=1)
    distance = {
        name: np.linalg.norm(path[:, :: path.shape[1] // EPOCHS] - minimum, axis=2)
        for name, path in (("full", full), ("single", single))
    }
    again = np.abs(full - full[0]).max()
    first = {name: each[:, 1] for name, each in distance.items()}
    below = distance["full"][0] < distance["single"].mean(0)
    curvatures = np.linalg.eigvalsh(x.T @ x / N)
    return {
        "examples": N,
        "eta": ETA,
        "eigenvalues": curvatures,
        "x": x,
        "y": y,
        "minimum": minimum,
        "full_path": full[0, :2],
        "single_paths": single[:, : N + 1],
        "full_spread": float(again),
        "start_distance": float(distance["full"][0, 0]),
        "full_after_one": float(first["full"][0]),
        "single_after_one": student(first["single"]),
        "scatter_after_one": float(np.sqrt(single[:, N].var(0, ddof=1).sum())),
        "gain": paired(first["full"], first["single"]),
        "nearer": int((first["single"] < first["full"]).sum()),
        "full_best_rate": best_step(x, y, minimum, curvatures),
        "full_passes": int(np.flatnonzero(below[1:])[0]) + 1,  # first epoch at which it is nearer
        "full": distance["full"][0],
        "single": np.quantile(distance["single"], MIDDLE, axis=0),
        "single_mean": distance["single"].mean(0),
    }


def examples():
    """(x, y): inputs with a column of ones, (N, 2), and targets, (N,)."""
    rng = np.random.default_rng(SEED)
    x = np.column_stack([rng.normal(size=N), np.ones(N)])
    return x, x @ TRUE + NOISE * rng.normal(size=N)


def walk(x, y, batch):
    """Every order's weights from update to update: (SHUFFLES, updates + 1, 2)."""
    orders = [list(batches.stream(N, batch, seed, epochs=EPOCHS)) for seed in range(SHUFFLES)]
    w = np.tile(np.array(START), (SHUFFLES, 1))
    path = [w]
    for parts in zip(*orders, strict=True):
        rows = np.sort(parts, axis=1)  # a sum in another order would round differently
        error = np.einsum("sbi,si->sb", x[rows], w) - y[rows]
        w = w - ETA * np.einsum("sb,sbi->si", error, x[rows]) / batch
        path.append(w)
    return np.stack(path, axis=1)


def best_step(x, y, minimum, curvatures):
    """Distance left by one full-batch update at 2/(λ_min + λ_max), the best rate in the long run"""
    start = np.array(START)
    gradient = x.T @ (x @ start - y) / N
    return float(np.linalg.norm(start - 2 / curvatures.sum() * gradient - minimum))


def claim(result):
    gain, scatter = result["gain"], result["scatter_after_one"]
    assert gain.low > 0, f"expected batch 1 nearer after an epoch, measured {gain}"
    assert scatter > 0.05, f"expected batch 1 to depend on the order, measured spread {scatter}"
    spread = result["full_spread"]
    assert spread == 0, f"expected one path of the full batch, measured {spread} between orders"


def draw(result, figure):
    titles = ["full batch: 1 update", "batch 1: 20 updates", "forty epochs"]
    left, middle, right = plotting.panels(figure, titles, height=3.3)
    start, end = result["full_path"]
    for axes, colour in ((left, "blue"), (middle, "vermilion")):
        _surface(result, axes)
        axes.plot(*start, "o", color=plotting.colour(colour))
        plotting.label(axes, "start", start + OFFSET)
    plotting.arrow(left, start, end, "blue")
    paths, vermilion = result["single_paths"], plotting.colour("vermilion")
    for path in paths[:SHOWN]:
        middle.plot(*path.T, "-", color=vermilion, linewidth=0.6, alpha=0.5)
    middle.plot(*paths[:, -1].T, ".", color=vermilion, markersize=4, zorder=9)
    epochs, (low, _, high) = np.arange(len(result["full"])), result["single"]
    mean, band = result["single_mean"], (low, high)
    plotting.curve(right, epochs, mean, "vermilion", "batch 1", (21, 0.25), between=band)
    plotting.curve(right, epochs, result["full"], "blue", "full batch", (14, 0.8))
    right.set(xlabel="epoch", yscale="log", ylim=(4e-3, 6), ylabel="distance from the minimum")


def _surface(result, axes):
    w, b = np.meshgrid(np.linspace(-2.2, 3, 90), np.linspace(-1, 2.9, 90))
    error = w[..., None] * result["x"][:, 0] + b[..., None] - result["y"]
    loss = 0.5 * (error**2).mean(-1)
    plotting.contours(axes, w, b, loss, levels=np.linspace(0, 1, 9) ** 2 * 6)
    axes.plot(*result["minimum"], "*", color=plotting.colour("text"), markersize=9, zorder=8)
    axes.set(xlabel="slope $w_1$", ylabel="offset $w_2$")
