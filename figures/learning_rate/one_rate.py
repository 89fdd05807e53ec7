"""In a badly conditioned bowl even the best rate, near 0.01, bounces, and 10⁻⁷ never arrives.

Two paths in a valley, and for every rate the updates that divide the error by ten: torch's SGD
(points) on theory (line). Just above the best rate all diverges. One rate for each weight needs
about twenty (green).

A straight line y = b + wx through ten points, with the loss ½ mean (b + wx − y)²: convex, a bowl,
but its curvature differs by a factor κ of about a thousand between the two eigenvectors. The maps
show the path at η = 10⁻² and, as a square, the end of 100,000 updates at η = 10⁻⁷. Updates diverge
from 2/λ₁ on, a thousandth above the best rate. Theory is the larger of |1 − ηλ| over the two
eigenvalues. At the best single rate, 2/(λ₁ + λ₂), it still takes about 1.15 κ updates. One rate for
each weight, η/Hᵢᵢ, leaves κ = (1 + r)/(1 − r), where r is the correlation of the two weights'
gradients.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import valley
from trainingtips.experiments.valley import LINE

START = (-120.0, -4.0)
BOUNCING, TINY = 1e-2, 1e-7
LONG = 100_000
RATES = np.geomspace(1e-7, 1e-2, 21)

ALT = (
    "Two maps of a long narrow valley. On the whole valley, the path at rate 0.01 lies in two "
    "strands that near each other slowly, far from the minimum. The first 20 updates, enlarged: a"
    " zigzag from side to side that hardly moves along; the end of the tiny rate's path lies on "
    "the floor beside the start. Every rate, in log-log axes: the updates per factor ten fall in "
    "proportion to the rate from 1e8 to about a thousand at the best one, then rise as a wall; "
    "beyond, a shaded region diverges. The dashed line of one rate per weight lies far below."
)
NUMBER = (
    "best rate {best_rate | decimals(4)}: {best_per_ten | digits(3)} updates to a tenth of the "
    "error"
)


def compute():
    x, y = LINE.design, LINE.y
    eigenvalues, vectors = np.linalg.eigh(LINE.hessian)
    minimum = np.linalg.solve(x.T @ x, x.T @ y)
    best = 2 / eigenvalues.sum()
    rates = np.append(RATES, best)
    bounce = valley.walk(LINE, BOUNCING, 200, START)
    across = (bounce - minimum) @ vectors[:, 1]
    tiny = valley.walk(LINE, TINY, LONG, START)[-1]
    distances = np.linalg.norm([np.subtract(START, minimum), tiny - minimum], axis=1)
    each = LINE.weight_rates
    return {
        "minimum": minimum,
        "eigenvalues": eigenvalues,
        "condition": eigenvalues[1] / eigenvalues[0],
        "best_rate": best,
        "bounce_path": bounce,
        "sign_changes": int((across[1:] * across[:-1] < 0).sum()),
        "bounce_updates": len(across) - 1,
        "bounce_kept": np.abs(across[-1] / across[0]) ** (1 / (len(across) - 1)),
        "tiny_end": tiny,
        "tiny_left": distances[1] / distances[0],
        "tiny_updates": LONG,
        "rates": rates,
        "lost": [1 - valley.kept(rate, vectors) for rate in rates],
        "weight_rates": each,
        "weight_condition": np.divide(*np.linalg.eigvalsh(LINE.correlation)[::-1]),
        "best_per_ten": valley.per_ten(1 - valley.kept(best, vectors)),
        "weight_kept": valley.tail(valley.walk(LINE, each, 200, START) - minimum),
    }


def claim(result):
    eigenvalues, rates = result["eigenvalues"], np.array(result["rates"])
    theory = np.abs(1 - rates[:, None] * eigenvalues).max(1)
    error = np.abs(np.array(result["lost"]) / (1 - theory) - 1).max()
    assert error < 1e-3, f"expected max|1 − ηλ| at every rate, measured {error:.1e} off"
    best = result["best_rate"]
    assert abs(BOUNCING / best - 1) < 0.01, f"expected a rate within a percent of the best, {best}"
    changes, updates = result["sign_changes"], result["bounce_updates"]
    assert changes == updates, f"expected a change of side at each of {updates}, measured {changes}"
    left = result["tiny_left"]
    assert left > 0.95, f"expected hardly a move in 100,000 updates, measured {left:.3f} left"
    plain, kappa = result["lost"][-1], result["condition"]
    assert abs(plain * (kappa + 1) / 2 - 1) < 1e-3, f"expected 1 − 2/(κ+1), measured {1 - plain}"
    kappa = result["weight_condition"]
    expected = (kappa - 1) / (kappa + 1)
    measured = result["weight_kept"]
    assert abs(measured - expected) < 1e-3, f"expected {expected:.4f}, measured {measured:.4f}"


TINY_LOOK = [(), (r"$\eta=10^{-7}$", (-119.85, -2.1))]  # on the whole valley, and near the start
BOUNCE_LOOK = (r"$\eta=10^{-2}$", (-119.55, 0.45))
BEST = ("best rate", (6e-3, 250), "right")
WEIGHTS = {"x": "$b$", "y": "$w$"}
PANELS = {
    "the valley": WEIGHTS | {"xlim": (-200, -100), "ylim": (-5, 5)},
    "the first 20 updates": WEIGHTS | {"xlim": (-122.6, -117.7), "ylim": (-4.6, 1.2)},
    "every rate": {
        "x": r"learning rate $\eta$",
        "y": "updates per factor ten",
        "xlim": (5e-8, 0.2),
        "ylim": (8, 3e8),
        "log": "xy",
    },
}


def draw(result, figure):
    whole, near, right = plotting.panels(figure, PANELS, 3.6, (1, 1, 1.15))
    for axes in (whole, near):
        surface(axes)
        plotting.points(axes, *result["tiny_end"], "blue", *TINY_LOOK[axes is near], look="s")
    plotting.points(whole, *np.transpose(result["bounce_path"]), "vermilion", look="o")
    plotting.points(whole, *START, "text", "start", (-120, -4.7), "center", look="o")
    plotting.points(whole, *result["minimum"], "text", look="*")
    plotting.path(near, result["bounce_path"][:21], "vermilion", *BOUNCE_LOOK)
    rates, lost = result["rates"], result["lost"]
    below, edge = expected(result["eigenvalues"])
    plotting.theory(right, *below, "blue", "one rate:\npoints on theory", (3e-6, 2e7))
    plotting.points(right, rates[:-1], valley.per_ten(lost[:-1]), "vermilion", look="o")
    plotting.points(right, result["best_rate"], result["best_per_ten"], "text", *BEST, look="*")
    right.axvspan(edge, 0.2, color=plotting.colour("vermilion"), alpha=0.22)
    plotting.label(right, "diverges", (0.05, 1e5), "vermilion", rotation=90, ha="center")
    each = valley.per_ten(1 - result["weight_kept"])
    plotting.level(right, each, "green", "one rate per weight", (1.5e-7, 45), look="--")


def expected(eigenvalues):
    """(rates, updates per factor ten) in theory, up to the edge 2/λ₁ where paths grow; the edge."""
    edge = 2 / eigenvalues[1]
    rates = edge * (1 - np.geomspace(1e-9, 1, 4000, endpoint=False))
    return (rates, valley.per_ten(1 - abs(1 - rates[:, None] * eigenvalues).max(1))), edge


def surface(axes):
    """The loss over b and w, with lines at equal ratios."""
    b, w = (np.linspace(*ends, 150) for ends in (axes.get_xlim(), axes.get_ylim()))
    plotting.contours(axes, b, w, lambda each: np.log10(LINE.loss(each)), np.linspace(0, 4, 9))
