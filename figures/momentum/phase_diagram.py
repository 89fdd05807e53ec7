"""On a quadratic, momentum converges if and only if 0 < ηλ < 2 + 2β; without it the edge is 2.

The error kept per update: blue is fast, yellow no progress, and beyond the solid line it grows. On
the dashed curve momentum is best. Four cuts: points on theory.

Measured by iterating over a grid of 150 × 64 pairs. The solid line is ηλ = 2 + 2β. On the dashed
curve, β = (1 − √(ηλ))², the two roots of the iteration meet: for each step that momentum is best.
The four cuts lie on the exact spectral radius (lines): a floor √β between two walls.
"""

import numpy as np

from trainingtips import momentum, plotting
from trainingtips.experiments import quadratics

COLUMNS, ROWS, WIDEST = 150, 64, 4.5
STEPS = (np.arange(COLUMNS) + 0.5) * WIDEST / COLUMNS  # ηλ, centres of the cells
BETAS = (np.arange(ROWS) + 0.5) / ROWS
CUTS = (0.0, 0.3, 0.6, 0.9)
CUT_STEPS = np.linspace(0.05, 4.25, 43)
UPDATES = 4000

ALT = (
    "A map of the error kept per update over the step and the momentum: fast around step one and "
    "small momentum, slow along the edges; unstable beyond a straight line from step 2 at no "
    "momentum to step 4 at momentum one. A dashed curve touches step one. Four cuts: measured "
    "points on theory's lines, each a flat floor between steep walls."
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
        "edge": [quadratics.edge(STEPS, row, WIDEST) for row in rates],
        "best_beta": [float(BETAS[column.argmin()]) for column in rates.T],
        "cuts": CUTS,
        "cut_steps": CUT_STEPS,
        "cut_rates": momentum.measured_rate(CUT_STEPS[None, :, None], cuts, UPDATES),
    }


def claim(result):
    steps, betas = result["steps"], result["betas"]
    drawn = abs(result["rates"] - momentum.radius(steps, betas[:, None])).max()
    error = max(drawn, result["largest_error"])
    assert error < 0.003, f"expected the spectral radius everywhere, measured {error:.4f} off"
    cell, row = steps[1] - steps[0], betas[1] - betas[0]
    past = result["edge"] - (2 + 2 * betas)
    message = f"expected the edge at 2 + 2β, measured {past.min():.3f} to {past.max():.3f} past it"
    assert (past > -1e-9).all() and (past < cell).all(), message
    inside = steps < 3.9  # the best momentum there is below one
    best = (1 - np.sqrt(steps[inside])) ** 2
    error = abs(np.array(result["best_beta"])[inside] - best).max()
    assert error < 2 * row, f"expected the best β at (1 − √(ηλ))², measured {error:.3f} off"
    exact = momentum.radius(result["cut_steps"], np.array(result["cuts"])[:, None])
    error = abs(result["cut_rates"] - exact).max()
    assert error < 0.003, f"expected the cuts on theory, measured {error:.4f} off"


STEP = {"xlim": (0, 4.3), "x": r"step $\eta\lambda$"}
PANELS = {
    "error kept per update, measured": STEP | {"ylim": (0, 1), "y": r"momentum $\beta$"},
    "points on the exact radius": STEP | {"ylim": (0, 1.25), "y": "error kept per update"},
}
PLACES = {
    "diverges": (3.05, 0.12),
    r"$2 + 2\beta$": (2.72, 0.32),
    "swings": (1.3, 0.62),
    "creeps": (0.03, 0.06),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.7, ratios=[1.15, 1])
    filled = left.contourf(STEPS, BETAS, result["rates"], np.linspace(0, 1, 11), cmap="cividis")
    figure.colorbar(filled, ax=left, ticks=[0, 0.5, 1], pad=0.02)
    steps = np.linspace(0, 4.3, 600)
    plotting.theory(left, steps, steps / 2 - 1)
    plotting.curve(left, steps, (1 - steps**0.5) ** 2, "vermilion", "critical", (1.35, 0.08))
    for text, place in PLACES.items():
        plotting.label(left, text, place)
    _draw_cuts(result, steps, right)


def _draw_cuts(result, steps, axes):
    for beta, rates, colour in zip(CUTS, result["cut_rates"], plotting.COLOURS, strict=False):
        place = (0.8, np.sqrt(beta) + 0.03) if beta else (1.3, 0.1)
        plotting.theory(axes, steps, momentum.radius(steps, beta), colour)
        plotting.points(axes, result["cut_steps"], rates, colour, rf"$\beta$ = {beta:g}", place)
    plotting.level(axes, 1)
