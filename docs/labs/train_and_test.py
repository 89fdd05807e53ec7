"""Sums of waves fitted to some points: the training error and the test error over the weights."""

import numpy as np

from trainingtips.press.pages import chance
from trainingtips.press.pages.labs import Button, Handle, Hidden, Range
from trainingtips.press.pages.panels import Panel

TITLE = "Weights, examples, noise and decay"
CAPTION = (
    "A sum of waves, a weight for each, is fitted to points by least squares with a weight decay "
    "λ. “The errors” shows the squared errors over the number of weights, on the training points "
    "and on fresh points with as much noise; the dotted line is as many weights as examples. “The "
    "fit” shows yours, the points, and in grey the curve behind them. Drag the point, or move the "
    "sliders."
)
MOST = 80
CONTROLS = [
    Range("weights", "weights", 1, MOST, 1, 10, play=True),
    Range("examples", "examples", 5, 40, 1, 20),
    Range("noise", "noise of the labels", 0, 1, 0.05, 0.3),
    Range("decay", "weight decay λ", 1e-5, 10, 0.05, 1e-4, log=True),
    Hidden("seed", 0),
    Button("best", "Least test error"),
    Button("edge", "As many weights as examples"),
    Button("anew", "Draw anew"),
]
HANDLES = [Handle(0, "weights", -2.15)]
TRUTH = [0, -0.6, 0.35, 0.45, -0.15, 0.15]  # the weights of the waves behind the points
FLOOR = -2.4


def given(result):
    """Waves that turn more often are smaller: of fits through all points, the smoother is taken."""
    return {"truth": TRUTH, "scale": (np.arange(1, MOST + 1) ** -0.5).round(6).tolist()}


def panels(result):
    state = {each.name: each.value for each in CONTROLS if not isinstance(each, Button)}
    x, y, fits = fitted(state["examples"], state["noise"], state["decay"], state["seed"])
    return [_errors(fits, state), _fit(x, y, fits, state)]


def waves(x, count, scale=1.0):
    """The first waves at x, (k,) → (k, count); from 0 to 1 their mean squares are the scales'."""
    k = np.arange(count)
    return np.where(k, np.sqrt(2), 1) * np.cos(np.pi * np.outer(x, k)) * scale


def fitted(examples, noise, decay, seed):
    """The points and, for 1, 2, … waves, (weights times scales, training error, test error)."""
    scale = np.array(given(None)["scale"])
    drawn = chance.uniform(seed, 3 * examples)
    x = drawn[:examples]
    y = waves(x, len(TRUTH)) @ TRUTH + noise * chance.normal(drawn[examples:])
    rows, fits = waves(x, MOST, scale), []
    for count in range(1, MOST + 1):
        part = rows[:, :count]
        a = np.linalg.solve(part @ part.T + decay * np.eye(examples), y)
        w = np.zeros(MOST)
        w[:count] = part.T @ a * scale[:count]
        off = w - np.pad(TRUTH, (0, MOST - len(TRUTH)))
        fits.append((w, np.mean((decay * a) ** 2), off @ off + noise**2))
    return x, y, fits


def _errors(fits, state):
    panel = Panel(
        "Squared errors on a log axis over the number of weights. The training error falls and is "
        "nothing from some more weights than examples on. The test error falls, rises to high, "
        "ragged peaks around as many weights as examples, and falls again.",
        (0, MOST),
        (FLOOR, 2.5),
        "weights",
        "squared error",
        "the errors",
        xticks=(1, 20, 40, 60, 80),
        yticks={-2: "0.01", -1: "0.1", 0: "1", 1: "10", 2: "100"},
    )
    panel.line([(43, 2.25), (50, 2.25)], "vermilion")
    panel.text("test", (52, 2.17), "vermilion")
    panel.line([(43, 1.85), (50, 1.85)], "blue", "--", width=2.5)
    panel.text("training", (52, 1.77), "blue")
    threshold = [(state["examples"], FLOOR), (state["examples"], 2.5)]
    panel.line(threshold, "muted", ":", width=1.5, still=True)
    counts = np.arange(1, MOST + 1)
    for which, look in ((1, ("blue", "--", 2.5)), (2, ("vermilion", "-", 2))):
        error = np.log10(np.maximum([fit[which] for fit in fits], 10.0**FLOOR))
        panel.line(np.column_stack([counts, error]), *look, still=True)
        at = state["weights"]
        panel.dots([(at, error[at - 1])], look[0], size=5, still=True)
    return panel


def _fit(x, y, fits, state):
    panel = Panel(
        "Points scattered about a smooth curve, and the fitted sum of waves, which bends away from "
        "that curve to come nearer to the points.",
        (0, 1),
        (-2.6, 2.6),
        "input x",
        "label y",
        "the fit",
        xticks=(0, 0.5, 1),
        yticks=(-2, -1, 0, 1, 2),
    )
    at = np.linspace(0, 1, 201)
    panel.line(np.column_stack([at, waves(at, len(TRUTH)) @ TRUTH]), "muted", width=4)
    fit = waves(at, MOST) @ fits[state["weights"] - 1][0]
    panel.line(np.column_stack([at, fit]), "vermilion", still=True)
    panel.dots(np.column_stack([x, y]), "blue", size=4, still=True)
    return panel
