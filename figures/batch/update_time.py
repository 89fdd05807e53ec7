"""On a processor an update takes twice as long for ten to fifty examples, then in proportion to B.

Time of one update of a network 784-256-256-10, with quartiles. Rings: the largest batch that takes
at most twice as long as one example. The flat stretch that lectures show is a GPU's.

ReLU, cross-entropy, plain SGD, on inputs of MNIST's shape, 60,000 examples of 784 numbers; batches
are slices that lie ready, so that no loading is timed. The median of the runs after warm-up, on one
thread and on two of the processor named in the data. `update_time_gpu` is the same on a GPU.
"""

import numpy as np
import torch

from trainingtips import networks, plotting
from trainingtips.experiments.update_times import growth, record

HARDWARE = True
VERDICT = "regime"  # the flat stretch needs hardware that one example leaves idle
EXAMPLES, FEATURES, HIDDEN = 60_000, 784, (256, 256)
BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000)

ALT = (
    "Log-log axes, the time of one update against the batch size from one to sixty thousand. The "
    "curves rise slowly at first, are twice as high after a few dozen examples, and then follow "
    "a straight line of slope one, for one thread and for two."
)
NUMBER = (
    "batch up to which an update takes at most twice as long as at B = 1: {records.one.double_to} "
    "on one core, {records.two.double_to} on two"
)


def compute():
    records = {
        name: record("cpu", threads, BATCHES, FEATURES, HIDDEN)
        for name, threads in (("one", 1), ("two", 2))
    }
    torch.set_num_threads(1)
    weights = sum(p.numel() for p in networks.mlp(FEATURES, 10, HIDDEN).parameters())
    return {"batches": BATCHES, "examples": EXAMPLES, "weights": weights, "records": records}


def claim(result):
    for name, found in result["records"].items():
        power = growth(result["batches"], found["median"])
        assert 0.85 < power < 1.15, f"{name}: expected time ∝ B, measured B^{power:.2f}"
        flat_to, double_to = found["flat_to"], found["double_to"]
        assert flat_to < 20, f"{name}: expected no flat stretch, measured up to B = {flat_to}"
        more = min(size for size in result["batches"] if size > double_to)
        twice = f"{name}: expected twice the time between 10 and 50, measured {double_to} to {more}"
        assert double_to >= 10 and more <= 50, twice


LOOKS = {
    "one": ("blue", "one thread"),
    "two": ("vermilion", "two threads"),
}


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1, height=4)
    batches = np.array(result["batches"])
    for name, found in result["records"].items():
        low, median, high = (1e3 * found[each] for each in ("low", "median", "high"))
        plotting.curve(axes, batches, median, *LOOKS[name], marked=True, between=(low, high))
        twice, colour = batches == found["double_to"], plotting.colour(LOOKS[name][0])
        axes.plot(batches[twice], median[twice], "o", color=colour, markersize=13, mfc="none")
    plotting.label(axes, "in proportion to $B$", (1200, 1.2))
    axes.set(
        xscale="log", xlabel="batch size $B$", yscale="log", ylabel="time of one update, in ms"
    )
    axes.legend(loc="upper left", title="ring: twice $B = 1$")
