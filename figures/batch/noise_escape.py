"""From a saddle with a full gradient of zero, small batches leave sooner, and the full one stays.

A network starts at a saddle, where batches have a gradient and the whole set has none. Its loss
along four runs of each batch size, and the share of 32 runs that escaped, with 95 % intervals, at a
moderate rate.

A network of 64, 32 and 8 units (ReLU) on the digits 0 to 7, 64 of each. All weights between units
are zero, the hidden biases are 1/32, 2/32, … 1: each picture gets the same answer, one in eight for
each class. On the whole set, which is balanced, the errors cancel, and the gradient is zero; on a
batch they do not. The Hessian has negative eigenvalues: it is a saddle. 32 seeds for each batch
size, plain SGD at rate 0.1, with Wilson intervals. A network has escaped once its loss over all
examples is at nine tenths of log 8 or below, looked at every ten updates.

Batches are computed in double precision: in single, the rounding errors of a batch of 256 grow
faster than its noise and lead it out some twenty updates sooner, at another time on each processor.
The full batch is computed in single precision, where its sums are exact: classes and sizes are
powers of two, so that it has not even rounding errors to leave by. In double, probabilities of one
in eight are off by one.

No example's gradient has a part along the steepest ways out; some have, along less steep ones. Two
limits are measured as well: where the hidden biases are zero too, no batch has a gradient along any
way out, and at three times the rate most networks do not get down for the noise of batch 1.
"""

from itertools import pairwise

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import saddle
from trainingtips.statistics import median, share

ETA, UPDATES, EVERY = 0.1, 800, 10
HOT = 3 * ETA
ESCAPED = 0.9 * float(np.log(8))
VERDICT = "regime"  # at a larger rate batch 1 does not get down
SETTING = saddle.Setting(8, 64, 32, seeds=32, updates=UPDATES, every=EVERY, target=ESCAPED)
SMALLER, N = [1, 4, 16, 64, 256], SETTING.n
BUDGETS = (200, 350, 500, UPDATES)  # updates T
CURVES = 4  # loss curves of each size in the picture

ILLUSTRATION = ("losses",)  # four single paths of each size; the shares and medians are of all

ALT = (
    "The loss against the update: curves of small batches leave the level of log 8 first, larger "
    "batches later, at equal steps, and the full batch's line stays level to the end. The share "
    "escaped against batch size: falling curves for small budgets; for the largest budget it is "
    "one at every size but the full batch, where it is zero."
)
NUMBER = (
    "share of runs at B = 256 that have left within 800 updates: {share.800.4 | interval(0, "
    "share=True)}"
)


def compute():
    plans = [(size, 1.0, ETA) for size in SMALLER] + [(1, 0.0, ETA), (1, 1.0, HOT), (N, 1.0, ETA)]
    *sized, dead, hot, full = saddle.runs(SETTING, plans)
    left = [saddle.escapes(run) for run in sized]
    curvatures, parts = saddle.ways_out(SETTING)
    steepest = int(np.flatnonzero(parts > 1e-9)[0])  # the steepest way that a batch has a part in
    losses = zip([*SMALLER, N], [*sized, full], strict=True)
    return {
        "n": N,
        "eta": ETA,
        "weights": saddle.weights(SETTING),
        "sizes": [*SMALLER, N],
        "budgets": BUDGETS,
        "every": EVERY,
        "eigenvalues": saddle.eigenvalues(SETTING),
        "ways_out": curvatures,  # the negative eigenvalues
        "along": parts,  # one example's gradient there, root mean square
        "along_all": float(np.sqrt((parts**2).sum())),
        "first_way": float(curvatures[steepest]),
        # by the linear theory, independent batches: updates more for four times the batch
        "expected_more": float(np.log(2) / np.log1p(-ETA * curvatures[steepest])),
        "largest_gradient": saddle.largest_gradient(SETTING),
        "single_gradient": saddle.largest_gradient(SETTING, examples=1),
        "full_moved": float(np.ptp(full.losses)),
        "full_updates": int(full.updates[-1]),
        "losses": {str(size): saddle.curves(run, EVERY, CURVES) for size, run in losses},
        "full_escaped": bool(full.reached[0] >= 0),
        "share": {str(t): [share(each <= t) for each in left] for t in BUDGETS},
        # of those that never leave, at least so many
        "median": [median(np.minimum(each, UPDATES), looked=EVERY) for each in left],
        "dead_share": share(dead.reached >= 0),
        "hot_eta": HOT,
        "hot_share": share(hot.reached >= 0),
    }


