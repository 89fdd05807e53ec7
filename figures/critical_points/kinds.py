"""Where g = 0, the signs of the Hessian's eigenvalues decide the kind; a zero leaves it open.

Four critical points: on a small circle the loss is higher (blue) or lower (vermilion, dashed) than
in the middle. Slices follow the eigenvectors; where one eigenvalue is zero, three losses share one
Hessian.

The losses of the minimum, the maximum and the saddle have a term of third order, too weak to matter
nearby. The Hessian with a zero eigenvalue belongs to three losses: with $a^3$, $a^4$ and $-a^4$ for
the coordinate $a$ along its flat direction, they have one way down, none and two.
"""

import numpy as np
import torch

from trainingtips import plotting
from trainingtips.curvature import classify, eigenpairs, gradient
from trainingtips.surfaces import monkey_saddle, quadratic

EIGENVALUES = {"minimum": [1.0, 2.0], "maximum": [-2.0, -1.0], "saddle": [-1.5, 2.0]}
FLAT = [0.0, 2.0]  # eigenvalues that leave the kind open
TERMS = {"cube": lambda a: a**3, "fourth": lambda a: a**4, "minus_fourth": lambda a: -(a**4)}
CUBIC = 0.2  # weight of the third-order term in the three clear cases
COS, SIN = np.cos(np.radians(25)), np.sin(np.radians(25))
ROTATION = torch.tensor([[COS, -SIN], [SIN, COS]], dtype=torch.float64)  # eigenvectors: columns
RADII = [0.01, 0.03, 0.1, 0.3]  # of the circles; the last is drawn
ANGLES = torch.linspace(0, 2 * np.pi, 14_401, dtype=torch.float64)[:-1]
# what a small circle finds: the loss above its middle, below or both, and the arcs below
CLEAR = {"minimum": ("above", 0), "maximum": ("below", 0), "saddle": ("both", 2)}
OPEN = {"cube": ("both", 1), "fourth": ("above", 0), "minus_fourth": ("both", 2)}

ALT = (
    "Contour maps of a minimum, a maximum, a saddle and a valley with a flat floor, each with a "
    "circle whose colour tells where the loss is higher or lower than in the middle. Slices below "
    "them: two curves up, two down, one of each; and for the flat floor three curves, of which one "
    "rises, one falls, and one does both."
)
NUMBER = (
    "with the least eigenvalue {open.fourth.eigenvalues.0}, the loss around lies "
    "{open.fourth.around.0} the point in one case and on {open.minus_fourth.around.0} sides in "
    "another"
)


def compute():
    clear = {kind: measured(curved(values)) for kind, values in EIGENVALUES.items()}
    opened = {name: measured(degenerate(term)) for name, term in TERMS.items()}
    return {"clear": clear, "open": opened}


def curved(eigenvalues):
    """A loss that is critical at the origin, with these eigenvalues and a third-order term."""
    values = torch.tensor(eigenvalues, dtype=torch.float64)
    bowl = quadratic(values, ROTATION)
    return lambda w: bowl(w) + CUBIC * monkey_saddle(w)


def degenerate(term):
    """The loss ½·2·b² + term(a), with a along the flat eigenvector and b across it."""
    valley = quadratic(torch.tensor(FLAT, dtype=torch.float64), ROTATION)
    return lambda w: valley(w) + term((w @ ROTATION)[..., 0])


def measured(loss):
    """What the derivatives at the origin say, and what the loss around it does."""
    origin = torch.zeros(2, dtype=torch.float64)
    values, vectors = eigenpairs(loss, origin)
    around = [on_circle(loss, radius) for radius in RADII]
    return {
        "gradient_norm": float(gradient(loss, origin).norm()),
        "eigenvalues": values,
        "eigenvectors": vectors * vectors[:, :1].sign(),  # a solver may turn them round
        "kind": classify(values),
        "around": [side for side, _ in around],
        "ways_down": [ways for _, ways in around],
    }


def on_circle(loss, radius):
    """Where the loss on a circle lies against that in its middle, and the arcs where it is lower.

    ("above" | "below" | "both", arcs); it takes no derivative.
    """
    w = radius * torch.stack([ANGLES.cos(), ANGLES.sin()], dim=-1)
    lower = (loss(w) < loss(torch.zeros(2, dtype=torch.float64))).numpy()
    side = "both" if lower.any() and not lower.all() else "below" if lower.all() else "above"
    return side, int((lower & ~np.roll(lower, 1)).sum())


