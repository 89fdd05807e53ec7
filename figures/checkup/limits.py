"""Most healthy trainings are beyond some limit, so that a limit alone only makes a suspicion.

How far beyond a limit lies what was measured, as a factor: right of the line is too far. Circles:
failing trainings with that cause; lines: healthy and mended ones. At the right, how many of each
lie beyond.

A row is a limit of a rule of the check-up, of what it measures in one training. Rows without a
failing training of its cause show what a rule that guards against it costs. Factors beyond a
thousand are drawn at a thousand.
"""

import numpy as np

from trainingtips import plotting, statistics
from trainingtips.experiments import checkups

INPUTS = ["tests/checkup/score.json"]
FAR = 1000  # as a factor

ALT = (
    "A row for each limit. Circles of failing trainings with that cause lie mostly right of the "
    "line, some of them far; marks of healthy trainings lie mostly left of it, but in many rows a "
    "few lie beyond."
)
NUMBER = (
    "healthy and mended trainings that are beyond a limit: {crossing | interval(0, share=True)}"
)


def compute():
    failing, peaceful = checkups.told(checkups.sets(INPUTS[0]))
    limits = sorted({name for row in failing + peaceful for name in row["values"]})
    found = {name: factors(name, failing, peaceful) for name in limits}
    return {
        "limits": {name: each for name, each in found.items() if len(each["healthy"])},
        "crossing": statistics.share(
            [max(checkups.beyond(r).values(), default=0) > 1 for r in peaceful]
        ),
        "own": statistics.share(
            [any(v > 1 for v in own) for row in failing if (own := of_cause(row))]
        ),
    }


def of_cause(row):
    """The factors of the limits that a failing training's own causes have."""
    return [v for n, v in checkups.beyond(row).items() if n.partition(":")[0] in row["right"]]


def factors(name, failing, peaceful):
    label = name.partition(":")[0]
    has = [(label in row["right"], checkups.beyond(row).get(name)) for row in failing]
    return {
        "own": np.array([v for own, v in has if own and v is not None]),
        "healthy": np.array(
            [v for row in peaceful if (v := checkups.beyond(row).get(name)) is not None]
        ),
    }


def claim(result):
    crossing, own = result["crossing"], result["own"]
    assert crossing.low > 0.5, f"expected most healthy ones beyond a limit, measured {crossing}"
    assert own.mean > crossing.mean, f"expected those of the cause more often, measured {own}"


def draw(result, figure):
    names = list(result["limits"])[::-1]
    (axes,) = plotting.panels(figure, 1, height=0.46 * len(names) + 1.2)
    for place, name in enumerate(names):
        each = {kind: np.clip(v, 1 / FAR, FAR) for kind, v in result["limits"][name].items()}
        text = {"healthy": "healthy, mended", "own": "of that cause"} if not place else {}
        for kind, colour, look in (("healthy", "blue", "|"), ("own", "vermilion", "o")):
            at = np.full(len(each[kind]), place)
            plotting.points(axes, each[kind], at, colour, text.get(kind, ""), look=look)
        counts = [f"{(v > 1).sum()}/{len(v)}" for v in (each["own"], each["healthy"])]
        plotting.label(axes, ", ".join(counts), (1.01, place), xycoords=SIDE, va="center")
    plotting.mark(axes, 1)
    shown = [name.replace("_", " ").replace(": ", ":\n") for name in names]
    plotting.ticks(axes.yaxis, range(len(names)), shown)
    axes.set(
        xscale="log", xlabel="measured / limit, or limit / measured", ylim=(-0.6, len(names) - 0.4)
    )
    figure.legend(loc="outside upper center", ncols=2)


SIDE = ("axes fraction", "data")
