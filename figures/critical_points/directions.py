"""Over unit v the curvature vᵀHv runs from λ_min to λ_max exactly; random v see little of that.

A closed curve's distance from the centre is $|v^\\top H v|$ in direction $v$; arrows are
eigenvectors. Of a network's 610 weights, 10,000 random directions see a sliver of the range between
both eigenvalues.

The curves belong to three 2 × 2 Hessians; the arrows are the eigenvectors times their eigenvalues'
size. The network has made ten updates on handwritten digits; the two ends of the range are by
Lanczos.
"""

import numpy as np

from figures.critical_points.terms import UPDATES, trained
from trainingtips import plotting
from trainingtips.experiments.curvature_slices import in_network, in_plane

EIGENVALUES = {"minimum": [0.6, 1.8], "maximum": [-1.8, -0.6], "saddle": [-1.2, 1.8]}
TURN = np.radians(30)  # of the eigenvectors against the axes
ANGLES = np.linspace(0, 2 * np.pi, 361)  # one of them is TURN
UPDATE, SAMPLES, SEED, BINS = 10, 10_000, 1, 60
CONFIDENCE = 0.999  # of the interval that must hold tr H / n

ALT = (
    "Three closed curves around a centre. For the minimum and the maximum all of the curve has one "
    "sign, for the saddle two lobes are positive and two negative; their ends lie on the "
    "eigenvectors. Below, a network's directions: a narrow spike just right of zero within a far "
    "wider range, from the smallest to the largest eigenvalue."
)
NUMBER = (
    "share of the range of curvatures that {network.mean.n} random directions see: "
    "{network.share_of_range | percent(1)}"
)


def compute():
    loss, points = trained()
    theta = points[UPDATES.index(UPDATE)]
    return {
        "plane": {kind: in_plane(values, TURN, ANGLES) for kind, values in EIGENVALUES.items()},
        "network": in_network(loss, theta, SAMPLES, BINS, CONFIDENCE, SEED),
    }


def claim(result):
    for kind, plane in result["plane"].items():
        low, high = plane["eigenvalues"]
        ends = plane["curvature"].min(), plane["curvature"].max()
        close = np.allclose(ends, (low, high), atol=1e-4)
        assert close, f"expected the extremes {low} and {high}, measured {ends}"
        assert plane["kind"] == kind, f"expected a {kind}, measured a {plane['kind']}"
    network = result["network"]
    (low, high), (least, most) = network["eigenvalues"], network["seen"]
    inside = low <= least and most <= high
    assert inside, f"expected all within {low:.4g} … {high:.4g}, measured {least:.4g} … {most:.4g}"
    reached = network["at_eigenvectors"]
    assert np.allclose(reached, (low, high), rtol=1e-4), f"expected {low}, {high}: {reached}"
    down = network["down"]
    assert low < 0 and down.high < 0.01, f"expected a way down that < 1 % of directions see: {down}"
    share = network["share_of_range"]
    assert share < 0.05, f"expected random directions to see < 5 % of the range: {share:.2%}"
    mean, expected = network["mean"], network["trace_over_n"]
    assert mean.low <= expected <= mean.high, f"expected tr H / n = {expected:.5g}: {mean}"


PLANE = {"aspect": "equal", "xlim": (-2, 2), "ylim": (-2, 2), "xticks": [], "yticks": []}
NETWORK = {
    "title": "10,000 random directions of 610 weights",
    "xlabel": r"curvature $v^{\mathsf{T}} H v$ along a unit direction $v$",
    "ylabel": "directions",
}
KEY = {
    "distance from the\ncentre: $|v^{\\mathsf{T}} H v|$": (0.65, "text"),
    r"$v^{\mathsf{T}} H v > 0$": (0.4, "blue"),
    r"$v^{\mathsf{T}} H v < 0$": (0.2, "vermilion"),
}
ENDS = (("vermilion", "min", 0.02, "left"), ("blue", "max", -0.02, "right"))


def draw(result, figure):
    cells = _cells(figure)
    for kind, plane in result["plane"].items():
        _plane(cells[kind], **plane)
    cells["key"].axis("off")
    for text, (height, colour) in KEY.items():
        plotting.note(cells["key"], text, (0, height), colour)
    axes, network = cells["network"], result["network"]
    top = 1.7 * network["counts"].max()
    for value, (colour, name, aside, align) in zip(network["eigenvalues"], ENDS, strict=True):
        text = f"$\\lambda_{{\\mathrm{{{name}}}}} = {value:.2f}$"
        plotting.mark(axes, value, colour, text, (value + aside, 0.88 * top), align, "--")
    axes.set(ylim=(0, top), **NETWORK)
    closer = axes.inset_axes([0.4, 0.2, 0.45, 0.45])
    for each in (axes, closer):
        green = plotting.colour("green")
        each.stairs(network["counts"], network["edges"], fill=True, color=green)
    closer.set(yticks=[], xlim=(0, None), ylim=(0, None), title="the same, closer")


def _cells(figure):
    """Axes by name: the planes and the key above the network's, in two rows where narrow."""
    *kinds, last = EIGENVALUES
    narrow = plotting.is_narrow(figure)
    figure.set_figheight(6.6 if narrow else 4.6)
    rows = [kinds, [last, "key"]] if narrow else [[*kinds, last, "key"]]
    heights = [1] * len(rows) + [1.2 if narrow else 1.1]
    return figure.subplot_mosaic([*rows, ["network"] * len(rows[0])], height_ratios=heights)


def _plane(axes, kind, eigenvalues, eigenvectors, curvature):
    across = np.stack([np.cos(ANGLES), np.sin(ANGLES)])
    for part, colour in ((curvature > 0, "blue"), (curvature <= 0, "vermilion")):
        shown = np.where(part, abs(curvature) * across, np.nan)
        axes.plot(*shown, "-", color=plotting.colour(colour))
    for value, vector in zip(eigenvalues, eigenvectors, strict=True):
        for sign in (1, -1):
            colour = "blue" if value > 0 else "vermilion"
            plotting.arrow(axes, (0, 0), sign * abs(value) * vector, colour, linewidth=1.5)
    low, high = eigenvalues
    axes.set(title=f"{kind}\n$\\lambda = {low:.1f}$ and ${high:.1f}$", **PLANE)
    axes.spines[:].set_visible(False)
