"""On 0.1x₁² + 2x₂², (η, β) = (0.6, 0.25) keeps .859 of the error per update, (0.4, 0) .920.

Twenty updates on a narrow bowl: with momentum the path swings across the valley, but travels along
it. The distances to the minimum (points) fall on the slopes of the exact spectral radius.

The loss 0.1 x₁² + 2 x₂² from (−5, −2), by `torch.optim.SGD`; its eigenvalues are 0.2 and 4. A
well-known book shows 20 updates and says of (0.6, 0.25) that it “barely converges at all”. The best
pair keeps .635 of the error per update, the best rate without momentum .905.
"""

import numpy as np
import torch

from trainingtips import momentum, plotting
from trainingtips.descent import descend
from trainingtips.surfaces import quadratic

CURVATURES = (0.2, 4.0)
START = (-5.0, -2.0)
BOOK = ((0.4, 0.0), (0.6, 0.0), (0.6, 0.5), (0.6, 0.25))
EXPECTED = (0.920, 1.400, 0.707, 0.859, 0.635, 0.905)  # to three digits
UPDATES, SHOWN, FAST = 400, 80, 20  # FAST: what the book shows

ALT = (
    "Left, twenty updates on a narrow bowl: without momentum a path creeps along the valley, with "
    "rate .6 and momentum .25 it swings across it. Right, the distance to the minimum on a log "
    "axis: one setting grows; the others fall in straight lines, the swinging one faster in the "
    "end than the creeping one, and the best tuning fastest."
)
NUMBER = (
    "error kept per update: {measured.3 | decimals(3)} at (0.6, 0.25), {measured.0 | decimals(3)} "
    "at (0.4, 0)"
)
REPORTED = "“barely converges at all”, of (0.6, 0.25) [@zhang2021]"


def compute():
    low, high = CURVATURES
    pairs = [*BOOK, momentum.tuned(low, high)[:2], momentum.tuned_plain(low, high)[:2]]
    paths = [path(*pair) for pair in pairs]
    distances = [np.linalg.norm(each, axis=1) for each in paths]
    return {
        "eta": [pair[0] for pair in pairs],
        "beta": [pair[1] for pair in pairs],
        "exact": [exact(*pair) for pair in pairs],
        "measured": [kept(each) for each in paths],
        "distances": [each[: SHOWN + 1] for each in distances],
        "after_20": [float(each[FAST]) for each in distances],
        "loss_after_20": [loss_at(each[FAST]) for each in paths],
        "loss_overtakes": overtakes(*([loss_at(p) for p in paths[i]] for i in (3, 0))),
        "paths": [each[: FAST + 1] for each in paths[:4]],
        "overtakes": overtakes(distances[3], distances[0]),
        "tenfold": [updates_per_ten(*pair) for pair in pairs if exact(*pair) < 1],
    }


def path(eta, beta):
    """The points (UPDATES + 1, 2) of torch's optimiser."""
    loss = quadratic(torch.tensor(CURVATURES, dtype=torch.float64))
    start = torch.tensor(START, dtype=torch.float64)
    rule = {"lr": eta, "momentum": beta}
    return descend(loss, start, lambda p: torch.optim.SGD(p, **rule), UPDATES).points


def loss_at(point):
    return float(quadratic(np.array(CURVATURES))(point))


def exact(eta, beta):
    """The spectral radius of the whole iteration, from the eigenvalues of its matrices."""
    ends = [[[1 + beta - eta * each, -beta], [1, 0]] for each in CURVATURES]
    return float(abs(np.linalg.eigvals(ends)).max())


def kept(points):
    """The mean error kept per update over the second half of the path; of position and step."""
    size = np.linalg.norm(points[1:], axis=1) + np.linalg.norm(np.diff(points, axis=0), axis=1)
    half = len(size) // 2
    return float((size[-1] / size[-1 - half]) ** (1 / half))


def updates_per_ten(eta, beta):
    """Updates that divide the error by ten, in the long run."""
    return float(np.log(10) / -np.log(exact(eta, beta)))


def overtakes(one, other):
    """The update from which on `one` stays below `other`."""
    return int(np.flatnonzero(np.greater_equal(one, other))[-1]) + 1


def claim(result):
    for index, expected in enumerate(EXPECTED):
        pair = f"({result['eta'][index]:.3g}, {result['beta'][index]:.3g})"
        exact, measured = result["exact"][index], result["measured"][index]
        assert abs(exact - expected) <= 5e-4, f"expected {expected} at {pair}, exact {exact:.4f}"
        error = abs(measured / exact - 1)
        assert error < 0.005, f"expected {exact:.4f} at {pair}, measured {measured:.4f}"
    quiet, wild = result["measured"][0], result["measured"][3]
    assert wild < quiet, f"expected (.6, .25) below (.4, 0), measured {wild:.3f} and {quiet:.3f}"
    quiet, wild = result["after_20"][0], result["after_20"][3]
    assert wild < quiet, f"expected it ahead after 20 updates: {wild:.3f} against {quiet:.3f}"


LOOKS = (  # colour, name, and where it stands; in the order of the pairs
    ("blue", "(0.4, 0)", (79, 3e-2), "right"),
    ("text", "(0.6, 0) diverges", (27, 2e3)),
    ("green", "(0.6, 0.5)", (66, 3e-9)),
    ("vermilion", "(0.6, 0.25)", (79, 3e-6), "right"),
    ("purple", "best", (41, 3e-9), "right"),
)


def draw(result, figure):
    titles = [r"20 updates, $(\eta, \beta)$", "points on the exact slopes"]
    left, right = plotting.panels(figure, titles, height=3.9, ratios=[1, 1.1])
    x, y = np.meshgrid(np.linspace(-5.5, 3, 60), np.linspace(-3, 3, 60))
    plotting.contours(left, x, y, 0.1 * x**2 + 2 * y**2, [0, 0.1, 0.5, 1.5, 3, 5, 8, 12, 18])
    plotting.path(left, result["paths"][3], "vermilion", "(0.6, 0.25)", (-1.3, 1.5))
    plotting.path(left, result["paths"][0], "blue", "(0.4, 0)", (-1.2, -1.9))
    left.set(xlabel="$x_1$", ylabel="$x_2$")
    for distance, rate, look in zip(result["distances"], result["exact"], LOOKS, strict=False):
        updates = np.arange(len(distance))
        plotting.points(right, updates[::2], distance[::2], look[0])
        late = updates[len(updates) // 3 :]  # the slope is that of the long run
        plotting.theory(right, late, distance[-1] * rate ** (late - late[-1]), *look)
    right.set(yscale="log", ylim=(1e-9, 1e4), xlabel="update", ylabel="distance to the minimum")
