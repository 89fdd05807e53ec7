"""From a slope, momentum rolls through a plateau and a dip where plain descent stops.

Where three balls come to rest that start on a hillside, and where balls rest by start and momentum.
Who starts *on* the plateau gathers no speed; who is very fast may roll back into the dip.

A surface with one weight: a hillside, a plateau, a small dip, a deep minimum; η = 0.05 for all, and
4,000 updates. Plain descent never reaches the deep minimum, not even with the larger rate η/(1 −
β). The sentence holds in a regime: a ball that starts on the plateau gets no further than the dip,
and with very high β a ball that has passed the dip may roll back into it.
"""

import numpy as np
from matplotlib.colors import ListedColormap

from trainingtips import plotting
from trainingtips.experiments import landscape

VERDICT = "regime"
ETA, UPDATES = 0.05, 4000
STARTS = (np.arange(84) + 0.5) / 20 - 0.2
MEMORIES = np.geomspace(1, 300, 60)  # 1 / (1 − β): about so many gradients count
BETAS = 1 - 1 / MEMORIES
HILLSIDE, FLAT = 0.5, 3.0  # starts below the one, or within 0.5 of the other
SHOWN, BALL = (0.0, 0.9, 0.96), 0.0  # momentum of the three balls, and their start

ALT = (
    "Where three balls come to rest: a curve falls from a hillside to a plateau, then a small "
    "dip, then a deep minimum. From the same start the plain ball stops on the plateau, one with "
    "momentum 0.9 in the dip, one with 0.96 in the deep minimum. By start and momentum: the deep "
    "minimum is reached only from starts on the hillside with momentum above about 0.94, and for "
    "the highest momentum its region is torn into stripes."
)
NUMBER = (
    "least β at which every start on the slope arrives: {least_beta | decimals(2)}; without "
    "momentum {plain_reach | percent(0)} of starts"
)


def compute():
    rests = landscape.rest(STARTS, ETA, BETAS[:, None], UPDATES)
    later = landscape.rest(STARTS, ETA, BETAS[:, None], 2 * UPDATES)
    large = ETA * MEMORIES[:, None]  # plain, but as large a step in the long run
    larger = landscape.rest(STARTS, large, 0.0, UPDATES)
    deepest = landscape.PLACES.index("deep")
    curve = np.linspace(-0.5, 8, 200)
    deep = rests == deepest
    slope, flat = STARTS < HILLSIDE, abs(STARTS - FLAT) < 0.5
    reached = deep[:, slope].all(1)
    return {
        "starts": STARTS,
        "betas": BETAS,
        "eta": ETA,
        "rests": [[int(each) for each in row] for row in rests],
        "curve": {"x": curve, "loss": landscape.surface(curve)},
        "balls": [landscape.ball(BALL, ETA, beta, UPDATES) for beta in SHOWN],
        "ball_betas": SHOWN,
        "slope_reach": [float(each) for each in deep[:, slope].mean(1)],
        "least_beta": float(BETAS[reached.argmax()]),
        "plain_reach": float(deep[0].mean()),
        "larger_rate_reach": float((larger == deepest).mean()),
        "flat_reach": float(deep[:, flat].mean()),
        "fall_back": int((deep[:-1] & ~deep[1:])[:, slope].sum()),
        "changed_later": float((rests != later).mean()),
        "deep_changed_later": float((deep != (later == deepest)).mean()),
        "highest_reach": float(deep[-10:, slope].mean()),
    }


def claim(result):
    plain, larger = result["plain_reach"], result["larger_rate_reach"]
    assert plain == 0, f"expected plain descent to stop before, measured {plain:.0%} in the deep"
    assert larger == 0, f"expected the larger rate to stop too, measured {larger:.0%} in the deep"
    betas, reach = result["betas"], np.array(result["slope_reach"])
    good = reach[(betas > 0.95) & (betas < 0.97)]
    assert (good == 1).all(), f"expected every start on the slope to get there, measured {good}"
    below = reach[betas < 0.9].max()
    assert below == 0, f"expected β < 0.9 not to get there, measured {below:.0%} of starts"
    flat = result["flat_reach"]
    assert flat == 0, f"expected no start on the plateau to get there, measured {flat:.0%}"
    assert result["fall_back"] > 0, "expected starts that a higher β loses again, measured none"
    changed = result["deep_changed_later"]
    assert changed == 0, f"expected nobody to arrive later, measured {changed:.1%} of the balls"


CELL = np.log10(MEMORIES[1])
EXTENT = (-0.2, 4, -CELL / 2, np.log10(MEMORIES[-1]) + CELL / 2)  # edges of the outer cells
LABELS = [0, 0.5, 0.9, 0.95, 0.98, 0.99]  # of momentum, on an axis of log₁₀ 1 / (1 − β)
PANELS = {
    "where three balls come to rest": {"x": "weight", "y": "loss"},
    "by start and momentum": {
        "x": "start",
        "y": r"momentum $\beta$",
        "yticks": ([-np.log10(1 - beta) for beta in LABELS], [f"{beta:g}" for beta in LABELS]),
    },
}
BALLS = (  # colour, name, and its place
    ("blue", "plain", (2.9, -0.79)),
    ("amber", r"$\beta$ = 0.9", (4.3, -0.89)),
    ("vermilion", r"$\beta$ = 0.96", (5.2, -1.86)),
)
RESTS = {
    "stops on the plateau": (0.1, 0.45),
    "stops in the dip": (1.9, 1.35),
    "reaches the\ndeep minimum": (-0.1, 1.42),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.8)
    plotting.curve(left, result["curve"]["x"], result["curve"]["loss"], "muted")
    start = float(landscape.surface(np.array(BALL))) + 0.06
    plotting.points(left, BALL, start, "text", "start", (0.3, start - 0.03), look="o", hollow=True)
    for ball, (colour, *words) in zip(result["balls"], BALLS, strict=True):
        place, top = ball["rest"], ball["loss"] + 0.06
        left.plot(place, top, "o", color=plotting.colour(colour), markersize=9)
        plotting.label(left, *words, colour, ha="center")
    colours = ListedColormap([plotting.colour(each) for each in ("muted", "amber", "vermilion")])
    right.imshow(result["rests"], colours, origin="lower", aspect="auto", extent=EXTENT, alpha=0.6)
    for text, place in RESTS.items():
        plotting.label(right, text, place)