def claim(result):
    gradient, along = result["largest_gradient"], result["along"]
    moved, lowest = result["full_moved"], result["eigenvalues"][0]
    assert gradient == 0, f"expected a critical point, measured a gradient of {gradient:.1e}"
    assert lowest < -0.1, f"expected a saddle, measured λ_min = {lowest:.3f}"
    assert moved == 0, f"expected the full batch to stay, measured a move of {moved:.1e}"
    assert along[0] < 1e-9, f"expected no noise along the steepest way, measured {along[0]:.1e}"
    assert result["along_all"] > 0.1, f"expected noise along a way out, measured {along}"
    assert not result["full_escaped"], "expected the full batch to stay, measured an escape"
    for size, found in zip(result["sizes"], result["share"][str(UPDATES)], strict=False):
        # beyond chance more than three in four: Wilson's lower end passes .85 for 32 of 32 alone
        assert found.low > 0.75, f"expected B = {size} to escape, measured {found}"
    one, four, *larger = result["median"]
    assert one.low < four.high, f"expected more noise to leave no later, measured {one}, {four}"
    for sooner, later in pairwise([four, *larger]):
        assert sooner.high < later.low, f"expected more noise to leave sooner: {sooner}, {later}"
    more = [b.mean - a.mean for a, b in pairwise(result["median"])]
    apart = f"expected a rise of each step, beyond the linear theory's, measured {more}"
    assert sorted(more) == more and more[-1] > 2 * result["expected_more"], apart
    dead, hot = result["dead_share"], result["hot_share"]
    assert dead.mean == 0, f"expected no way out with hidden biases zero, measured {dead}"
    assert hot.high < 0.5, f"expected few to get down at three times the rate, measured {hot}"


SIZES = {"x": "batch size $B$", "xlim": (0.7, 900), "xticks": SMALLER, "log": "x"}
PANELS = {
    "the loss": {"x": "update", "y": "loss over all examples", "ylim": (1.8, 2.3)},
    "share escaped": SIZES | {"y": "share escaped", "ylim": (-0.04, 1.06)},
}
LOOKS = {  # by batch size: colour, name, and where it stands
    "1": ("amber", "$B$ = 1", (20, 2.24)),
    "16": ("green", "16", (345, 1.95)),
    "64": ("purple", "64", (465, 1.95)),
    "256": ("vermilion", "256", (705, 1.95)),
    "512": ("blue", "full batch", (560, 2.11)),
}
COLOURS = dict(zip(BUDGETS, ("blue", "green", "purple", "vermilion"), strict=True))


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.5)
    for size, (colour, text, at) in LOOKS.items():
        for losses in result["losses"][size]:
            plotting.curve(left, EVERY * np.arange(len(losses)), losses, colour, look="-")
        plotting.label(left, text, at, colour)
    plotting.level(left, ESCAPED, "text", "escaped", (20, ESCAPED - 0.035))
    for budget, colour in COLOURS.items():
        shares = result["share"][str(budget)]
        plotting.points(right, SMALLER, shares, colour, f"{budget}", joined=True)
    plotting.points(right, N, 0, "text", "full\nbatch", (N, 0.05), "center", look="*")
    right.legend(title="updates", loc="center right", bbox_to_anchor=(1.02, 0.6))
