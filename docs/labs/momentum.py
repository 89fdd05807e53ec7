"""Learning rate and momentum over the phase diagram, beside the path in a bowl of condition κ."""

import numpy as np

from trainingtips import momentum
from trainingtips.press.pages.labs import Button, Handle, Range
from trainingtips.press.pages.panels import Panel

TITLE = "Learning rate and momentum"
CAPTION = (
    "Drag the point over “error kept per update”, or move the sliders: the curvature of the bowl's "
    "steep direction is 1, so the point's step is η itself; the diamond is the flat direction, "
    "whose curvature is 1/κ. The bluer, the slower; beyond the solid line it diverges; on the "
    "dashed one it is critically damped. “The path” shows the first 100 updates from the corner, a "
    "dot for each."
)
CONTROLS = [
    Range("eta", "learning rate η", 0.01, 4.2, 0.01, 1.5),
    Range("beta", "momentum β", 0, 0.99, 0.01, 0.3),
    Range("kappa", "condition number κ", 1, 1000, 0.02, 10, log=True),
    Button("plain", "Best η without momentum"),
    Button("best", "Best η and β"),
]
HANDLES = [Handle(0, "eta", "beta")]
START, UPDATES = (-0.9, 0.9), 100
LEVELS = 0.5 * np.array([0.1, 0.3, 0.5, 0.7, 0.9]) ** 2  # reached at these steep weights


def panels(result):
    state = {each.name: each.value for each in CONTROLS if isinstance(each, Range)}
    return [_diagram(result("momentum/phase_diagram"), state), _bowl(state)]


def _diagram(found, state):
    panel = Panel(
        "A map of the error kept per update, over the step from 0 to 4.3 and the momentum from 0 "
        "to 1. A straight line from step 2 to step 4 bounds the stable region on the right.",
        (0, 4.3),
        (0, 1),
        "step ηλ",
        "momentum β",
        "error kept per update",
        xticks=(0, 1, 2, 3, 4),
        yticks=(0, 0.5, 1),
    )
    steps, betas, rates = (np.asarray(found[key]) for key in ("steps", "betas", "rates"))
    for low, high in ((0.5, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 1)):
        panel.filled(steps, betas, rates, low, high, opacity=0.45 * low**2)
    beta, step = np.array([0, 1]), np.linspace(0, 3.99, 200)
    panel.line(np.column_stack([momentum.stability_edge(beta), beta]))
    panel.line(np.column_stack([step, momentum.critical_beta(step)]), "vermilion", "--", width=1.5)
    panel.text("diverges", (2.95, 0.08))
    panel.text("swings", (1.0, 0.8), anchor="middle")
    panel.dots([(state["eta"], state["beta"])], "vermilion", size=7, still=True)
    panel.dots([(state["eta"] / state["kappa"], state["beta"])], "blue", size=5, still=True)
    return panel


def _bowl(state):
    panel = Panel(
        "The path of the updates over the bowl's level lines, from the upper left corner toward "
        "the minimum in the middle.",
        (-1, 1),
        (-1, 1),
        "flat direction",
        "steep direction",
        "the path",
        xticks=(-1, 0, 1),
        yticks=(-1, 0, 1),
    )
    curvature = np.array([1 / state["kappa"], 1.0])
    side = np.linspace(-1, 1, 81)
    loss = 0.5 * (curvature[0] * side[None] ** 2 + side[:, None] ** 2)
    panel.contours(side, side, loss, LEVELS, still=True)
    path = momentum.heavy_ball(
        lambda theta: curvature * theta, START, state["eta"], state["beta"], UPDATES
    )
    panel.line(path, "vermilion", width=1.5, still=True)
    panel.dots(path, "vermilion", size=2.5, still=True)
    return panel
