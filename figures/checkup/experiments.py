"""No limit on what is measured finds as many right causes at as few false alarms as experiments do.

Right cause first, against false alarms on healthy and mended trainings. One curve: suspicions of a
strength and more, alone. The other: experiments that have to gain more or less; ring, as it is.
Their intervals overlap: undecided.

A suspicion is made of what is measured of one training; its strength is from 0 to 1. An experiment
is the same training with one thing changed, and confirms it where the skill gained is large enough
from every start. Other limits are computed from the kept suspicions and gains, without a new
training: what would have been tried with them is taken to be the same.

Asserted was that the interval of experiments lies above that of the best limit. It does not: of the
cases that were in view when the limits were set, these alone find most, and two dozen cases are too
few to tell the rest from chance. What is asserted now is that, and that alarms are as few.
"""

from trainingtips import plotting, statistics
from trainingtips.experiments import checkups

INPUTS = ["tests/checkup/score.json"]
VERDICT = "not reproduced"  # of trainings that were in view when the rules were written
STRENGTHS = (0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
TIMES = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4)

ALT = (
    "One panel, right causes against false alarms, both from zero to one. The curve of limits "
    "alone runs up the left side to a point near nine tenths, and from there to the right without "
    "finding more. The curve of experiments stays in the upper left corner, with a ring on it."
)
NUMBER = (
    "right cause first with experiments: {tried.1.hits | interval(0, share=True)}; by the best "
    "limit with as few alarms: {best | interval(0, share=True)}"
)


def compute():
    sets = checkups.sets(INPUTS[0])
    failing, peaceful = checkups.told(sets)
    limits = {f"{s:g}": lambda row, s=s: checkups.measured(row, s) for s in STRENGTHS}
    gains = {f"{t:g}": lambda row, t=t: checkups.tried(row, t) for t in TIMES}
    found = {"measured": limits, "tried": gains}
    points = {
        name: {k: rated(judge, failing, peaceful) for k, judge in each.items()}
        for name, each in found.items()
    }
    few = points["tried"]["1"]["alarms"].mean
    alike = [p["hits"] for p in points["measured"].values() if p["alarms"].mean <= max(few, 0.05)]
    best = max(alike, key=lambda hits: hits.mean, default=statistics.proportion(0, len(failing)))
    return points | {
        "best": best,
        "failing": len(failing),
        "healthy": len(peaceful),
        "kept": sum(checkups.same(row) for row in failing + peaceful),
    }


def rated(judge, failing, peaceful):
    """Shares of right causes that come first, and of false alarms."""
    return {
        "hits": statistics.share([checkups.first(row, judge(row)) for row in failing]),
        "alarms": statistics.share([judge(row)[1] for row in peaceful]),
    }


def claim(result):
    tried, best = result["tried"]["1"], result["best"]
    assert tried["hits"].low <= best.high, f"expected overlap, measured {tried['hits']}, {best}"
    assert best.low > 0.5, f"expected limits to find most, measured {best}"
    assert tried["hits"].mean > best.mean, f"expected more than {best}, measured {tried['hits']}"
    assert tried["alarms"].mean <= 0.05, f"expected few false alarms, measured {tried['alarms']}"
    count = result["failing"] + result["healthy"]
    assert result["kept"] == count, f"computed anew, {result['kept']} of {count} come out as kept"


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1, height=4, xticks=SHARES, yticks=SHARES)
    looks = {"measured": ("vermilion", "limits alone"), "tried": ("blue", "with experiments")}
    for name, (colour, text) in looks.items():
        found = result[name].values()
        alarms, hits = ([p[k].mean for p in found] for k in ("alarms", "hits"))
        plotting.curve(axes, alarms, hits, colour, text, marked=True)
    now = result["tried"]["1"]
    axes.plot(now["alarms"].mean, now["hits"].mean, "o", color=plotting.colour("blue"), ms=13,
              mfc="none")  # fmt: skip
    for name in ("0.2", "0.5", "0.9"):
        at = result["measured"][name]
        place = (at["alarms"].mean + 0.02, at["hits"].mean - 0.05)
        plotting.label(axes, f"strength {name}", place, "vermilion")
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.05))
    axes.set(xlabel="healthy and mended ones with an alarm", ylabel="right cause first")
    axes.legend(loc="lower right")


SHARES = ([0, 0.25, 0.5, 0.75, 1], "{x:.0%}")
