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
    "At the origin, the loss has one arrow up along the falling diagonal, eigenvalue two, and one "
    "down along the rising diagonal, eigenvalue minus two. On the curve of minima one eigenvalue "
    "stays at zero and the other follows the formula, smallest at w one equal to one."
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


PANELS = {
    "at the origin": {"x": "weight $w_1$", "y": "weight $w_2$", "aspect": "equal"},
    "on the curve of minima": {
        "x": "$w_1$ of the minimum $(w_1, 1/w_1)$",
        "y": "eigenvalue",
        "ylim": (-1.5, 22),
    },
}
LOOKS = (  # of each eigenvalue: colour, way, and where it stands; name and dash of its formula
    ("vermilion", ("down", (0.36, 0.72)), ("zero: flat along the curve", "--")),
    ("blue", ("up", (-0.34, 0.72)), ("$2\\,(w_1^2 + w_2^2)$", "-")),
)


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.5)
    side, fine = np.linspace(-1, 1, 161), np.geomspace(W1[0], W1[-1], 200)
    plotting.contours(left, side, side, two_weights, np.linspace(0, 4, 17))
    found = zip(result["eigenvalues"], result["eigenvectors"], result["on_curve"].T, strict=True)
    theories = (0 * fine, 2 * (fine**2 + fine**-2))
    for (value, vector, measured), theory, look in zip(found, theories, LOOKS, strict=True):
        colour, (way, at), (formula, dash) = look
        plotting.arrow(left, -0.75 * vector, 0.75 * vector, colour, arrowstyle="<|-|>")
        plotting.label(
            left, f"$\\lambda = {value:+.0f}$\n{way}", at, colour, ha="center", va="center"
        )
        plotting.theory(right, fine, theory, colour, formula, look=dash)
        plotting.points(right, result["w1"], measured, colour)
    right.legend(loc="upper right")
