"""In a badly conditioned bowl even the best rate, near 0.01, bounces, and 1e-7 never arrives.

Two paths in a valley, and for every rate the updates that divide the error by ten: torch's SGD
(points) on theory (line). One rate for each weight needs about twenty (green).

A straight line y = b + wx through ten points, with the loss ½ mean (b + wx − y)²: convex, a bowl,
but its curvature differs by a factor κ of about a thousand between the two eigenvectors. The map
shows the path at η = 10⁻² and the end of 100,000 updates at η = 10⁻⁷. Theory is the larger of |1 −
ηλ| over the two eigenvalues. At the best single rate, 2/(λ₁ + λ₂), it still takes about 1.15 κ
updates. One rate for each weight, η/Hᵢᵢ, leaves κ = (1 + r)/(1 − r), where r is the correlation of
the two weights' gradients.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import valley
from trainingtips.experiments.valley import LINE

START = (-120.0, -4.0)
BOUNCING, TINY = 1e-2, 1e-7
LONG = 100_000
RATES = np.geomspace(1e-7, 1e-2, 21)
SHOWN = 200  # updates of the bouncing path in the picture

ALT = (
    "Two paths on a map of a long narrow valley: at rate 0.01 the path jumps to and fro across "
    "it all along, in swings that shrink slowly; the end of the tiny rate's path lies on the "
    "valley's floor beside the start. Every rate, in log-log axes: the updates per factor ten "
    "fall in proportion to the rate from 1e8 to some thousand; the dashed line of one rate per "
    "weight lies far below, at about twenty."
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


PANELS = {
    "two paths": {},
    "every rate": {
        "x": r"learning rate $\eta$",
        "y": "updates per factor ten",
        "ylim": (8, 3e8),
        "log": "xy",
    },
}
CREEPS = ("$\\eta=10^{-7}$, after\n100,000 updates", (-124, -4.3), "right")


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.6)
    surface(left)
    bounce = {"color": plotting.colour("vermilion"), "linewidth": 0.1, "markersize": 2}
    left.plot(*result["bounce_path"][: SHOWN + 1].T, ".-", **bounce)
    plotting.label(left, "$\\eta=10^{-2}$:\nbounces", (-128, 2.6), "vermilion")
    plotting.points(left, *START, "text", look="o")
    plotting.points(left, *result["tiny_end"], "blue", *CREEPS, look="s", hollow=True)
    plotting.points(left, *result["minimum"], "text", look="*")
    rates = np.geomspace(RATES[0], 1.006e-2, 4000)
    theory = valley.per_ten(1 - np.abs(1 - rates[:, None] * result["eigenvalues"]).max(1))
    plotting.theory(right, rates, theory, "blue", "one rate:\npoints on theory", (1.3e-5, 3e6))
    plotting.points(right, result["rates"], valley.per_ten(result["lost"]), "vermilion", look="o")
    each = valley.per_ten(1 - result["weight_kept"])
    plotting.level(right, each, "green", "one rate per weight", (1.5e-7, 45), look="--")


def surface(axes):
    """The loss over b and w, with lines at equal ratios."""
    b, w = np.meshgrid(np.linspace(-200, -100, 150), np.linspace(-5, 5, 150))
    values = np.log10(LINE.loss(np.stack([b, w], -1)))
    plotting.contours(axes, b, w, values, levels=np.linspace(0, 4, 9))
    axes.set(xlabel="$b$", ylabel="$w$", xlim=(-200, -100), ylim=(-5, 5))
