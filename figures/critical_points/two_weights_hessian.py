"""The Hessian tells the two kinds apart: −2 and 2 at the origin, 0 and 2(w₁² + w₂²) on the curve.

At the origin, one eigenvector leads up and the other down. On the curve of minima, both eigenvalues
(marks) lie on their formulas (lines).

The eigenvalues are computed by automatic differentiation, at points of the curve $w_1 w_2 = 1$.
"""

import numpy as np
import torch

from trainingtips import plotting
from trainingtips.curvature import classify, eigenpairs, hessian
from trainingtips.surfaces import two_weights

W1 = np.geomspace(0.4, 2.5, 15)  # first weight of the points on the curve; the second is 1 / w₁

ALT = (
    "Left, the loss around the origin, with one arrow up along the falling diagonal, eigenvalue "
    "two, and one down along the rising diagonal, eigenvalue minus two. Right, along the curve of "
    "minima one eigenvalue stays at zero and the other follows the formula, smallest at w one "
    "equal to one."
)
NUMBER = "eigenvalues at the origin: {eigenvalues.0} and {eigenvalues.1}"


def compute():
    origin = torch.zeros(2, dtype=torch.float64)
    values, vectors = eigenpairs(two_weights, origin, k=2, which="smallest")
    on_curve = [torch.tensor([w, 1 / w], dtype=torch.float64) for w in W1]
    return {
        "hessian": hessian(two_weights, origin),
        "eigenvalues": values,
        "eigenvectors": vectors,
        "kind": classify(values),
        "kind_on_curve": classify(eigenpairs(two_weights, on_curve[0], 2, "smallest")[0]),
        "w1": W1,
        "on_curve": np.array([eigenpairs(two_weights, w, 2, "smallest")[0] for w in on_curve]),
    }


def claim(result):
    h, values = result["hessian"], result["eigenvalues"]
    assert np.allclose(h, [[0, -2], [-2, 0]]), f"expected [[0, −2], [−2, 0]], measured {h}"
    assert np.allclose(values, [-2, 2]), f"expected −2 and 2, measured {values}"
    assert result["kind"] == "saddle", f"expected a saddle, measured a {result['kind']}"
    flat, steep = result["on_curve"].T
    expected = 2 * (result["w1"] ** 2 + result["w1"] ** -2)
    assert abs(flat).max() < 1e-12, f"expected 0 along the curve, measured {abs(flat).max():.1e}"
    error = abs(steep / expected - 1).max()
    assert error < 1e-5, f"expected 2(w₁² + w₂²) across the curve, measured {error:.1e} off"


def draw(result, figure):
    left, right = plotting.panels(figure, 2, height=3.5)
    _draw_origin(result, left)
    blue, vermilion = plotting.colour("blue"), plotting.colour("vermilion")
    fine = np.geomspace(W1[0], W1[-1], 200)
    right.plot(fine, 2 * (fine**2 + fine**-2), "-", color=blue, label="$2\\,(w_1^2 + w_2^2)$")
    right.plot(fine, 0 * fine, "--", color=vermilion, label="zero: flat along the curve")
    right.plot(result["w1"], result["on_curve"][:, 1], "o", color=blue)
    right.plot(result["w1"], result["on_curve"][:, 0], "s", color=vermilion)
    right.set(xlabel="$w_1$ of the minimum $(w_1, 1/w_1)$", ylabel="eigenvalue")
    right.set(ylim=(-1.5, 22), title="on the curve of minima")
    right.legend(loc="upper right")


def _draw_origin(result, axes):
    side = np.linspace(-1, 1, 161)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    plotting.contours(axes, side, side, two_weights(grid), np.linspace(0, 4, 17))
    places = [(0.36, 0.72), (-0.34, 0.72)]  # of the two labels, clear of the arrows
    for value, vector, name, place in zip(
        result["eigenvalues"],
        result["eigenvectors"],
        ("vermilion", "blue"),
        places,
        strict=True,
    ):
        colour = plotting.colour(name)
        for sign in (1, -1):
            plotting.arrow(axes, (0, 0), sign * 0.75 * vector, color=colour)
        way = "down" if value < 0 else "up"
        text = f"$\\lambda = {value:+.0f}$\n{way}"
        plotting.label(axes, text, place, color=colour, ha="center", va="center")
    axes.set(xlabel="weight $w_1$", ylabel="weight $w_2$", aspect="equal", title="at the origin")
