"""Watching costs a training of a million weights a tenth of its time at most; a small one, more.

Processor time, watched over unwatched, of 300 updates and of 3,000: dots are medians, bands reach
from the least to the largest of the pairs. Memory: what watching adds at the peak, over the size of
the weights.

The same training in turns, watched and not, on one thread: a network 64-w-w-10 with ReLU, Adam, and
batches of 64 random examples, w from 70 to 3,120. The first eight updates are looked at one by one,
later ones at distances that grow by a fifth, so that a longer training costs a smaller share; calls
between the looks are only let through.
"""

import numpy as np
import torch

from trainingtips import plotting
from trainingtips.experiments import watched

HARDWARE = True
VERDICT = "regime"  # of a small network an update takes no longer than a look at it
WIDTHS = (70, 280, 960, 3120)
PAIRS = {300: (9, 9, 7, 3), 3000: (5, 5, 0, 0)}  # by width; the large ones take minutes

ALT = (
    "Two panels against the number of weights, from ten thousand to ten million. The ratio of "
    "times falls from well above one towards one, and lies lower for the longer training. The "
    "memory that watching adds is a few times that of the smallest network's weights, and about "
    "twice that of the largest's."
)
NUMBER = (
    "time of watched over unwatched training, at {weights.2} weights: {short.median.2 | digits(3)}"
)


def compute():
    torch.set_num_threads(1)
    found = {updates: rows(updates, pairs) for updates, pairs in PAIRS.items()}
    memory = [watched.memory(width) for width in WIDTHS]
    return {
        "weights": [weights for _, weights in memory],
        "memory": np.array([share for share, _ in memory]),
        "short": found[300],
        "long": found[3000],
    }


def rows(updates, pairs):
    found = [watched.ratio(w, updates, n) for w, n in zip(WIDTHS, pairs, strict=True) if n]
    return dict(zip(("median", "low", "high"), np.array(found).T, strict=True))


def claim(result):
    short, long = (result[name]["median"] for name in ("short", "long"))
    large = [r for n, r in zip(result["weights"], short, strict=True) if n > 900_000]
    assert len(large) == 2 and max(large) <= 1.1, f"expected 1.1 at most, measured {large}"
    assert short[0] > 1.1, f"expected more for a small one, measured {short[0]:.2f}"
    shorter = long < short[: len(long)]
    assert shorter.all(), f"expected a long training to cost a smaller share, measured {long}"


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, x="weights", log="x", ratios=(3, 2))
    weights = np.array(result["weights"])
    for name, colour, text in (("short", "vermilion", "300 updates"), ("long", "blue", "3,000")):
        found = result[name]
        n, between = weights[: len(found["median"])], (found["low"], found["high"])
        plotting.curve(left, n, found["median"], colour, text, marked=True, between=between)
    plotting.level(left, 1.1, text="a tenth", at=(weights[0], 1.115))
    left.legend()
    plotting.curve(right, weights, result["memory"], "green", marked=True)


PANELS = {
    "time": {"y": "watched / unwatched", "ylim": (0.95, None)},
    "memory": {"y": "added / size of the weights", "ylim": (0, None)},
}
