"""Descent from one start on two losses of the same softmax: cross-entropy and squared error."""

import numpy as np

from trainingtips.press.pages.labs import Button, Handle, Range
from trainingtips.press.pages.panels import Panel

TITLE = "The start and the descent"
CAPTION = (
    "Drag the start on either map, or move the sliders. Thin lines are levels of the loss; the "
    "stronger the colour, the steeper, on one scale for both maps. Upper left the network is sure "
    "and wrong, lower right sure and right. Plain descent, solid on cross-entropy and dashed on "
    "squared error, goes with the same learning rate; the slope at the start stands above each map."
)
CONTROLS = [
    Range("z1", "logit z₁, true class", -10, 10, 0.1, -10),
    Range("z2", "logit z₂", -10, 10, 0.1, 10),
    Range("eta", "learning rate η", 0.01, 10, 0.02, 0.1, log=True),
    Range("updates", "updates", 0, 500, 5, 200, play=True),
    Button("wrong", "Sure and wrong"),
    Button("less", "Less sure"),
    Button("undecided", "Undecided"),
]
LOOKS = {  # loss: title, colour, dash, levels of the loss
    "cross_entropy": ("cross-entropy", "blue", "-", (0.1, 1, 4, 8, 12, 16)),
    "squared_error": ("squared error", "vermilion", "--", (0.01, 0.1, 0.5, 1, 1.5, 1.9, 1.99)),
}
HANDLES = [
    Handle(panel, "z1", "z2", colour) for panel, (_, colour, *_) in enumerate(LOOKS.values())
]
SLOPES = ((-3, -2, 0.05), (-2, -1, 0.1), (-1, 0, 0.18), (0, 1, 0.26))  # log₁₀, and its shade
LOGITS = np.linspace(-10, 10, 41)


def panels(result):
    found = result("loss_function/surfaces")
    return [_map(found[name], *look) for name, look in LOOKS.items()]


def _map(found, title, colour, dash, levels):
    panel = Panel(
        f"Level lines of {title} over two logits, shaded by slope, and the path of descent from "
        "the wrong corner, upper left.",
        (-10, 10),
        (-10, 10),
        "z₁ (true class)",
        "z₂",
        title,
        xticks=(-5, 0, 5),
        yticks=(-5, 0, 5),
        size=(340, 340),
    )
    slopes = np.asarray(found["log_norms"])
    for low, high, shade in SLOPES:
        panel.filled(LOGITS, LOGITS, slopes, low, high, shade)
    panel.contours(LOGITS, LOGITS, np.asarray(found["values"]), levels)
    panel.line(found["path"], colour, dash, width=3, still=True)
    panel.dots(found["path"][:1], colour, size=7, still=True)
    return panel
