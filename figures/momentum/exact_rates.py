"""On 0.1x₁² + 2x₂², (η, β) = (0.6, 0.25) keeps .859 of the error per update, (0.4, 0) .920.

Twenty updates on a narrow bowl: with momentum the path swings across the valley, but travels along
it. The distances to the minimum (points) fall on the slopes of the exact spectral radius.

The loss 0.1 x₁² + 2 x₂² from (−5, −2), by `torch.optim.SGD`; its eigenvalues are 0.2 and 4. A
well-known book shows 20 updates and says of (0.6, 0.25) that it “barely converges at all”. The best
pair keeps .635 of the error per update, the best rate without momentum .905.
"""

from functools import partial

import numpy as np
import torch

from trainingtips import momentum, plotting
from trainingtips.descent import descend
from trainingtips.experiments import quadratics
from trainingtips.surfaces import quadratic

CURVATURES = (0.2, 4.0)
START = (-5.0, -2.0)
BOOK = ((0.4, 0.0), (0.6, 0.0), (0.6, 0.5), (0.6, 0.25))
EXPECTED = (0.920, 1.400, 0.707, 0.859, 0.635, 0.905)  # to three digits
UPDATES, SHOWN, FAST = 400, 80, 20  # FAST: what the book shows

ALT = (
    "Twenty updates on a narrow bowl: without momentum a path creeps along the valley, with rate "
    ".6 and momentum .25 it swings across it. The distance to the minimum, on a log axis: one "
    "setting grows; the others fall in straight lines, the swinging one faster in the end than "
    "the creeping one, and the best tuning fastest."
)
NUMBER = (
    "error kept per update: {measured.3 | decimals(3)} at (0.6, 0.25), {measured.0 | decimals(3)} "
    "at (0.4, 0)"
)
REPORTED = "“barely converges at all”, of (0.6, 0.25) [@zhang2021]"


def compute():
    pairs = [*BOOK, momentum.tuned(*CURVATURES)[:2], momentum.tuned_plain(*CURVATURES)[:2]]
    curvatures, start = torch.tensor([CURVATURES, START], dtype=torch.float64)
    rules = [partial(torch.optim.SGD, lr=eta, momentum=beta) for eta, beta in pairs]
    paths = [descend(quadratic(curvatures), start, rule, UPDATES).points for rule in rules]
    distances = [np.linalg.norm(each, axis=1) for each in paths]
    losses = [quadratic(np.array(CURVATURES))(each) for each in paths]
    exact = [quadratics.radius(CURVATURES, *pair) for pair in pairs]
    return {
        "eta": [pair[0] for pair in pairs],
        "beta": [pair[1] for pair in pairs],
        "exact": exact,
        "measured": [quadratics.kept(each) for each in paths],
        "distances": [each[: SHOWN + 1] for each in distances],
        "after_20": [float(each[FAST]) for each in distances],
        "loss_after_20": [float(each[FAST]) for each in losses],
        "loss_overtakes": quadratics.overtakes(losses[3], losses[0]),
        "paths": [each[: FAST + 1] for each in paths[:4]],
        "overtakes": quadratics.overtakes(distances[3], distances[0]),
        "tenfold": [float(quadratics.per_ten(rate)) for rate in exact if rate < 1],
    }


def claim(result):
    for index, expected in enumerate(EXPECTED):
        pair = f"({result['eta'][index]:.3g}, {result['beta'][index]:.3g})"
        exact, measured = result["exact"][index], result["measured"][index]
        assert abs(exact - expected) <= 5e-4, f"expected {expected} at {pair}, exact {exact:.4f}"
        error = abs(measured / exact - 1)
        assert error < 0.005, f"expected {exact:.4f} at {pair}, measured {measured:.4f}"
    quiet, wild = result["after_20"][0], result["after_20"][3]
    assert wild < quiet, f"expected it ahead after 20 updates: {wild:.3f} against {quiet:.3f}"


PANELS = {
    r"20 updates, $(\eta, \beta)$": {"x": "$x_1$", "y": "$x_2$"},
    "points on the exact slopes": {
        "x": "update",
        "y": "distance to the minimum",
        "ylim": (1e-9, 1e4),
        "log": "y",
    },
}
LEVELS = [0, 0.1, 0.5, 1.5, 3, 5, 8, 12, 18]
LOOKS = (  # colour, name, and where it stands; in the order of the pairs
    ("blue", "(0.4, 0)", (79, 3e-2), "right"),
    ("text", "(0.6, 0) diverges", (27, 2e3)),
    ("green", "(0.6, 0.5)", (66, 3e-9)),
    ("vermilion", "(0.6, 0.25)", (79, 3e-6), "right"),
    ("purple", "best", (41, 3e-9), "right"),
)


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.9, ratios=[1, 1.1])
    x, y = np.meshgrid(np.linspace(-5.5, 3, 60), np.linspace(-3, 3, 60))
    plotting.contours(left, x, y, 0.1 * x**2 + 2 * y**2, LEVELS)
    plotting.path(left, result["paths"][3], "vermilion", "(0.6, 0.25)", (-1.3, 1.5))
    plotting.path(left, result["paths"][0], "blue", "(0.4, 0)", (-1.2, -1.9))
    updates = np.arange(SHOWN + 1)
    late = updates[len(updates) // 3 :]  # the slope is that of the long run
    for distance, rate, look in zip(result["distances"], result["exact"], LOOKS, strict=False):
        plotting.points(right, updates[::2], distance[::2], look[0])
        plotting.theory(right, late, distance[-1] * rate ** (late - late[-1]), *look)
