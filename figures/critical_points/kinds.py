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
from matplotlib.patches import Circle

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
OPEN_LINES = ("green", "purple", "amber"), ("-", "--", "-.")  # of the three terms
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


def draw(result, figure):
    maps, slices = _cells(figure)
    for above, below, (kind, found) in zip(maps, slices, result["clear"].items(), strict=False):
        _draw_map(above, curved(EIGENVALUES[kind]), found, kind)
        _draw_circle(above, curved(EIGENVALUES[kind]))
        for value, vector in zip(found["eigenvalues"], found["eigenvectors"], strict=True):
            _draw_slice(below, curved(EIGENVALUES[kind]), vector, _colour(value), "-")
    _label_slices(slices)
    found = result["open"]["cube"]
    _draw_map(maps[3], degenerate(lambda a: 0 * a), found, "one eigenvalue 0")
    for term, name, line in zip(TERMS.values(), *OPEN_LINES, strict=True):
        _draw_slice(
            slices[3], degenerate(term), found["eigenvectors"][0], plotting.colour(name), line
        )


def _cells(figure):
    """Four axes for maps and four for slices: below the maps, or beside them if narrow."""
    if plotting.is_narrow(figure):
        figure.set_figheight(8.6)
        maps, slices = figure.subplots(4, 2).T
    else:
        figure.set_figheight(4.3)
        maps, slices = figure.subplots(2, 4)
    for above, below in zip(maps, slices, strict=True):
        above.set(aspect="equal", xticks=[], yticks=[], xlabel="$w_1$", ylabel="$w_2$")
        below.set(xlim=(-1.05, 1.05), ylim=(-1.35, 1.35), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
        below.set(xlabel="along eigenvector")
        if below is slices[0] or plotting.is_narrow(figure):
            below.set(ylabel="loss")
    slices[3].set(xlabel="along $\\lambda = 0$")
    return maps, slices


def _draw_map(axes, loss, found, title):
    side = torch.linspace(-1, 1, 81, dtype=torch.float64)
    grid = torch.stack(torch.meshgrid(side, side, indexing="xy"), dim=-1)
    plotting.contours(axes, side, side, loss(grid), np.linspace(-2.5, 2.5, 21))
    for value, vector in zip(found["eigenvalues"], found["eigenvectors"], strict=True):
        for sign in (1, -1):
            plotting.arrow(axes, (0, 0), sign * 0.9 * vector, color=_colour(value))
    axes.set(title=title)


def _draw_circle(axes, loss):
    radius = RADII[-1]
    w = radius * torch.stack([ANGLES.cos(), ANGLES.sin()], dim=-1)
    lower = (loss(w) < 0).numpy()
    axes.add_patch(_disc(radius))
    for part, name, line in ((~lower, "blue", "-"), (lower, "vermilion", (0, (2, 1)))):
        arc = np.where(part[:, None], w, np.nan)
        axes.plot(*arc.T, linestyle=line, color=plotting.colour(name), linewidth=3, zorder=11)


def _disc(radius):
    return Circle((0, 0), radius, facecolor=plotting.colour("page"), alpha=0.75, zorder=8)


def _draw_slice(axes, loss, vector, colour, line):
    at = torch.linspace(-1, 1, 101, dtype=torch.float64)
    axes.plot(at, loss(at[:, None] * torch.as_tensor(vector)), linestyle=line, color=colour)


def _label_slices(slices):
    blue, vermilion = plotting.colour("blue"), plotting.colour("vermilion")
    middle = {"ha": "center", "va": "center"}
    plotting.label(slices[0], "$\\lambda = 1$ and $2$", (0, -0.6), color=blue, **middle)
    plotting.label(slices[1], "$\\lambda = -2$ and $-1$", (0, 0.6), color=vermilion, **middle)
    plotting.label(slices[2], "$\\lambda = 2$", (0, 0.9), color=blue, **middle)
    plotting.label(slices[2], "$\\lambda = -1.5$", (0, -1), color=vermilion, **middle)
    texts, places = ("$a^3$", "$a^4$", "$-a^4$"), ((0.45, 0.6), (-0.45, 0.6), (0.45, -0.7))
    for text, place, name in zip(texts, places, OPEN_LINES[0], strict=True):
        plotting.label(slices[3], text, place, color=plotting.colour(name), **middle)


def _colour(value):
    return plotting.colour("text" if value == 0 else "blue" if value > 0 else "vermilion")
