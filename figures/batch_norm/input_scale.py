"""Features of unequal scale make descent slow; centred and scaled, they cost far fewer updates.

Thirty updates over two weights of a least-squares fit to wines, in units as they come and
standardized. With all twelve features, what is left of the loss against updates, each at its best
rate.

Least squares with an offset: the alcohol of 178 wines from their other twelve measurements, in the
laboratory's units (proline some 750 mg/l, phenols below 1). The loss is a quadratic, so all that
counts for gradient descent is the condition number κ = λ_max / λ_min of its Hessian xᵀx / N. The
maps show two of the measurements: the loss over their two weights, and the path from the same
start, at the best rate 2 / (λ_min + λ_max). The curves are the excess loss L − L_min as a share of
its start, in closed form from the eigenvalues.
"""

import numpy as np
import torch
from sklearn.datasets import load_wine

from trainingtips import plotting
from trainingtips.normalization import condition_number, standardize

PAIR = ("color_intensity", "total_phenols")  # nearly uncorrelated, one four times the other
UPDATES = np.geomspace(1, 1e10, 400)
TARGET = 1e-6  # of the excess loss at the start
WALK, CHECKED = 30, 2000  # updates of the paths in the picture, and of the descent that checks

ALT = (
    "In units as they come, a narrow valley in which the path of descent jumps from wall to wall. "
    "The same two features standardized: round contours, and the path is in the middle after a "
    "step or two. Twelve features, on log axes, the loss against updates: standardized and "
    "whitened ones are done millions of updates before the raw ones."
)
NUMBER = (
    "updates needed: {forms.raw.updates | scientific(2)} on raw features, "
    "{forms.standardized.updates | digits(2)} on scaled ones"
)


def compute():
    names, x, y = wines()
    scaled = standardize(x)[0]
    forms = {
        "raw": x,
        "centred": x - x.mean(0),
        "standardized": scaled,
        "whitened": whiten(x),
    }
    pair = x[:, [names.index(each) for each in PAIR]]
    pair = pair - pair.mean(0)
    return {
        "examples": len(x),
        "features": x.shape[1],
        "deviation": dict(zip(names, x.std(0, correction=0).tolist(), strict=True)),
        "updates": UPDATES,
        "forms": {name: measure(each, y) for name, each in forms.items()},
        "pair": {
            "raw": path(pair, y),
            "standardized": path(standardize(pair)[0], y),
        },
    }


def wines():
    """(names, x, y): twelve measurements, (178, 12), and the alcohol in percent, (178,)."""
    wine = load_wine()
    at = wine.feature_names.index("alcohol")
    names = [name for i, name in enumerate(wine.feature_names) if i != at]
    data = torch.from_numpy(wine.data)
    return names, data[:, [wine.feature_names.index(name) for name in names]], data[:, at]


def whiten(x):
    """x, centred, in its principal axes and scaled there: covariance 1, (N, d)."""
    centred = x - x.mean(0)
    eigenvalues, axes = torch.linalg.eigh(centred.T @ centred / len(x))
    return centred @ axes / eigenvalues.sqrt()


def measure(x, y):
    """κ, the excess loss at `UPDATES` by closed form, updates to `TARGET`, and a real descent."""
    x = torch.cat([x, torch.ones_like(x[:, :1])], 1)
    eigenvalues, axes = torch.linalg.eigh(x.T @ x / len(x))
    minimum = torch.linalg.lstsq(x, y[:, None]).solution[:, 0]
    rate = 2 / (eigenvalues[0] + eigenvalues[-1])
    start = (axes.T @ -minimum).numpy()  # the error of w = 0, in the Hessian's axes
    weights = eigenvalues.numpy() * start**2
    kept = (1 - float(rate) * eigenvalues.numpy()) ** 2  # of each axis's share, per update

    def excess(updates):
        return (weights * kept ** np.asarray(updates)[..., None]).sum(-1) / weights.sum()

    grid = np.geomspace(1, 1e10, 200_001)
    return {
        "kappa": condition_number(x),
        "excess": np.maximum(excess(UPDATES), 1e-12),
        "updates": float(grid[np.argmax(excess(grid) <= TARGET)]),
        "descent": descend(x, y, minimum, float(rate)),
        "closed_form": float(excess(CHECKED)),
    }


