"""Over unit v the curvature vᵀHv runs from λ_min to λ_max exactly; random v see little of that.

A closed curve's distance from the centre is $|v^\\top H v|$ in direction $v$; arrows are
eigenvectors. Of a network's 610 weights, 10,000 random directions see a sliver of the range between
both eigenvalues.

The curves belong to three 2 × 2 Hessians; the arrows are the eigenvectors times their eigenvalues'
size. The network has made ten updates on handwritten digits; the two ends of the range are by
Lanczos.
"""

import numpy as np
import torch

from figures.critical_points.terms import UPDATES, trained
from trainingtips import plotting
from trainingtips.curvature import classify, eigenpairs, hessian
from trainingtips.statistics import student
from trainingtips.surfaces import quadratic

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
    return {
        "plane": {kind: in_the_plane(values) for kind, values in EIGENVALUES.items()},
        "network": in_a_network(loss, points[UPDATES.index(UPDATE)]),
    }


def in_the_plane(eigenvalues):
    """vᵀHv around the circle of unit v, for a Hessian with these two eigenvalues."""
    rotation = torch.tensor([[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]])
    loss = quadratic(torch.tensor(eigenvalues, dtype=torch.float64), rotation)
    origin = torch.zeros(2, dtype=torch.float64)
    h = hessian(loss, origin).numpy()
    values, vectors = eigenpairs(loss, origin)
    v = np.stack([np.cos(ANGLES), np.sin(ANGLES)])
    return {
        "kind": classify(values),
        "eigenvalues": values,
        "eigenvectors": vectors * vectors[:, :1].sign(),  # a solver may turn them round
        "curvature": np.einsum("ik,ij,jk->k", v, h, v),
    }


def in_a_network(loss, theta):
    """vᵀHv of random unit v on the network's loss at θ, and its extremes by Lanczos."""
    values, vectors = eigenpairs(loss, theta)
    h = hessian(loss, theta)
    n = len(theta)
    generator = torch.Generator().manual_seed(SEED)
    v = torch.randn(SAMPLES, n, generator=generator, dtype=theta.dtype)
    v /= v.norm(dim=1, keepdim=True)
    seen = ((v @ h) * v).sum(1).numpy()
    counts, edges = np.histogram(seen, BINS)
    spread = seen.max() - seen.min()
    return {
        "weights": n,
        "eigenvalues": values,
        "at_eigenvectors": ((vectors @ h) * vectors).sum(1),
        "seen": [seen.min(), seen.max()],
        "share_of_range": float(spread / (values[-1] - values[0])),
        "downward": int((seen < 0).sum()),
        "mean": student(seen, CONFIDENCE),
        "trace_over_n": float(h.trace() / n),
        "counts": counts,
        "edges": edges,
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
    down = network["downward"] / SAMPLES
    assert low < 0 and down < 0.01, f"expected a way down that < 1 % of directions see: {down:.2%}"
    share = network["share_of_range"]
    assert share < 0.05, f"expected random directions to see < 5 % of the range: {share:.2%}"
    mean, expected = network["mean"], network["trace_over_n"]
    assert mean.low <= expected <= mean.high, f"expected tr H / n = {expected:.5g}: {mean}"


WIDE = [["minimum", "maximum", "saddle", "key"], ["network"] * 4]
NARROW = [["minimum", "maximum"], ["saddle", "key"], ["network"] * 2]
KEY = (
    ("distance from the\ncentre: $|v^{\\mathsf{T}} H v|$", (0, 0.75), "text"),
    ("$v^{\\mathsf{T}} H v > 0$", (0, 0.4), "blue"),
    ("$v^{\\mathsf{T}} H v < 0$", (0, 0.2), "vermilion"),
)
ENDS = (("vermilion", "min", 0.02, "left"), ("blue", "max", -0.02, "right"))


def draw(result, figure):
    narrow = plotting.is_narrow(figure)
    figure.set_figheight(6.6 if narrow else 4.6)
    cells = figure.subplot_mosaic(NARROW if narrow else WIDE)
    for kind, plane in result["plane"].items():
        _draw_plane(plane, cells[kind], kind)
    cells["key"].axis("off")
    for text, at, colour in KEY:
        plotting.note(cells["key"], text, at, colour, va="center")
    _draw_network(result["network"], cells["network"])


def _draw_plane(plane, axes, kind):
    curvature, (low, high) = plane["curvature"], plane["eigenvalues"]
    around = abs(curvature) * np.stack([np.cos(ANGLES), np.sin(ANGLES)])
    for colour, part in (("blue", curvature > 0), ("vermilion", curvature <= 0)):
        plotting.curve(axes, *np.where(part, around, np.nan), colour)
    for value, vector in zip(plane["eigenvalues"], plane["eigenvectors"], strict=True):
        colour, look = "blue" if value > 0 else "vermilion", {"arrowstyle": "<|-|>"}
        plotting.arrow(axes, -value * vector, value * vector, colour, linewidth=1.5, **look)
    axes.set(aspect="equal", xlim=(-2, 2), ylim=(-2, 2))
    axes.set_title(f"{kind}\n$\\lambda = {low:.1f}$ and ${high:.1f}$")
    axes.axis("off")


def _draw_network(network, axes):
    closer, top = axes.inset_axes([0.4, 0.2, 0.45, 0.45]), 1.7 * network["counts"].max()
    for each in (axes, closer):
        form = {"fill": True, "color": plotting.colour("green")}
        each.stairs(network["counts"], network["edges"], **form)
    for value, (colour, name, aside, side) in zip(network["eigenvalues"], ENDS, strict=True):
        text, at = f"$\\lambda_{{\\mathrm{{{name}}}}} = {value:.2f}$", (value + aside, 0.9 * top)
        plotting.mark(axes, value, colour, text, at, side, look="--")
    axes.set(xlabel="curvature $v^{\\mathsf{T}} H v$ along a unit direction $v$", ylim=(0, top))
    axes.set(ylabel="directions", title="10,000 random directions of 610 weights")
    closer.set(yticks=[], xlim=(0, None), ylim=(0, None), title="the same, closer")
