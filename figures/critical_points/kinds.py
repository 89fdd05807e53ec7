"""Where g = 0, the signs of the Hessian's eigenvalues decide the kind; a zero leaves it open.

Four critical points: blue is higher than the middle, vermilion lower, as on the small circle
(dashed where lower). Slices follow the eigenvectors; where one eigenvalue is zero, three losses
share one Hessian.

The losses of the minimum, the maximum and the saddle have a term of third order, too weak to matter
nearby. The Hessian with a zero eigenvalue belongs to three losses: with $a^3$, $a^4$ and $-a^4$ for
the coordinate $a$ along its flat direction, they have one way down, none and two.
"""

import numpy as np
import torch

from trainingtips import plotting
from trainingtips.experiments import surroundings as around

EIGENVALUES = {"minimum": [1.0, 2.0], "maximum": [-2.0, -1.0], "saddle": [-1.5, 2.0]}
FLAT = [0.0, 2.0]  # eigenvalues that leave the kind open
TERMS = {"cube": lambda a: a**3, "fourth": lambda a: a**4, "minus_fourth": lambda a: -(a**4)}
CUBIC = 0.2  # weight of the third-order term in the three clear cases
ROTATION = around.turned(25)
RADII = [0.01, 0.03, 0.1, 0.3]  # of the circles; the last is drawn
# what a small circle finds: the loss above its middle, below or both, and the arcs below
CLEAR = {"minimum": ("above", 0), "maximum": ("below", 0), "saddle": ("both", 2)}
OPEN = {"cube": ("both", 1), "fourth": ("above", 0), "minus_fourth": ("both", 2)}

ALT = (
    "Contour maps in blue where the loss is higher than in the middle and in vermilion where it "
    "is lower: a minimum is blue all around, a maximum vermilion, a saddle has two sides of each, "
    "a valley with a flat floor is blue on two sides with a blank strip between. Slices below "
    "them: two curves up, two down, one of each; and for the flat floor three curves, of which "
    "one rises, one falls, and one does both."
)
NUMBER = (
    "with the least eigenvalue {open.fourth.eigenvalues.0}, the loss around lies "
    "{open.fourth.around.0} the point in one case and on {open.minus_fourth.around.0} sides in "
    "another"
)


def compute():
    clear, opened = losses()
    return {
        "clear": {name: around.measured(loss, RADII) for name, loss in clear.items()},
        "open": {name: around.measured(loss, RADII) for name, loss in opened.items()},
    }


def losses():
    """The three clear losses and the three open ones, by name."""
    clear = {name: around.curved(each, ROTATION, CUBIC) for name, each in EIGENVALUES.items()}
    return clear, {name: around.degenerate(FLAT, ROTATION, term) for name, term in TERMS.items()}


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


MAP = {"xlabel": "$w_1$", "ylabel": "$w_2$", "aspect": "equal", "xticks": [], "yticks": []}
SLICE = {"ylim": (-1.35, 1.35), "xticks": [-1, 0, 1], "yticks": [-1, 0, 1]}
SIDE = torch.linspace(-1, 1, 81, dtype=torch.float64)
GRID = torch.stack(torch.meshgrid(SIDE, SIDE, indexing="xy"), dim=-1)
LEVELS = np.linspace(-1.6, 1.6, 17)  # of the maps
SLICES = (  # panel, loss, eigenvector, look
    (0, "minimum", 0, "blue", "$\\lambda = 1$ and $2$", (0, -0.7), "center"),
    (0, "minimum", 1, "blue"),
    (1, "maximum", 0, "vermilion", "$\\lambda = -2$ and $-1$", (0, 0.5), "center"),
    (1, "maximum", 1, "vermilion"),
    (2, "saddle", 0, "vermilion", "$\\lambda = -1.5$", (0, -1.1), "center"),
    (2, "saddle", 1, "blue", "$\\lambda = 2$", (0, 0.8), "center"),
    (3, "cube", 0, "green", "$a^3$", (0.45, 0.5), "center"),
    (3, "fourth", 0, "purple", "$a^4$", (-0.45, 0.5), "center"),
    (3, "minus_fourth", 0, "amber", "$-a^4$", (0.4, -0.85), "center"),
)


def draw(result, figure):
    found, clear, opened = result["clear"] | result["open"], *losses()
    maps, slices = _cells(figure)
    for axes, (name, loss) in zip(maps, clear.items(), strict=False):
        _map(axes, loss, found[name], name)
        _circle(axes, *around.circle(loss, RADII[-1]))
    flat = around.degenerate(FLAT, ROTATION, lambda a: 0 * a)
    _map(maps[3], flat, found["cube"], "one eigenvalue 0")
    for panel, name, which, *look in SLICES:
        along = SIDE[:, None] * torch.as_tensor(found[name]["eigenvectors"][which])
        plotting.curve(slices[panel], SIDE, (clear | opened)[name](along), *look)


def _cells(figure):
    """Four axes for maps and four for slices: below the maps, or beside them if narrow."""
    narrow = plotting.is_narrow(figure)
    figure.set_figheight(8.6 if narrow else 4.3)
    maps, slices = figure.subplots(4, 2).T if narrow else figure.subplots(2, 4)
    for number, (above, below) in enumerate(zip(maps, slices, strict=True)):
        above.set(**MAP)
        below.set(xlabel="along $\\lambda = 0$" if number == 3 else "along eigenvector", **SLICE)
        below.set(ylabel="loss" if narrow or not number else "")
    return maps, slices


def _map(axes, loss, found, title):
    plotting.contours(axes, SIDE, SIDE, loss(GRID), LEVELS, signed=True)
    for value, vector in zip(found["eigenvalues"], found["eigenvectors"], strict=True):
        for sign in (1, -1):
            plotting.arrow(axes, (0, 0), sign * 0.9 * vector, "muted" if value == 0 else "text")
    axes.set(title=title)


def _circle(axes, w, lower):
    for part, name, line in ((~lower, "blue", "-"), (lower, "vermilion", (0, (2, 1)))):
        arc = np.where(part[:, None], w, np.nan)
        axes.plot(*arc.T, linestyle=line, color=plotting.colour(name), linewidth=3, zorder=11)