def claim(result):
    for kind, found in result["clear"].items():
        assert found["kind"] == kind, f"expected a {kind} by its signs, measured {found['kind']}"
        _check(kind, found, *CLEAR[kind])
    for name, found in result["open"].items():
        assert found["kind"] == "degenerate", f"expected {name} open, measured {found['kind']}"
        same = np.allclose(found["eigenvalues"], FLAT)
        assert same, f"expected the eigenvalues {FLAT}, measured {found['eigenvalues']}"
        _check(name, found, *OPEN[name])


def _check(name, found, side, ways):
    norm = found["gradient_norm"]
    assert norm < 1e-12, f"expected a zero gradient at the {name}, measured {norm:.1e}"
    assert set(found["around"]) == {side}, f"{name}: expected {side}, measured {found['around']}"
    ways_down = set(found["ways_down"])
    assert ways_down == {ways}, f"{name}: expected {ways} ways down, measured {ways_down}"


SLICES = {  # along the two eigenvectors: what is written at them, and where
    "minimum": ((r"$\lambda = 1$ and $2$", (0, -0.7)), ()),
    "maximum": ((r"$\lambda = -2$ and $-1$", (0, 0.5)), ()),
    "saddle": ((r"$\lambda = -1.5$", (0, -1.1)), (r"$\lambda = 2$", (0, 0.8))),
}
OPEN_SLICES = {  # along the flat direction: colour, name, and where it stands
    "cube": ("green", "$a^3$", (0.45, 0.5)),
    "fourth": ("purple", "$a^4$", (-0.45, 0.5)),
    "minus_fourth": ("amber", "$-a^4$", (0.45, -0.8)),
}


def draw(result, figure):
    maps, slices = _cells(figure)
    for above, below, (kind, found) in zip(maps, slices, result["clear"].items(), strict=False):
        loss = curved(EIGENVALUES[kind])
        _draw_map(above, loss, found, kind)
        _draw_circle(above, loss)
        for (colour, vector), words in zip(_eigenvectors(found), SLICES[kind], strict=True):
            _draw_slice(below, loss, vector, colour, *words)
    flat = result["open"]["cube"]
    _draw_map(maps[3], degenerate(lambda a: 0 * a), flat, "one eigenvalue 0")
    for name, look in OPEN_SLICES.items():
        _draw_slice(slices[3], degenerate(TERMS[name]), flat["eigenvectors"][0], *look)


def _cells(figure):
    """Four axes for maps and four for slices: below the maps, or beside them if narrow."""
    narrow = plotting.is_narrow(figure)
    figure.set_figheight(8.6 if narrow else 4.3)
    maps, slices = figure.subplots(4, 2).T if narrow else figure.subplots(2, 4)
    for above, below in zip(maps, slices, strict=True):
        above.set(aspect="equal", xticks=[], yticks=[], xlabel="$w_1$", ylabel="$w_2$")
        below.set(xlim=(-1.05, 1.05), ylim=(-1.35, 1.35), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
        below.set(xlabel="along eigenvector", ylabel="loss" if narrow or below is slices[0] else "")
    slices[3].set(xlabel=r"along $\lambda = 0$")
    return maps, slices


def _eigenvectors(found):
    """(colour, vector) of each: up, down or level."""
    colours = {-1: "vermilion", 0: "text", 1: "blue"}
    pairs = zip(np.sign(found["eigenvalues"]), found["eigenvectors"], strict=True)
    return [(colours[sign], vector) for sign, vector in pairs]


def _draw_map(axes, loss, found, title):
    side, levels = np.linspace(-1, 1, 81), np.linspace(-2.5, 2.5, 21)
    plotting.contours(axes, side, side, lambda w: loss(torch.from_numpy(w)), levels)
    for colour, vector in _eigenvectors(found):
        plotting.arrow(axes, -0.9 * vector, 0.9 * vector, colour, arrowstyle="<|-|>")
    axes.set_title(title)


def _draw_circle(axes, loss):
    w = RADII[-1] * torch.stack([ANGLES.cos(), ANGLES.sin()], dim=-1)
    lower = (loss(w) < 0)[:, None].numpy()
    axes.fill(*w.T, color=plotting.colour("page"), alpha=0.75, zorder=8)
    for part, name, line in ((~lower, "blue", "-"), (lower, "vermilion", (0, (2, 1)))):
        form = {"color": plotting.colour(name), "linestyle": line, "linewidth": 3}
        axes.plot(*np.where(part, w, np.nan).T, zorder=11, **form)


def _draw_slice(axes, loss, vector, colour, text="", at=None):
    along = torch.linspace(-1, 1, 101, dtype=torch.float64)
    losses = loss(along[:, None] * torch.as_tensor(vector))
    plotting.curve(axes, along, losses, colour, text, at, "center")
