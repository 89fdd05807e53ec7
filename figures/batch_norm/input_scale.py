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

from trainingtips import plotting
from trainingtips.experiments import feature_scaling as scaling
from trainingtips.normalization import standardize

# two measurements, nearly uncorrelated, one four times the other
OWN = {"data": "wines", "pair": ["color_intensity", "total_phenols"]}
SETTINGS = {
    "diabetes": {
        "data": "diabetes",
        "network": "linear",
        "optimiser": "SGD, full batch",
        "pair": ["bmi", "s6"],
    },
    "breast_cancer": {
        "data": "breast cancer",
        "network": "linear",
        "optimiser": "SGD, full batch",
        "pair": ["mean radius", "mean texture"],
    },
    "flights": {
        "data": "flights from New York",
        "network": "linear",
        "optimiser": "SGD, full batch",
        "pair": ["dep_delay", "distance"],
        "inputs": ["trainingtips/datasets/flights.npz"],
    },
    "fashion": "its features are pixels, which have one scale as they come",
}
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


def compute(*, setting=None):
    own = setting or OWN
    names, x, y = scaling.TABLES[own["data"]]()
    forms = {"raw": x, "centred": x - x.mean(0), "standardized": standardize(x)[0]}
    forms["whitened"] = scaling.whiten(x)
    pair = x[:, [names.index(each) for each in own["pair"]]]
    pairs = {"raw": pair - pair.mean(0)}
    pairs["standardized"] = standardize(pairs["raw"])[0]
    return {
        "examples": len(x),
        "features": x.shape[1],
        "deviation": dict(zip(names, x.std(0, correction=0).tolist(), strict=True)),
        "updates": UPDATES,
        "forms": {n: scaling.speed(each, y, UPDATES, TARGET, CHECKED) for n, each in forms.items()},
        "pair": {name: scaling.path(each, y, WALK) for name, each in pairs.items()},
    }


def claim(result):
    forms = result["forms"]
    raw, scaled = forms["raw"], forms["standardized"]
    high, low = raw["kappa"], scaled["kappa"]
    assert high > 1e6 * low, f"expected κ to fall by over 10⁶, measured {high:.3g} to {low:.3g}"
    many, few = raw["updates"], scaled["updates"]
    assert many > 1e5 * few, f"expected 10⁵ times the updates, measured {many:.3g} and {few:.3g}"
    centred = forms["centred"]["kappa"]
    assert centred > 1e5 * scaled["kappa"], f"expected centring alone not to do, κ = {centred:.3g}"
    assert forms["whitened"]["updates"] == 1, "expected whitened features to need one update"
    for name, form in forms.items():
        error = abs(form["descent"] - form["closed_form"])
        assert error < 1e-6, f"expected descent as in closed form, {name} differs by {error:.1e}"


ERRORS = {"x": "error of colour's weight", "y": "error of phenols' weight", "aspect": "equal"}
LIMITS = {"xlim": (0.7, 1e10), "ylim": (1e-7, 1.5)}
PANELS = {
    "units as they come": ERRORS,
    "standardized": ERRORS,
    "twelve features": {"x": "updates", "y": "share of the loss left", "log": "xy"} | LIMITS,
}
LOOKS = {
    "raw": ("blue", "raw", (8e7, 2.2e-3), "right", "-"),
    "centred": ("purple", "centred", (3e6, 3e-6), "right", "-."),
    "standardized": ("vermilion", "standardized", (25, 8e-4), "left", "--"),
    "whitened": ("green", "whitened (dotted)", (300, 2e-7), "left", ":"),
}


def draw(result, figure):
    *maps, right = plotting.panels(figure, PANELS, height=3.3, ratios=(1, 1, 1.25))
    for axes, pair in zip(maps, result["pair"].values(), strict=True):
        side = 1.35 * abs(pair["error"]).max() * np.linspace(-1, 1, 61)
        grid = np.stack(np.meshgrid(side, side), axis=-1)
        loss = 0.5 * np.einsum("abi,ij,abj->ab", grid, pair["hessian"], grid)
        plotting.contours(axes, side, side, loss, np.linspace(0, 1, 9) ** 2 * loss.max() / 2)
        plotting.path(axes, pair["error"], "vermilion")
        plotting.points(axes, 0, 0, "text", look="*")
        plotting.note(axes, f"$\\kappa$ = {pair['kappa']:.1f}", (0.05, 0.06))
    for name, (*words, look) in LOOKS.items():
        # from the start, at "update 0", which a log axis cannot show, to after the first
        updates, shares = result["updates"][::3], result["forms"][name]["excess"][::3]
        plotting.curve(right, [0.8, *updates], [1, *shares], *words, look=look)
