"""Twenty examples, one batch size: a run, twenty other orders of it, and the full batch."""

import numpy as np

from trainingtips.press.pages.labs import Button, Choice, Handle, Hidden, Range
from trainingtips.press.pages.panels import Panel

TITLE = "The batch and the clock"
CAPTION = (
    "Twenty examples of a straight line, one learning rate for every run. Solid, a run with your "
    "batch size; thin, the same in twenty other orders of the examples; dashed, with a ring, the "
    "full batch. The star is the minimum. The clock, the dotted line, counts examples, or "
    "time: an update with more examples takes longer, as measured with two threads. Drag "
    "its line, or move the slider."
)
TICKS = 100
CONTROLS = [
    Range("size", "batch size B", 1, 20, 1, 1),
    Choice("clock", "clock", {"examples": "examples seen", "time": "parallel time"}),
    Range("ticks", "on the clock", 0, TICKS, 1, 20, play=True),
    Hidden("seed", 0),
    Button("update", "One update"),
    Button("epoch", "One epoch"),
    Button("shuffle", "Reshuffle"),
]
HANDLES = [Handle(1, "ticks", -2.9, "text")]
RUNS = 21  # one to look at and its twenty shadows
EDGE = ((-2.2, 2.8), (-0.6, 2.9))
FLOOR = -3.2


def given(result):
    found = result("batch/full_or_single")
    return {
        "rows": np.asarray(found["x"]).tolist(),
        "targets": np.asarray(found["y"]).tolist(),
        "minimum": np.asarray(found["minimum"]).tolist(),
        "start": np.asarray(found["full_path"])[0].tolist(),
        "lr": found["eta"],
        "cost": {"examples": list(range(1, 21)), "time": _times(result)},
        "ticks": TICKS,
        "runs": RUNS,
    }


def _times(result):
    """The time of an update of 1 … 20 examples, in that of an update of one."""
    found = result("batch/update_time")
    median = np.interp(range(1, 21), found["batches"], found["records"]["two"]["median"])
    return (median / median[0]).round(6).tolist()


def panels(result):
    found = result("batch/full_or_single")
    return [_plane(found), _fall(found)]


def _plane(found):
    panel = Panel(
        "Level lines of the loss over slope and offset. One solid and twenty thin paths lead from "
        "the upper left to the minimum and end scattered around it; a dashed one, the full "
        "batch's, is smooth.",
        *EDGE,
        "slope w₁",
        "offset w₂",
        "the paths",
        xticks=(-2, -1, 0, 1, 2),
        yticks=(0, 1, 2),
        size=(340, 340),
    )
    w, b = (np.linspace(*edge, 61) for edge in EDGE)
    x, y = np.asarray(found["x"])[:, 0], np.asarray(found["y"])
    error = w[None, :, None] * x + b[:, None, None] - y
    panel.contours(w, b, 0.5 * (error**2).mean(-1), np.linspace(0, 1, 9) ** 2 * 6)
    panel.text("★", np.subtract(found["minimum"], (0, 0.07)), anchor="middle")
    paths = np.asarray(found["single_paths"])[:RUNS]
    for path in paths[1:]:
        panel.line(path, "vermilion", width=0.5, still=True)
    panel.dots(paths[1:, -1], "vermilion", size=2.5, still=True)
    panel.line(paths[0], "vermilion", still=True)
    panel.dots(paths[0, -1:], "vermilion", size=5.5, still=True)
    panel.line(found["full_path"], "blue", "--", width=2.5, still=True)
    panel.dots(found["full_path"][1:], "blue", size=5, still=True)
    return panel


def _fall(found):
    top = 1.5
    panel = Panel(
        "The distance from the minimum, on a log axis, against the clock: the batch's run and its "
        "shadows fall fast and then hover, the full batch falls steadily.",
        (0, TICKS),
        (FLOOR, top),
        "clock, in examples or times of one",
        "distance",
        "how far from the minimum",
        xticks=(0, 20, 40, 60, 80, 100),
        yticks={-3: "10⁻³", -2: "10⁻²", -1: "0.1", 0: "1", 1: "10"},
        size=(340, 340),
    )
    panel.line([(34, 1.25), (46, 1.25)], "vermilion")
    panel.text("batch B", (49, 1.17), "vermilion")
    panel.line([(34, 0.95), (46, 0.95)], "vermilion", width=0.7)
    panel.text("twenty other orders", (49, 0.87), "vermilion")
    panel.line([(34, 0.65), (46, 0.65)], "blue", "--", width=2.5)
    panel.text("full batch", (49, 0.57), "blue")
    away = np.linalg.norm(np.asarray(found["single_paths"])[:RUNS] - found["minimum"], axis=-1)
    ticks = np.arange(away.shape[1])
    for width, each in zip([2] + [0.5] * (RUNS - 1), away, strict=True):
        panel.line(np.column_stack([ticks, np.log10(each)]), "vermilion", width=width, still=True)
    full = np.log10([found["start_distance"], found["full_after_one"]])
    panel.line(np.column_stack([[0, 20], full]), "blue", "--", width=2.5, still=True)
    return panel
