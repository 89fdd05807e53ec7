"""Of failures that no rule had seen, the right cause came first in most; healthy ones have peace.

Shares with Wilson's intervals. Cases in view say what the rules were made to do; the others were
written after public reports, and scored once before any rule was changed for them. Dotted: recall
of the best other tool, on other programs.

A right cause is that of the training, or one that its author says is as good. An alarm is false on
a mended training, one of a network drawn at random, or a healthy one that looks odd. The record,
row by row, is `tests/checkup/score.json`; `python -m tests.checkup.score` makes it. Failures in
view: 24 of `tests/checkup/cases`; not in view: `reports.py` and `reports_later.py` beside it, and
those of six other authors in folders there.
"""

from trainingtips import plotting, statistics
from trainingtips.experiments import checkups

INPUTS = ["tests/checkup/score.json"]
VERDICT = "regime"  # small trainings, of the kinds that people report
OTHERS = 0.55  # recall of the best tool, with equivalent repairs counted

ALT = (
    "Two panels of shares with intervals. Right causes: nearly all of the cases in view, first and "
    "among three; of those not in view about three in four first and more among three, above a "
    "dotted line at 55 percent. False alarms: each set near zero."
)
NUMBER = (
    "right cause first, of failures that no rule had seen: {first.unseen | interval(0, share=True)}"
    "; false alarms: {alarms.all | interval(0, share=True)}"
)
REPORTED = "recall 55 %, precision 37 %: the best tool, on other programs [@humbatova2025]"


def compute():
    sets = checkups.sets(INPUTS[0])
    failing = {kind: checkups.failures(sets, seen) for kind, seen in KINDS.items()}
    healthy = checkups.peaceful(sets)
    healthy["all"] = [row for rows in healthy.values() for row in rows]
    return {
        "first": {k: statistics.share([r["place"] == 1 for r in f]) for k, f in failing.items()},
        "three": {
            k: statistics.share([r["place"] is not None and r["place"] <= 3 for r in f])
            for k, f in failing.items()
        },
        "alarms": {k: statistics.share([r["alarm"] for r in f]) for k, f in healthy.items()},
    }


KINDS = {"seen": True, "unseen": False}


def claim(result):
    unseen, seen = result["first"]["unseen"], result["first"]["seen"]
    assert unseen.low > 0.5, f"expected the right cause first in most, measured {unseen}"
    assert unseen.mean < seen.mean, f"expected more of those in view, measured {seen} and {unseen}"
    alarms = result["alarms"]["all"]
    assert alarms.high < 0.1, f"expected few false alarms, measured {alarms}"


ROWS = {"unseen": "not in view", "seen": "in view"}
PANELS = {"right cause": {"xlim": (0, 1.03)}, "false alarms": {"xlim": (0, 1.03)}}
SHARES = ([0, 0.25, 0.5, 0.75, 1], "{x:.0%}")


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=2.9, xticks=SHARES)
    for place, (name, colour, look) in enumerate((("three", "green", "s"), ("first", "blue", "o"))):
        shares = [result[name][kind] for kind in ROWS]
        text = "first" if name == "first" else "among three"
        at = [row + 0.18 * (2 * place - 1) for row in range(len(ROWS))]
        plotting.points(left, shares, at, colour, text, look=look)
    plotting.ticks(left.yaxis, range(len(ROWS)), list(ROWS.values()))
    left.set_ylim(-0.6, len(ROWS) - 0.4)
    plotting.mark(left, OTHERS, text="others")
    left.legend(loc="lower left")
    names = list(result["alarms"])
    plotting.points(right, list(result["alarms"].values()), range(len(names)), "vermilion")
    plotting.ticks(right.yaxis, range(len(names)), names)
    right.set_ylim(-0.6, len(names) - 0.4)
