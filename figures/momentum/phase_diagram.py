"""On a quadratic, momentum converges if and only if 0 < ηλ < 2 + 2β; without it the edge is 2.

The error kept per update: dark is fast, pale no progress, and beyond the solid line it grows. On
the dashed curve momentum is best. Four cuts: points on theory.

Measured by iterating over a grid of 150 × 64 pairs. The solid line is ηλ = 2 + 2β. On the dashed
curve, β = (1 − √(ηλ))², the two roots of the iteration meet: for each step that momentum is best.
The cuts are at four β, measured (points) on the exact spectral radius (lines): a floor √β between
two walls.
"""

import numpy as np

from trainingtips import momentum, plotting

COLUMNS, ROWS, WIDEST = 150, 64, 4.5
STEPS = (np.arange(COLUMNS) + 0.5) * WIDEST / COLUMNS  # ηλ, centres of the cells
BETAS = (np.arange(ROWS) + 0.5) / ROWS
CUTS = (0.0, 0.3, 0.6, 0.9)
CUT_STEPS = np.linspace(0.05, 4.25, 43)
UPDATES = 4000

ALT = (
    "Left, a map of the error kept per update over the step and the momentum: fast around step "
    "one and small momentum, slow along the edges; the unstable region lies right of a straight "
    "line from step 2 at no momentum to step 4 at momentum one. A dashed curve touches step one. "
    "Right, four cuts: measured points on theory's lines, each a flat floor between steep walls."
)
NUMBER = (
    "largest difference between rate and spectral radius, {updates} updates: {largest_error | "
    "decimals(4)}"
)


def compute():
    rates = momentum.measured_rate(STEPS[None, :, None], BETAS[:, None], UPDATES)
    cuts = np.array(CUTS)[:, None]
    exact = momentum.radius(STEPS, BETAS[:, None])
    return {
        "steps": STEPS,
        "betas": BETAS,
        "updates": UPDATES,
        "rates": rates.round(4),  # as far as the iteration itself is good
        "largest_error": float(abs(rates - exact).max()),
        "edge": [edge(row) for row in rates],
        "best_beta": [float(BETAS[column.argmin()]) for column in rates.T],
        "cuts": CUTS,
        "cut_steps": CUT_STEPS,
        "cut_rates": momentum.measured_rate(CUT_STEPS[None, :, None], cuts, UPDATES),
    }


def edge(rates):
    """The first ηλ of the grid at which the error does not shrink; the grid's end if none."""
    return float(STEPS[(rates >= 1).argmax()]) if (rates >= 1).any() else WIDEST


def claim(result):
    steps, betas = result["steps"], result["betas"]
    error = result["largest_error"]
    assert error < 0.003, f"expected the spectral radius everywhere, measured {error:.4f} off"
    cell = steps[1] - steps[0]
    past = result["edge"] - (2 + 2 * betas)
    message = f"expected the edge at 2 + 2β, measured {past.min():.3f} to {past.max():.3f} past it"
    assert (past > -1e-9).all() and (past < cell).all(), message
    inside = steps < 3.9  # the best momentum there is below one
    best = (1 - np.sqrt(steps[inside])) ** 2
    error = abs(np.array(result["best_beta"])[inside] - best).max()
    grid = betas[1] - betas[0]
    assert error < 2 * grid, f"expected the best β at (1 − √(ηλ))², measured {error:.3f} off"
    exact = momentum.radius(result["cut_steps"], np.array(result["cuts"])[:, None])
    error = abs(result["cut_rates"] - exact).max()
    assert error < 0.003, f"expected the cuts on theory, measured {error:.4f} off"


def draw(result, figure):
    titles = ["error kept per update, measured", "points on the exact radius"]
    left, right = plotting.panels(figure, titles, height=3.7, ratios=[1.15, 1])
    grid = (result["steps"], result["betas"], result["rates"])
    filled = left.contourf(*grid, levels=np.linspace(0, 1, 11), cmap="cividis")
    figure.colorbar(filled, ax=left, ticks=[0, 0.5, 1], pad=0.02)
    beta, steps = np.linspace(0, 1, 200), np.linspace(0, 4, 400)
    left.plot(2 + 2 * beta, beta, "-", color=plotting.colour("text"))
    plotting.curve(left, steps, (1 - steps**0.5) ** 2, "vermilion", "critical", (1.35, 0.08))
    for text, place in PLACES.items():
        plotting.label(left, text, place)
    left.set(xlim=(0, 4.3), ylim=(0, 1), xlabel=r"step $\eta\lambda$", ylabel=r"momentum $\beta$")
    _draw_cuts(result, right)


PLACES = {
    "diverges": (3.05, 0.12),
    r"$2 + 2\beta$": (2.72, 0.32),
    "swings": (1.3, 0.62),
    "creeps": (0.03, 0.06),
}


def _draw_cuts(result, axes):
    steps = np.linspace(0, 4.3, 600)
    for beta, rates, colour in zip(CUTS, result["cut_rates"], plotting.COLOURS[:4], strict=True):
        place = (0.8, np.sqrt(beta) + 0.03) if beta else (1.3, 0.1)
        plotting.theory(axes, steps, momentum.radius(steps, beta), colour)
        plotting.points(axes, result["cut_steps"], rates, colour, rf"$\beta$ = {beta:g}", place)
    plotting.level(axes, 1)
    axes.set(xlim=(0, 4.3), xlabel=r"step $\eta\lambda$")
    axes.set(ylim=(0, 1.25), ylabel="error kept per update")
