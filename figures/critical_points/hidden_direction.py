"""A fifth of negative eigenvalues hides from most random 2-D slices, as long as they are small.

One saddle in two slices, vermilion below it. All saddles: of 2,000 random slices, the share that
looks like a minimum; hollow, planes that training chose. With negative eigenvalues enlarged, the
index stays and slices open, most at a trace of zero (dotted).

At saddles of small networks (see `minimum_ratio`). A random slice is the span of two random
orthonormal directions P (n × 2); it looks like a minimum where both eigenvalues of PᵀHP are
positive. It depends on the eigenvalues alone. Theory for one direction: vᵀHv > 0 is Σ λᵢ zᵢ² > 0
for independent standard normal zᵢ, whose chance Imhof's integral gives (Biometrika 48, 1961).

That slices look closed is no property of the index, but of sizes: trained networks have few large
positive eigenvalues and many small negative ones. Let the negative ones grow, as they do in other
units of the weights, and the index stays what it is, but most slices show the way down once the
trace is zero.

Planes of the training path (toward its start and its end; its two leading principal directions) are
chosen by training, not at random. The loss itself, on circles in some of the random slices, says
the same as the Hessian.
"""

import numpy as np

from trainingtips import chance, plotting
from trainingtips.experiments.curvature_slices import hiding, random_plane, saddle
from trainingtips.statistics import proportion, share

SETTINGS = {
    "fashion": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron, tanh",
        "optimiser": "Adam, full batch",
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "random_labels": {
        "data": "digits, labels at random",
        "network": "perceptron, tanh",
        "optimiser": "Adam, full batch",
    },
    "cnn": "the search wants the whole Hessian of a small network, which has a closed form here",
}
DRAWS, SEED = 2000, 0  # random slices of each saddle
ZERO = 1e-6  # |λ| that counts as zero, times the largest
BOUND = 0.2  # index up to which the claim is made
WEIGHTS = np.geomspace(0.03, 30, 13)  # of the negative eigenvalues against the positive; has 1
BALANCED = 6  # place of weight 1, a trace of zero
VERDICT = "regime"
ILLUSTRATION = ("random_plane",)  # one of the slices
COLOURS = {"squared error": "blue", "cross-entropy": "vermilion"}

ALT = (
    "One saddle: the map of a random slice is blue all around, a bowl; on the slice along its way"
    " out two sides are vermilion, below. All saddles: the share of random slices that look like "
    "a minimum, against that of negative eigenvalues, is one up to a quarter and between 0.4 and "
    "0.95 near 0.3. Of the open marks, for a plane of the training path, nearly all up to 0.2 lie"
    " at the top, nearly all from a quarter on at the bottom. With the negative eigenvalues "
    "enlarged, the share of closed slices falls from one to nearly zero."
)
NUMBER = (
    "least share of closed slices among {below} saddles with an index up to {bound | percent(0)}: "
    "{least_below | interval(0, share=True)}"
)


def compute(points, *, setting=None):
    rng, penalty = chance.rng(SEED), points["penalty"]
    settings = points["settings"]
    # points that training of several seeds led to count once
    found = {
        (setting["width"], round(each["loss"], 7)): (setting["kind"], each)
        for setting in settings
        for each in setting["saddles"]
    }
    saddles = [
        {"kind": kind} | saddle(each["eigenvalues"], each["path"], penalty, DRAWS, ZERO, rng)
        for kind, each in found.values()
    ]
    columns = {name: [each[name] for each in saddles] for name in saddles[0]}
    array = {name: np.array(column) for name, column in columns.items()}
    index, plane = array["index"], array["plane"]
    below = index <= BOUND
    nearest = int(np.argmin(abs(index - BOUND)))
    hiders = [
        each["eigenvalues"] for (_, each), low in zip(found.values(), below, strict=True) if low
    ]
    hidden = hiding(hiders, WEIGHTS, DRAWS, rng)
    circles = [each["circles"] for _, each in found.values()]
    shown = list(found.values())[nearest][1]["eigenvalues"]
    return columns | {
        "count": len(saddles),
        "draws": DRAWS,
        "bound": BOUND,
        "below": int(below.sum()),
        "mostly_below": share(plane[below] > 0.5),  # over saddles: another processor finds others
        "least_below": _share(plane[below].min()),
        "least_plain_below": _share(array["plane_plain"][below].min()),
        "all_closed_to": float(index[index < np.min(index[plane < 1], initial=1)].max()),
        "highest_index": float(index.max()),
        "at_highest": _share(plane[index.argmax()]),
        "path_below": share(array["path_plane"][below]),
        "path_above": share(array["path_plane"][~below]),
        "leading_below": share(array["leading_plane"][below]),
        "leading_above": share(array["leading_plane"][~below]),
        "largest_z": float(max(map(abs, columns["line_z"]))),
        "weights": WEIGHTS,
        "weighed": np.quantile(hidden["shares"], (0, 0.5, 1), axis=0),
        "balanced": _share(hidden["shares"][:, BALANCED].max()),  # the saddle that hides most
        "largest_weight": float(hidden["weights"].max()),
        "eigenvalues": shown,
        "random_plane": random_plane(shown, rng),
        "eigenvalues_index": float(index[nearest]),
        "radii": points["radii"],
        "circle_slices": points["slices"] * len(circles),
        "disagree": np.sum([each["disagree"] for each in circles], axis=0),
    }