def descend(x, y, minimum, rate):
    """Excess loss, as a share of its start, after `CHECKED` updates made one by one from w = 0."""
    w = torch.zeros_like(minimum)
    for _ in range(CHECKED):
        w = w - rate * x.T @ (x @ w - y) / len(x)
    return float(((x @ (w - minimum)) ** 2).sum() / ((x @ minimum) ** 2).sum())


def path(x, y):
    """Two centred features: Hessian, minimum, and the path from a fixed start, (WALK + 1, 2)."""
    hessian = x.T @ x / len(x)
    minimum = torch.linalg.solve(hessian, x.T @ (y - y.mean()) / len(x))
    eigenvalues = torch.linalg.eigvalsh(hessian)
    rate = 2 / (eigenvalues[0] + eigenvalues[-1])
    # the same start in both pictures, as errors of the two weights measured in outputs
    w = minimum + torch.tensor([0.8, 0.8], dtype=x.dtype) / x.std(0, correction=0)
    points = [w]
    for _ in range(WALK):
        w = w - rate * (hessian @ (w - minimum))
        points.append(w)
    scale = x.std(0, correction=0).numpy()
    return {
        "kappa": condition_number(x),
        "hessian": hessian,
        "error": (torch.stack(points) - minimum).numpy(),
        "scale": scale,
    }


def claim(result):
    forms = result["forms"]
    raw, scaled = forms["raw"], forms["standardized"]
    assert raw["kappa"] > 1e6 * scaled["kappa"], (
        f"expected κ to fall by more than 10⁶, measured {raw['kappa']:.3g} to {scaled['kappa']:.3g}"
    )
    assert raw["updates"] > 1e5 * scaled["updates"], (
        f"expected 10⁵ times as many updates on raw features, measured {raw['updates']:.3g} "
        f"against {scaled['updates']:.3g}"
    )
    centred = forms["centred"]["kappa"]
    assert centred > 1e5 * scaled["kappa"], f"expected centring alone not to do, κ = {centred:.3g}"
    assert forms["whitened"]["updates"] == 1, "expected whitened features to need one update"
    for name, form in forms.items():
        error = abs(form["descent"] - form["closed_form"])
        assert error < 1e-6, f"expected descent as in closed form, {name} differs by {error:.1e}"


ERRORS = {"x": "error of colour's weight", "y": "error of phenols' weight", "aspect": "equal"}
PANELS = {
    "units as they come": ERRORS,
    "standardized": ERRORS,
    "twelve features": {
        "xlim": (0.7, 1e10),
        "x": "updates",
        "ylim": (1e-7, 1.5),
        "y": "share of the loss left",
        "log": "xy",
    },
}
LOOKS = {  # colour, name, and where it stands
    "raw": ("blue", "raw", (8e7, 2.2e-3), "right"),
    "centred": ("purple", "centred", (3e6, 3e-6), "right"),
    "standardized": ("vermilion", "standardized", (25, 8e-4)),
    "whitened": ("green", "whitened:\none update", (300, 1.8e-7)),
}


def draw(result, figure):
    *maps, right = plotting.panels(figure, PANELS, height=3.3, ratios=(1, 1, 1.25))
    for axes, name in zip(maps, ("raw", "standardized"), strict=True):
        _draw_map(axes, result["pair"][name])
    for name, look in LOOKS.items():
        # from the start, at "update 0", which a log axis cannot show, to after the first
        excess = [1, *result["forms"][name]["excess"]]
        plotting.curve(right, [0.8, *result["updates"]], excess, *look)


def _draw_map(axes, pair):
    reach = 1.35 * abs(pair["error"]).max()
    side, corners = np.linspace(-reach, reach, 61), reach * np.array([[1, 1], [1, -1]])

    def loss(w):
        return 0.5 * np.einsum("...i,ij,...j", w, pair["hessian"], w)

    plotting.contours(axes, side, side, loss, np.linspace(0, 1, 9) ** 2 * loss(corners).max() / 2)
    plotting.path(axes, pair["error"], "vermilion")
    plotting.points(axes, 0, 0, "text", look="*")
    plotting.note(axes, f"$\\kappa$ = {pair['kappa']:.1f}", (0.05, 0.06))
