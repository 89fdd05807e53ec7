"""A network of two weights in a row comes to rest only at the origin or on the curve w₁w₂ = 1.

The loss $(1 - w_1 w_2)^2$ over both weights, with arrows that show the way down. From a dense grid
of starts, a root finder finds no other critical points.

The root finder looks for places where the gradient is zero; each one that it finds is the origin or
a minimum on the curve.
"""

import numpy as np
from scipy.optimize import root

from trainingtips import plotting
from trainingtips.surfaces import two_weights

STARTS = np.linspace(-2.05, 2.05, 24)  # no start lies on an axis or at a solution
ZERO = 1e-9  # a gradient below this is one of zero

ALT = (
    "Contour map over the two weights: two curved valleys of zero loss, where the weights' product "
    "is one, and between them a plateau with a saddle at the origin. Arrows of descent leave the "
    "origin along the diagonal towards the valleys."
)
NUMBER = "critical points found elsewhere: {elsewhere} of {converged}"


def gradient(w):
    return -2 * (1 - w[0] * w[1]) * np.array([w[1], w[0]])


def compute():
    found = [root(gradient, (a, b), method="lm", tol=1e-14) for a in STARTS for b in STARTS]
    points = np.array([each.x for each in found if np.linalg.norm(gradient(each.x)) < ZERO])
    to_origin = np.linalg.norm(points, axis=1)
    to_curve = abs(points.prod(axis=1) - 1)
    # near a solution the gradient is at most about 4 times the distance: 1e-4 is far more than ZERO
    origin, curve = to_origin < 1e-4, to_curve < 1e-4
    return {
        "starts": len(found),
        "converged": len(points),
        "at_origin": int(origin.sum()),
        "on_curve": int(curve.sum()),
        "elsewhere": int((~origin & ~curve).sum()),
        "loss_at_origin": float(two_weights(np.zeros(2))),
        "largest_loss_on_curve": float(two_weights(points[curve]).max()),
    }


def claim(result):
    elsewhere, converged = result["elsewhere"], result["converged"]
    assert elsewhere == 0, f"expected no other critical point, measured {elsewhere}"
    assert converged > 0.9 * result["starts"], f"only {converged} searches came to an end"
    assert result["at_origin"] > 0, "expected the origin among the points found"
    assert result["on_curve"] > 0, "expected minima on w₁w₂ = 1 among the points found"
    assert result["loss_at_origin"] == 1, "expected the loss 1 at the origin"
    assert result["largest_loss_on_curve"] < 1e-8, "expected no loss on the curve"


LEVELS = [0, 0.05, 0.25, 0.6, 1, 1.6, 3, 6, 12]
BAR = {"ticks": [0, 0.25, 1, 3, 12], "format": "{x:g}", "label": "loss $L$", "shrink": 0.9}
PANELS = {"": {"x": "weight $w_1$", "y": "weight $w_2$", "aspect": "equal"}}


def draw(result, figure):
    (axes,) = plotting.panels(figure, PANELS, height=4.4)
    side = np.linspace(-2.2, 2.2, 89)
    filled = plotting.contours(axes, side, side, two_weights, LEVELS)
    below = plotting.is_narrow(figure)
    figure.colorbar(filled, ax=axes, location="bottom" if below else "right", **BAR)
    _draw_way_down(axes)
    minima = np.linspace(1 / 2.2, 2.2, 100)
    for w in (minima, -minima):
        axes.plot(w, 1 / w, "-", color=plotting.colour("blue"), linewidth=3)
    plotting.label(axes, "minima $w_1 w_2 = 1$", (1.42, 1.62), "blue", ha="center")
    axes.plot(0, 0, "o", color=plotting.colour("vermilion"), markersize=9, zorder=11)
    plotting.label(axes, "saddle, $L = 1$", (-0.12, 0.16), "vermilion", ha="right")


def _draw_way_down(axes):
    """Short arrows along −gradient: the direction only, since its length spans three decades."""
    w = np.array(np.meshgrid(*2 * [np.linspace(-2, 2, 13)]))
    g = gradient(w)
    norm = np.linalg.norm(g, axis=0)
    look = {"color": plotting.colour("text"), "scale": 32, "width": 0.004, "alpha": 0.6}
    axes.quiver(*w, *-g / np.where(norm > 0.3, norm, np.nan), pivot="mid", **look)
