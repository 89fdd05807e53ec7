"""Once mended, each failing training ends better from its worst start than before from its best.

Five starts each, before, dots, and after the one cause is taken away, lines. A cross: so many of
them ended far outside, or with no number.

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
    names = {kind: [] for kind in PANELS}
    for name, case in result["cases"].items():
        names["accuracy" if case["metric"] == "accuracy" else "error"].append(name)
    axes = plotting.panels(figure, PANELS, height=0.3 * max(map(len, names.values())) + 1.3)
    for each, rows in zip(axes, names.values(), strict=True):
        rows.reverse()
        for place, name in enumerate(rows):
            shown(each, place, result["cases"][name], legend=each is axes[0] and not place)
        plotting.ticks(each.yaxis, range(len(rows)), [name.replace("_", " ") for name in rows])
        each.set_ylim(-0.6, len(rows) - 0.4)
    figure.legend(loc="outside upper center", ncols=2)


def shown(axes, place, case, legend):
    """The ends of one training in its row; those that are far out are counted at the side."""
    for kind, (colour, look) in LOOKS.items():
        ends = [end for end in case[kind] if end < FAR]
        at = np.full(len(ends), place)
        plotting.points(axes, ends, at, colour, kind if legend else "", look=look)
    if lost := case["starts"] - sum(end < FAR for end in case["failing"]):
        side = {"xycoords": ("axes fraction", "data"), "ha": "right", "va": "center"}
        plotting.label(axes, f"× {lost}", (0.99, place), "vermilion", **side)


FAR = 100  # an error from which on it is only counted
LOOKS = {"failing": ("vermilion", "o"), "mended": ("blue", "|")}
PANELS = {
    "accuracy": {"x": "accuracy", "xlim": (0, 1.03)},
    "error": {"x": "error", "log": "x", "xlim": (3e-5, 40)},
}
