"""The share of negative eigenvalues grows as the 3/2 power of the loss above a threshold.

Critical points of small networks on 200 digits, index up to 0.15, against their loss. Solid: the
power that fits best with its own threshold; dotted: 3/2 with its own. The intervals over splits
hold 3/2 and 1 alike: undecided.

Pennington and Bahri (2017) predict that power at small index for a model of random matrices, as an
approximation for networks. The points are those of `minimum_ratio`, without those whose output is
constant. Power and threshold are fitted together, by least squares over a grid: here no theory
gives the threshold, and the loss contains its weight penalty. A lower threshold takes a larger
power. Powers from 0.1 to 4 are tried, so that an interval which ends there is open to that side.
Intervals are over the splits of the data, up to eight, that have such points. Over twelve starts on
one split, as this was first done, three of the four excluded 3/2: an interval that forgets the
split misleads. Undecided is not refuted: what is asserted is that the index rises with the loss, by
the mean of the four rank correlations, and that 1 and 3/2 are told apart by at most one of the
four. That it rises in each of them had been asserted of the power, which was never tried below 0.1;
asked of ranks, it did not come out: in the wide network with cross-entropy the interval holds zero.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments.index_energy import PREDICTED, mean_rank, powers

VERDICT = "not reproduced"

AT = 2  # index of the zero's tolerance in use: 1e-6 of the largest |λ|
SMALL = 0.15  # the index up to which the power is fitted

ALT = (
    "Four panels, one for each loss and width: the share of negative eigenvalues of critical "
    "points rises from near zero with the loss. The best fit and the one with power 3/2 both pass "
    "through the points, which scatter about either."
)
NUMBER = (
    "powers {settings.0.power | interval(2)}, {settings.1.power | interval(2)}, "
    "{settings.2.power | interval(2)}, {settings.3.power | interval(2)}; predicted {predicted}"
)
REPORTED = "3/2 at small index, for a model of random matrices [@pennington2017]"


def compute(points):
    settings = [powers(each, AT, SMALL) for each in points["settings"]]
    found = [each["power"] for each in settings]
    undecided = [m.low <= 1 and m.high >= PREDICTED for m in found]
    return {
        "settings": settings,
        "predicted": PREDICTED,
        "undecided": int(sum(undecided)),
        "rank": mean_rank(points["settings"], AT, SMALL),
    }


def claim(result):
    rank = result["rank"]
    assert rank.low > 0, f"expected the index to rise with the loss, measured {rank}"
    # reproduced were it where intervals tell 3/2 from 1, in most networks; how many of the four
    # hold both hangs on the draw, four here and two on the first fresh one
    powers = [each["power"] for each in result["settings"]]
    told = [power for power in powers if 1 < power.low <= 1.5 <= power.high]
    assert len(told) <= 1, f"expected 3/2 to be told from 1 in one network at most, found {told}"


COLOURS = ("blue", "green", "vermilion", "purple")  # of the settings, as in `minimum_ratio`


def draw(result, figure):
    titles = [f"{each['kind']},\n{each['weights']} weights" for each in result["settings"]]
    panels = plotting.panels(figure, titles, 3.4, x="loss", ylim=(-0.01, 0.17))
    for axes, each, colour in zip(panels, result["settings"], COLOURS, strict=True):
        plotting.points(axes, each["loss"], each["index"], colour)
        x = np.linspace(min(each["loss"]), max(each["loss"]), 100)
        for name, look in (("predicted", ":"), ("own", "-")):
            threshold, power, factor = each["fits"][name]
            y = factor * np.maximum(x - threshold, 0) ** power
            plotting.theory(axes, x, y, "text" if name == "own" else "muted", look=look)
        plotting.note(axes, f"power {each['power'].mean:.2f}", (0.06, 0.9), colour)
    panels[0].set(ylabel="negative / all eigenvalues")
