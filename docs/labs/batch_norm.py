"""Least squares on two features of unequal scale, shifted: before normalization and after it."""

import numpy as np

from trainingtips.press.pages.labs import Button, Handle, Range
from trainingtips.press.pages.panels import Panel

TITLE = "The scale and shift of the features"
CAPTION = (
    "Twenty examples with two features. The scale stretches the second feature, the shift moves "
    "both from zero, by so many of their standard deviations. Both panels show the loss over the "
    "errors of the two weights: “as they come”, and “normalized”, with each feature centred and "
    "divided by √(σ² + ε). Drag the start in either panel. The ring is the minimum; each path, a "
    "dot for each update, takes its own best rate 2 / (λ₁ + λ₂)."
)
CONTROLS = [
    Range("scale", "scale of feature 2", 0.1, 10, 0.1, 5),
    Range("shift", "shift of both", -4, 4, 0.1, 1),
    Range("w1", "start, weight w₁", -1, 1, 0.05, -0.9),
    Range("w2", "start, weight w₂", -1, 1, 0.05, 0.6),
    Range("updates", "updates", 0, 100, 1, 30, play=True),
    Button("scale", "Scale alone"),
    Button("shift", "Shift alone"),
    Button("neither", "Neither"),
]
LOOKS = (("as they come", "vermilion", "-"), ("normalized", "blue", "--"))
HANDLES = [Handle(panel, "w1", "w2", colour) for panel, (_, colour, _) in enumerate(LOOKS)]
EXAMPLES, SEED, CORRELATION = 20, 0, 0.3
EPS = 1e-5  # torch's
EDGE = 1.2
RINGS = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 1.1])  # where the steep axis crosses the levels


def examples():
    """Two features, (20, 2), of mean 0, variance 1 and just that correlation."""
    x = np.random.default_rng(SEED).normal(size=(EXAMPLES, 2))
    x -= x.mean(0)
    white = x @ np.linalg.inv(np.linalg.cholesky(x.T @ x / EXAMPLES)).T
    return white @ np.linalg.cholesky([[1, CORRELATION], [CORRELATION, 1]]).T


def given(result):
    return {"examples": examples().round(6).tolist(), "eps": EPS}


def panels(result):
    state = {each.name: each.value for each in CONTROLS if isinstance(each, Range)}
    raw = (examples() + state["shift"]) * [1, state["scale"]]
    normalized = (raw - raw.mean(0)) / np.sqrt(raw.var(0) + EPS)
    return [_bowl(x, state, *look) for x, look in zip((raw, normalized), LOOKS, strict=True)]


def _bowl(x, state, title, colour, dash):
    panel = Panel(
        f"Level lines of the loss over the errors of two weights, features {title}, and the path "
        "of descent toward the minimum in the middle.",
        (-EDGE, EDGE),
        (-EDGE, EDGE),
        "error of w₁",
        "error of w₂",
        title,
        xticks=(-1, 0, 1),
        yticks=(-1, 0, 1),
        size=(340, 340),
    )
    hessian = x.T @ x / len(x)
    low, high = np.linalg.eigvalsh(hessian)
    side = np.linspace(-EDGE, EDGE, 61)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    loss = 0.5 * ((grid @ hessian) * grid).sum(-1)
    panel.contours(side, side, loss, 0.5 * high * RINGS**2, still=True)
    kept = np.eye(2) - 2 / (low + high) * hessian
    path = [np.array([state["w1"], state["w2"]])]
    for _ in range(state["updates"]):
        path.append(kept @ path[-1])
    panel.line(path, colour, dash, width=1.2, still=True)
    panel.dots(path, colour, size=2.5, still=True)
    return panel
