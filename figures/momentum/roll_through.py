"""From a slope, momentum rolls through a plateau and a dip where plain descent stops.

Where three balls come to rest that start on a hillside, and where balls rest by start and momentum.
Who starts *on* the plateau gathers no speed; who is very fast may roll back into the dip.

A surface with one weight: a hillside, a plateau, a small dip, a deep minimum; η = 0.05 for all, and
4,000 updates. Plain descent never reaches the deep minimum, not even with the larger rate η/(1 −
β). The sentence holds in a regime: a ball that starts on the plateau gets no further than the dip,
and with very high β a ball that has passed the dip may roll back into it.
"""

from itertools import islice

import numpy as np
from matplotlib.colors import ListedColormap

from trainingtips import momentum, plotting

VERDICT = "regime"
ETA, UPDATES = 0.05, 4000
STARTS = (np.arange(84) + 0.5) / 20 - 0.2
MEMORIES = np.geomspace(1, 300, 60)  # 1 / (1 − β): about so many gradients count
BETAS = 1 - 1 / MEMORIES
HILLSIDE, FLAT = 0.5, 3.0  # starts below the one, or within 0.5 of the other
WIDTH, DIP, DEEP = 0.25, 4.5, 6.5  # the hillside's; where the two minima lie
SHOWN, BALL = (0.0, 0.9, 0.96), 0.0  # momentum of the three balls, and their start
PLACES = ("plateau", "dip", "deep")

ALT = (
    "Left, a curve that falls from a hillside to a plateau, then a small dip, then a deep minimum. "
    "From the same start the plain ball stops on the plateau, one with momentum 0.9 in the dip, "
    "one with 0.96 in the deep minimum. Right, a map over start and momentum: the deep minimum is "
    "reached only from starts on the hillside with momentum above about 0.94, and for the highest "
    "momentum its region is torn into stripes."
)
NUMBER = (
    "least β at which every start on the slope arrives: {least_beta | decimals(2)}; without "
    "momentum {plain_reach | percent(0)} of starts"
)


def compute():
    rests = rest(ETA, BETAS[:, None])
    later = rest(ETA, BETAS[:, None], 2 * UPDATES)
    larger = rest(ETA * MEMORIES[:, None], 0.0)  # plain, but as large a step in the long run
    curve = np.linspace(-0.5, 8, 200)
    deep = rests == PLACES.index("deep")
    slope, flat = STARTS < HILLSIDE, abs(STARTS - FLAT) < 0.5
    reached = deep[:, slope].all(1)
    return {
        "starts": STARTS,
        "betas": BETAS,
        "eta": ETA,
        "rests": [[int(each) for each in row] for row in rests],
        "curve": {"x": curve, "loss": surface(curve)},
        "balls": [ball(beta) for beta in SHOWN],
        "ball_betas": SHOWN,
        "slope_reach": [float(each) for each in deep[:, slope].mean(1)],
        "least_beta": float(BETAS[reached.argmax()]),
        "plain_reach": float(deep[0].mean()),
        "larger_rate_reach": float((larger == PLACES.index("deep")).mean()),
        "flat_reach": float(deep[:, flat].mean()),
        "fall_back": int((deep[:-1] & ~deep[1:])[:, slope].sum()),
        "changed_later": float((rests != later).mean()),
        "deep_changed_later": float((deep != (later == PLACES.index("deep"))).mean()),
        "highest_reach": float(deep[-10:, slope].mean()),
    }


def surface(x):
    """The loss at x: hillside down to a plateau at −1, dip of depth 0.1, deep minimum, wall."""
    hill = -1 / (1 + np.exp(-(x - 1) / WIDTH))
    dips = 0.1 * np.exp(-(((x - DIP) / 0.3) ** 2)) + np.exp(-(((x - DEEP) / 0.5) ** 2))
    return hill - dips + 0.5 * np.maximum(x - DEEP, 0) ** 2


def slope(x):
    """The derivative of `surface`; far outside constant, where only too large a rate leads."""
    x = np.clip(x, -5, 15)  # such a rate then swings for ever instead of overflowing
    rise = np.exp(-(x - 1) / WIDTH)
    hill = -rise / WIDTH / (1 + rise) ** 2
    small = 0.1 * 2 * (x - DIP) / 0.3**2 * np.exp(-(((x - DIP) / 0.3) ** 2))
    deep = 2 * (x - DEEP) / 0.5**2 * np.exp(-(((x - DEEP) / 0.5) ** 2))
    return hill + small + deep + np.maximum(x - DEEP, 0)


def rest(eta, beta, updates=UPDATES):
    """The index in PLACES of where each start rests: (len(beta or eta), len(STARTS)).

    What is in neither minimum counts as the plateau.
    """
    x = next(islice(momentum.roll(slope, STARTS, eta, beta), updates, None))
    return np.where(abs(x - DEEP) < 0.3, 2, np.where(abs(x - DIP) < 0.3, 1, 0))


def ball(beta):
    """Where the ball from BALL is in the end: its place and its loss."""
    x = momentum.heavy_ball(slope, BALL, ETA, beta, UPDATES)
    return {"rest": float(x[-1]), "loss": float(surface(x[-1]))}


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


def draw(result, figure):
    titles = ["where three balls come to rest", "by start and momentum"]
    left, right = plotting.panels(figure, titles, height=3.8)
    left.plot(result["curve"]["x"], result["curve"]["loss"], "-", color=plotting.colour("muted"))
    start = (BALL, float(surface(np.array(BALL))) + 0.06)
    left.plot(*start, "o", color=plotting.colour("text"), markersize=9, mfc="none")
    plotting.label(left, "start", (BALL + 0.25, start[1]), va="center")
    for ball, look in zip(result["balls"], BALLS, strict=True):
        _draw_ball(ball, left, *look)
    left.set(xlabel="weight", ylabel="loss")
    _draw_map(np.array(result["rests"]), right)


BALLS = (  # colour, name, and its place beside the ball: inside the deep minimum is no room above
    ("blue", "plain", (0, 12)),
    ("amber", r"$\beta$ = 0.9", (0, 12)),
    ("vermilion", r"$\beta$ = 0.96", (-40, 12)),
)


def _draw_ball(ball, axes, colour, text, beside):
    at = (ball["rest"], ball["loss"] + 0.06)
    axes.plot(*at, "o", color=plotting.colour(colour), markersize=9)
    axes.annotate(
        text, at, beside, textcoords="offset points", color=plotting.colour(colour), ha="center"
    )


def _draw_map(rests, axes):
    colours = [plotting.colour(name) for name in ("muted", "amber", "vermilion")]
    memory = np.log10(MEMORIES)
    extent = (-0.2, 4, -memory[1] / 2, memory[-1] + memory[1] / 2)  # edges of the outer cells
    look = {"cmap": ListedColormap(colours), "interpolation": "nearest", "alpha": 0.6}
    axes.imshow(rests, origin="lower", aspect="auto", extent=extent, **look)
    betas = np.array([0, 0.5, 0.9, 0.95, 0.98, 0.99])
    plotting.ticks(axes.yaxis, -np.log10(1 - betas), [f"{beta:g}" for beta in betas])
    plotting.label(axes, "stops on the plateau", (0.1, 0.45))
    plotting.label(axes, "stops in the dip", (1.9, 1.35))
    plotting.label(axes, "reaches the\ndeep minimum", (-0.1, 1.42))
    axes.set(xlabel="start", ylabel=r"momentum $\beta$")