def _share(found):
    """A share of the random slices, with Clopper and Pearson's interval."""
    return proportion(round(found * DRAWS), DRAWS, method="exact")


def claim(result):
    least, bound, below = result["least_below"], result["bound"], result["below"]
    assert below >= 32, f"expected 32 saddles with an index up to {bound}, measured {below}"
    assert least.low > 0.5, f"expected most slices closed up to an index of {bound}: {least}"
    plain = result["least_plain_below"]
    assert plain.low > 0.5, f"expected the same without the penalty, measured {plain}"
    small = result["largest_weight"]
    assert small < 0.2, f"expected negative eigenvalues to be small, measured {small} of the others"
    balanced, ends = result["balanced"], result["weighed"][:, -1]
    assert balanced.high < 0.5, f"expected most slices open at a trace of zero: {balanced}"
    assert ends.max() < 0.1, f"expected nearly all slices open at a weight of 30: {ends}"
    z = result["largest_z"]
    assert z < 4, f"expected Imhof's chance within 4 standard errors, measured {z:.1f}"
    wrong = result["disagree"] / result["circle_slices"]
    assert wrong[0] < 0.005, f"expected the loss to agree on small circles, measured {wrong[0]}"


SEEN = {"x": "along the slice", "y": "across", "aspect": "equal", "xticks": [0], "yticks": [0]}
CLOSED = {"y": "share that looks like a minimum", "ylim": (-0.12, 1.06)}
PANELS = {
    "one saddle, a random slice": SEEN,
    "the same saddle, its way out": SEEN,
    "all saddles": CLOSED | {"x": "negative / all eigenvalues"},
    "same index": CLOSED | {"x": r"$\sum|\lambda_-|\;/\;\sum\lambda_+$", "log": "x"},
}
SIDE, LEVELS = np.linspace(-1, 1, 61), np.linspace(-0.5, 0.5, 21)


def draw(result, figure):
    bowl, way, left, last = plotting.panels(figure, PANELS, height=3.5, columns=2)
    values, index = np.sort(result["eigenvalues"]), np.array(result["index"])
    like = values[abs(values + values[0]).argmin()]  # curved upward as the way out is downward
    slice_(bowl, result["random_plane"], "blue", "up all around")
    slice_(way, np.diag([like, values[0]]), "vermilion", f"down: $\\lambda = {values[0]:.2f}$")
    for kind, colour in COLOURS.items():
        these = np.array(result["kind"]) == kind
        planes = np.array(result["plane"])[these]
        plotting.points(left, index[these], planes, colour, f"random plane, {kind}")
    path = np.array(result["path_plane"], dtype=float) - 0.06
    text, look = "path plane: yes (top) or no", {"look": "D", "hollow": True}
    plotting.points(left, index, path, "muted", text, **look)
    left.containers[-1][0].set_markersize(4)
    left.legend(loc="lower left", handletextpad=0.2, bbox_to_anchor=(0, 0.12))
    low, middle, high = result["weighed"]
    plotting.curve(last, result["weights"], middle, "text", between=(low, high))
    plotting.mark(last, 1)


def slice_(axes, h, colour, text):
    """½ wᵀhw over a plane's two coordinates."""
    plotting.contours(axes, SIDE, SIDE, lambda w: 0.5 * ((w @ h) * w).sum(-1), LEVELS, signed=True)
    plotting.label(axes, text, (0, 0.78), colour, ha="center")
