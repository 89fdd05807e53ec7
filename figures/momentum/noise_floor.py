"""Under gradient noise a larger β raises the floor at equal η, hardly moves it at equal η/(1 − β).

From a start at 3, β = 0.9 follows plain descent at ten times the rate, to nearly the same floor.
That floor against β: means of 64 seeds with 95 % intervals, on the closed form.

The loss is ½θ² with independent normal noise, σ = 1, in each gradient. The closed form of the floor
is ½ησ²(1 + β) / ((1 − β)(2 + 2β − η)). At equal η = 0.01 it grows like 1/(1 − β); at equal η/(1 −
β) = 0.1 it falls by at most a twentieth. The traces are means of 1,024 seeds and end on their
closed forms; 64 would leave an end uncertain by a tenth. "Hardly" is of that small η/(1 − β): at
one, half of what is stable without momentum, the closed form has about half of plain descent's
floor at β = 0.9.
"""

import numpy as np

from trainingtips import momentum, plotting
from trainingtips.experiments import floors
from trainingtips.statistics import ratio, student

BETAS = np.array([0.0, 0.5, 0.8, 0.9, 0.95, 0.98])
ETA, EFFECTIVE = 0.01, 0.1
TRACED, START, SHOWN = ((0.01, 0.0), (0.1, 0.0), (0.01, 0.9)), 3.0, 400
SEED, SEEDS, BURN_IN, UPDATES = 0, 64, 2000, 20_000
FOLLOWED, ENDED = 1024, 200  # seeds of the traces, and the update from which they count as ended

VERDICT = "regime"  # the second half: at a small effective rate
ALT = (
    "The mean loss over updates: momentum 0.9 falls as fast as plain descent at ten times the "
    "rate and ends at the same level, plain descent at the small rate is slower and ends far "
    "lower. The floor against momentum, on a log axis: at equal rate it rises steeply, at equal "
    "effective rate it is level. Points lie on both lines of theory."
)
NUMBER = (
    "floor at β = 0.9 over plain descent’s: {rise | interval(1)} at equal η, {ratio | interval(2)} "
    "at equal η/(1 − β)"
)


def compute():
    equal, effective = np.full(len(BETAS), ETA), EFFECTIVE * (1 - BETAS)
    rates = np.array([equal, effective])[..., None]
    samples = floors.floors(rates, BETAS[:, None], SEEDS, BURN_IN, UPDATES, SEED)
    fixed, scaled = ([student(row) for row in rows] for rows in samples)
    traces = floors.traces(TRACED, START, FOLLOWED, SHOWN, SEED + 1)
    (large, heavy), betas = traces[1:, ENDED:].mean(1), np.array([0.0, TRACED[-1][1]])
    return {
        "betas": BETAS,
        "eta": ETA,
        "effective": EFFECTIVE,
        "equal_eta": fixed,
        "equal_effective": scaled,
        "theory_equal_eta": momentum.noise_floor(equal, BETAS, 1, 1),
        "theory_equal_effective": momentum.noise_floor(effective, BETAS, 1, 1),
        "rise": ratio(samples[0, 3], samples[0, 0]),  # β = 0.9 over β = 0
        "ratio": student(samples[1, 3] / samples[1, 0]),
        "traces": traces.mean(2),
        "ends": [student(large), student(heavy)],
        "theory_ends": momentum.noise_floor(EFFECTIVE * (1 - betas), betas, 1, 1),
        "limit": 1 - EFFECTIVE / 2,
    }


def claim(result):
    for name in ("equal_eta", "equal_effective", "ends"):
        for floor, theory in zip(result[name], result[f"theory_{name}"], strict=True):
            # fourteen intervals of 95 %: one may well miss, none by as much again
            within = abs(floor.mean - theory) < 2 * (floor.high - floor.mean)
            assert within, f"expected the closed form's {theory:.5f} at {name}, measured {floor}"
    rising = result["equal_eta"]
    for beta, one, other in zip(result["betas"][1:], rising, rising[1:], strict=False):
        assert one.high < other.low, f"expected a higher floor at β = {beta}, measured {other}"
    rise, closed = result["rise"], result["theory_equal_eta"]
    within = abs(rise.mean - closed[3] / closed[0]) < 2 * (rise.high - rise.mean)
    assert within, f"expected a rise by {closed[3] / closed[0]:.2f} at β = 0.9, measured {rise}"
    kept, limit = result["ratio"], result["limit"]
    within = limit - 0.02 < kept.low and kept.high < 1
    assert within, f"expected a little less than plain descent's floor, measured {kept} of it"
    plain, others = result["equal_effective"][0], result["equal_effective"][1:]
    least = min(other.low for other in others) / plain.mean
    most = max(other.high for other in others) / plain.mean
    within = limit - 0.05 < least and most < 1.05
    assert within, f"expected nearly one floor for all β, measured {least:.3f} to {most:.3f} of it"


LOOKS = {  # colour, name, and where it stands
    "equal_eta": ("vermilion", r"equal $\eta$", (1.3, 0.0035)),
    "equal_effective": ("blue", r"equal $\eta/(1-\beta)$", (0, 0.031)),
}
TRACES = (
    ("text", r"$\eta$ = 0.01", (150, 0.6)),
    ("blue", r"$\eta$ = 0.1", (40, 0.011)),
    ("vermilion", "$\\eta$ = 0.01,\n$\\beta$ = 0.9", (58, 0.07)),
)


def draw(result, figure):
    left, right = plotting.panels(figure, ["from a start at 3", "the floor, on theory"], height=3.7)
    for trace, look in zip(result["traces"], TRACES, strict=True):
        plotting.curve(left, np.arange(len(trace)), trace, *look)
    left.set(yscale="log", xlabel="update", ylabel="loss, mean of 1,024 seeds")
    places = np.arange(len(result["betas"]))
    for name, look in LOOKS.items():
        plotting.points(right, places, result[name], *look)
        plotting.theory(right, places, result[f"theory_{name}"], look[0])
    plotting.ticks(right.xaxis, places, [f"{beta:g}" for beta in result["betas"]])
    right.set(yscale="log", xlabel=r"momentum $\beta$", ylabel="floor of the loss")
