"""Once mended, each failing training ends better from its worst start than before from its best.

Five starts each, dots, before and after the one cause is taken away. A cross: of so many starts the
loss was no number in the end.

The trainings of `tests/checkup/cases`, after public reports: 400 updates, the accuracy or the error
that the case names, on examples that were held out where it has any. The record is made by
`python -m tests.checkup.gallery`, from the sources beside it; four trainings that are healthy and
only look odd are left out.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import checkups

INPUTS = ["tests/checkup/gallery.json"]

ALT = (
    "Two panels of rows, one a training. In each row the dots before the mend lie close together, "
    "at a low accuracy or a large error, and those after it close together and far away, on the "
    "better side; in three rows a cross says that some losses were not finite."
)
NUMBER = "failing trainings that one change mends from every start: {count}"


def compute():
    cases = checkups.failing(INPUTS[0])
    return {"cases": cases, "count": len(cases)}


def margins(cases):
    """{case: the worst of the mended ends less the best of the failing ones}, better is larger."""
    found = {}
    for name, case in cases.items():
        sign = 1 if case["metric"] == "accuracy" else -1
        before = [sign * value for value in case["failing"]]
        found[name] = min(sign * np.array(case["mended"])) - max(before, default=-np.inf)
    return found


def claim(result):
    found = margins(result["cases"])
    assert len(found) == result["count"] >= 20, f"expected all failing cases, found {len(found)}"
    worst = min(found, key=found.get)
    assert found[worst] > 0, f"{worst}: expected no overlap, measured {found[worst]:.3g}"
    whole = all(len(case["mended"]) == case["starts"] for case in result["cases"].values())
    assert whole, "expected each mended training to end with a number"


LOOKS = {"failing": ("vermilion", "failing", "o"), "mended": ("blue", "mended", "s")}


def draw(result, figure):
    names = {m: [n for n, c in result["cases"].items() if c["metric"] == m] for m in METRICS}
    axes = plotting.panels(figure, METRICS, height=0.3 * max(map(len, names.values())) + 1.3)
    for each, (metric, rows) in zip(axes, names.items(), strict=True):
        for place, name in enumerate(rows):
            case = result["cases"][name]
            for kind, (colour, text, look) in LOOKS.items():
                ends = case[kind]
                text = text if place == 0 and metric == "accuracy" else ""
                at = np.full(len(ends), len(rows) - 1 - place)
                plotting.points(each, ends, at, colour, text, look=look)
            if lost := case["starts"] - len(case["failing"]):
                at = (0.99, len(rows) - 1 - place)
                side = {"xycoords": ("axes fraction", "data"), "ha": "right", "va": "center"}
                plotting.label(each, f"× {lost}", at, "vermilion", **side)
        plotting.ticks(each.yaxis, range(len(rows)), [n.replace("_", " ") for n in reversed(rows)])
        each.set_ylim(-0.6, len(rows) - 0.4)
    figure.legend(loc="outside upper center", ncols=2)


METRICS = {
    "accuracy": {"x": "accuracy", "xlim": (0, 1.03)},
    "loss": {"x": "error", "log": "x"},
}
