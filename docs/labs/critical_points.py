"""A point on four surfaces: gradient, Taylor model, the Hessian's eigenvectors, and the kind."""

import numpy as np

from trainingtips import surfaces
from trainingtips.press.pages.labs import Button, Choice, Handle, Range
from trainingtips.press.pages.panels import Panel

TITLE = "The point θ′ and a step from it"
CAPTION = (
    "Drag θ′, or move the sliders. In “the loss around θ′” thin lines are the loss, dashed ones "
    "its Taylor model at θ′. The thick arrow is −g, downhill. The other two lines are the "
    "Hessian's eigenvectors: solid where the loss curves up, dashed where it curves down, dotted "
    "where it is flat. “Along the lower eigenvector” shows the loss on that line, and the "
    "model, dashed."
)
CONTROLS = [
    Choice(
        "surface",
        "surface",
        {
            "two_weights": "two weights, (1 − w₁w₂)²",
            "saddle": "saddle",
            "bowl": "bowl",
            "monkey_saddle": "monkey saddle",
        },
    ),
    Range("w1", "weight w₁", -2, 2, 0.05, 0),
    Range("w2", "weight w₂", -2, 2, 0.05, 0),
    Range("epsilon", "length ε of a step", 0.1, 1.5, 0.1, 0.7),
    Button("escape", "Step along the escape direction"),
    Button("origin", "To the origin"),
]
HANDLES = [Handle(0, "w1", "w2")]
LEVELS = {
    "two_weights": (0.05, 0.25, 0.6, 1, 1.6, 3, 6, 12),
    "saddle": (-1.6, -0.9, -0.4, -0.1, 0.1, 0.4, 0.9, 1.6),
    "bowl": (0.1, 0.4, 0.9, 1.6, 2.5, 3.6),
    "monkey_saddle": (-8, -4, -1.5, -0.3, 0, 0.3, 1.5, 4, 8),
}
EDGE = 2.2


def panels(result):
    found = result("critical_points/two_weights_hessian")  # the default θ′ is the origin there
    plane = Panel(
        "Level lines of the loss over the two weights, with the point θ′, its gradient and the "
        "eigenvectors of the Hessian.",
        (-EDGE, EDGE),
        (-EDGE, EDGE),
        "weight w₁",
        "weight w₂",
        "the loss around θ′",
        xticks=(-2, 0, 2),
        yticks=(-2, 0, 2),
        size=(340, 340),
    )
    side = np.linspace(-EDGE, EDGE, 89)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    for name, levels in LEVELS.items():
        plane.contours(side, side, getattr(surfaces, name)(grid), levels, when=f"surface={name}")
    for value, vector in zip(found["eigenvalues"], found["eigenvectors"], strict=True):
        look = {"colour": "vermilion", "dash": "--"} if value < 0 else {"colour": "blue"}
        plane.line([-np.asarray(vector), vector], **look, still=True)
        plane.text(f"λ = {value:.0f}".replace("-", "−"), vector, look["colour"], still=True)
    plane.dots([(0, 0)], "vermilion", size=7, still=True)
    return [plane, _slice(found)]


def _slice(found):
    panel = Panel(
        "The loss, and its Taylor model, along the eigenvector with the lower eigenvalue, as "
        "differences from the loss at θ′.",
        (-1.5, 1.5),
        (-2, 2),
        "distance from θ′ along u",
        "change of the loss",
        "along the lower eigenvector",
        xticks=(-1, 0, 1),
        yticks=(-2, -1, 0, 1, 2),
        size=(340, 340),
    )
    at = np.linspace(-1.5, 1.5, 121)
    value, vector = found["eigenvalues"][0], np.asarray(found["eigenvectors"][0])
    loss = surfaces.two_weights(at[:, None] * vector) - surfaces.two_weights(np.zeros(2))
    panel.line(np.column_stack([at, loss]), "text", still=True)
    panel.line(np.column_stack([at, 0.5 * value * at**2]), "vermilion", "--", still=True)
    return panel
