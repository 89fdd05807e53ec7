"""Five rules of descent in one race down a valley that can be turned."""

import numpy as np

from trainingtips.press.pages.labs import Button, Choice, Handle, Range
from trainingtips.press.pages.panels import Panel

TITLE = "The valley, the rate and its schedule"
CAPTION = (
    "A valley of condition 100. Each rule starts from the ring at the best of the rates tried for "
    "that angle; the second slider multiplies all of them. The goal is a hundredth of the "
    "distance, dotted. Last, what multiplies each weight's gradient (for momentum and Adam its "
    "running sum or mean): dot for w₁, ring for w₂; what is too small for the axis stays at its "
    "left end. Dotted there, one over each weight's own curvature."
)
RACE, KAPPA = 250, 100
CONTROLS = [
    Range("angle", "angle of the valley, °", 0, 90, 7.5, 0),
    Range("factor", "rates, times the best", 0.1, 10, 0.05, 1, log=True),
    Choice(
        "schedule",
        "schedule",
        {
            "constant": "constant",
            "step": "steps, a tenth each",
            "cosine": "cosine",
            "warm_up": "warm-up, then cosine",
        },
    ),
    Range("updates", "updates", 0, RACE, 1, 100, play=True),
    Button("along", "Along a weight"),
    Button("turn", "Turn by 45°"),
]
HANDLES = [Handle(1, "updates", -5.8, "text")]
START = (-1.0, 0.45)  # along the valley and across it
LOOKS = {  # colour and dash
    "SGD": ("text", "long"),
    "momentum": ("blue", "--"),
    "Adagrad": ("green", "-."),
    "RMSProp": ("purple", ":"),
    "Adam": ("vermilion", "-"),
}
BETA, ALPHA, SECOND, EPS = 0.9, 0.99, 0.999, 1e-8  # torch's; the page's momentum
EDGE, BELOW = 1.2, 1e-9


def given(result):
    rates = _rates(result)
    return {"kappa": KAPPA, "start": START, "rates": rates, "race": RACE}


def _rates(result):
    """For each rule its best rates, one for each angle of the slider."""
    found = result("learning_rate/rotation")["rates"]
    return {name: np.asarray(found[_key(found, name)]).tolist() for name in LOOKS}


def _key(found, name):
    return next(each for each in found if each.lower() == name.lower())


def panels(result):
    rates = {name: each[0] for name, each in _rates(result).items()}
    walked = {name: walk(name, rate, 100) for name, rate in rates.items()}
    return [_plane(walked), _fall(walked), _effective(walked)]


def walk(name, lr, updates):
    """(points, rates) of the rule of that name in the valley along a weight, without torch."""
    curvatures = np.array([1.0, KAPPA])
    w, moved, square = np.array(START), np.zeros(2), np.zeros(2)
    points, rates = [w], []
    for t in range(1, updates + 1):
        g = curvatures * w
        move, rate = g, np.full(2, lr)
        if name == "momentum":
            move = moved = BETA * moved + g
        elif name == "Adagrad":
            square = square + g**2
            rate = lr / (np.sqrt(square) + 1e-10)
        elif name == "RMSProp":
            square = ALPHA * square + (1 - ALPHA) * g**2
            rate = lr / (np.sqrt(square) + EPS)
        elif name == "Adam":
            move = moved = BETA * moved + (1 - BETA) * g
            square = SECOND * square + (1 - SECOND) * g**2
            rate = lr / (1 - BETA**t) / (np.sqrt(square / (1 - SECOND**t)) + EPS)
        w = w - rate * move
        points.append(w)
        rates.append(rate)
    return np.array(points), np.array(rates)


def _plane(walked):
    panel = Panel(
        "Level lines of a narrow valley over two weights, and the paths of five rules from one "
        "start on its wall toward the minimum in the middle.",
        (-EDGE, EDGE),
        (-EDGE, EDGE),
        "weight w₁",
        "weight w₂",
        "the paths",
        xticks=(-1, 0, 1),
        yticks=(-1, 0, 1),
        size=(340, 340),
    )
    around = np.linspace(0, 2 * np.pi, 241)
    for ring in (0.1, 0.3, 0.5, 0.7, 0.9, 1.1):  # exact, where a grid is too coarse for the valley
        level = ring * np.column_stack([np.sqrt(KAPPA) * np.cos(around), np.sin(around)])
        panel.line(level, "muted", width=0.7, still=True)
    for name, (points, _) in walked.items():
        panel.line(points, *LOOKS[name], still=True)
        panel.dots(points[-1:], LOOKS[name][0], still=True)
    return panel


def _fall(walked):
    panel = Panel(
        "The share of the distance that is left, on a log axis, against the updates, for the five "
        "rules; a dotted line marks a hundredth.",
        (0, RACE),
        (-6.2, 1.2),
        "updates",
        "share of the distance left",
        "who is nearer",
        xticks=(0, 50, 100, 150, 200, 250),
        yticks={0: "1", -2: "10⁻²", -4: "10⁻⁴", -6: "10⁻⁶"},
        size=(340, 340),
    )
    panel.line([(0, -2), (RACE, -2)], "muted", ":", width=1.5)
    for name, (points, _) in walked.items():
        left = np.linalg.norm(points, axis=1) / np.linalg.norm(START)
        rows = np.column_stack([np.arange(len(left)), np.log10(np.maximum(left, BELOW))])
        panel.line(rows, *LOOKS[name], still=True)
    return panel


def _effective(walked):
    panel = Panel(
        "One row for each rule, with the effective learning rates of the two weights on a log "
        "axis: one place for plain descent and momentum, two far apart for the others.",
        (-8.2, 2.6),
        (0, 5.6),
        "effective rate",
        "",
        "each weight's rate: ● w₁  ○ w₂",
        xticks={-2: "0.01", 0: "1", 2: "100"},
        size=(340, 340),
    )
    for row, (name, (_, rates)) in zip((4.7, 3.8, 2.9, 2, 1.1), walked.items(), strict=True):
        colour, dash = LOOKS[name]
        panel.line([(-8.1, row), (-6.85, row)], colour, dash)
        panel.text(name, (-6.7, row - 0.1), colour)
        panel.line([(-3.9, row), (2.6, row)], "muted", width=0.5)
        one, two = np.log10(rates[-1])
        panel.dots([(one, row)], colour, size=3.5, still=True)
        panel.dots([(two, row)], colour, size=6.5, still=True)
    return panel
