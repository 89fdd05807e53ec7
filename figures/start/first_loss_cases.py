"""The first loss is high in nearly half of the failing trainings, and in most of these once mended.

The loss before the first update over that of a guess: failing trainings, and the same once their
cause is taken away. A dot: the median of five starts; dotted, ten percent above. At a thousand: no
number.

The trainings of `tests/checkup/cases`, after public reports, those that are healthy and only look
odd left out. The record is made by `python -m tests.checkup.first_losses`. A guess costs log C with
C classes, log 2 with a mark, and the targets' variance in a squared error. A training is shown
where its loss is more than ten percent above that, or no number, in most of its five starts. The
cases were chosen for other reasons, and no interval says of which population they are a sample.

The sentence before the first run was "A first loss shows fewer than a third of the failing
trainings, and cries at fewer mended ones". It did not come out: more are high. But most of them are
high for a reason that is not why they fail, as targets that are not centred or a start that is
large, which the mend leaves as it is. That a cause itself is seen, high before and
not after, is asserted of fewer than the third of then.
"""

import json
from pathlib import Path

import numpy as np

from trainingtips import plotting

VERDICT = "regime"
INPUTS = ["tests/checkup/first_losses.json"]
NEAR, FAR = 0.1, 1000
HEALTHY = "healthy"

ALT = (
    "A row for each training, a dot for the failing version and one for the mended, of the first "
    "loss over a guess's, on a log axis. Half of the rows lie at one; in others the failing dot "
    "lies right of the dotted line, in most of them with the mended one beside it, in a few alone."
)
NUMBER = "of the failing trainings, shown by their first loss: {shown.failing} of {count}"


def compute():
    cases = json.loads(Path(INPUTS[0]).read_text("utf-8"))
    cases = {name: case for name, case in cases.items() if case["cause"] != HEALTHY}
    found = {kind: {name: times(case[kind]) for name, case in cases.items()} for kind in KINDS}
    return {
        "times": found,
        "causes": {name: case["cause"] for name, case in cases.items()},
        "count": len(cases),
        "known": sum(len(each) > 0 for each in found["failing"].values()),
        "shown": {kind: sum(map(shown, each.values())) for kind, each in found.items()},
        "both": sum(all(shown(found[kind][name]) for kind in KINDS) for name in cases),
        "own": [n for n in cases if shown(found["failing"][n]) and not shown(found["mended"][n])],
    }


def times(pairs):
    """Each start's loss over that of a guess, where one is known; FAR where it is no number."""
    return np.array([FAR if loss is None else loss / usual for loss, usual in pairs if usual])


def shown(each):
    return bool(len(each)) and bool(np.median(each) > 1 + NEAR)


def claim(result):
    failing, count = result["shown"]["failing"], result["count"]
    assert count >= 20, f"expected all failing cases, found {count}"
    assert count / 3 < failing < count / 2, f"expected nearly half high: {failing} of {count}"
    both = result["both"]
    assert both > failing / 2, f"expected most of them high once mended, {both} of {failing}"
    own = len(result["own"])
    assert 0 < own < count / 3, f"expected few high for their cause alone, {own} of {count}"


KINDS = ("failing", "mended")
LOOKS = {"failing": ("vermilion", "o", 0.12), "mended": ("blue", "s", -0.12)}


def draw(result, figure):
    names = sorted(result["causes"], key=lambda name: middle(result["times"]["failing"][name]))
    (axes,) = plotting.panels(figure, 1, height=0.3 * len(names) + 1.3)
    for kind, (colour, look, shift) in LOOKS.items():
        at = [i for i, name in enumerate(names) if len(result["times"][kind][name])]
        values = [min(middle(result["times"][kind][names[i]]), FAR) for i in at]
        plotting.points(axes, values, [i + shift for i in at], colour, kind, look=look)
    plotting.mark(axes, 1 + NEAR)
    plotting.ticks(axes.yaxis, range(len(names)), [name.replace("_", " ") for name in names])
    for i, name in enumerate(names):
        if not len(result["times"]["failing"][name]):
            plotting.label(axes, "no guess known", (1.2, i), "muted", va="center", fontsize="small")
    axes.set(xscale="log", xlabel="first loss, over that of a guess")
    axes.set_ylim(-0.6, len(names) - 0.4)
    plotting.ticks(axes.xaxis, [0.1, 1, 10, 100, 1000])
    figure.legend(loc="outside upper center", ncols=2)


def middle(each):
    return float(np.median(each)) if len(each) else 0.0
