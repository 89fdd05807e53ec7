"""On a GPU an update of a thousand examples takes no longer than that of one; of a million, ∝ B.

Time of one update of a network 784-256-256-10 on the GPU that the picture names, with quartiles.
Ring: the largest batch that takes at most a fifth longer than one example.

ReLU, cross-entropy, plain SGD in single precision, on inputs of MNIST's shape that lie on the GPU,
so that no loading is timed. The median of up to 101 rounds over all sizes; each run waits for the
GPU's queue to be empty. What a small batch costs is the time in which the processor asks for some
twenty kernels.
"""

import numpy as np
import torch

from trainingtips import plotting
from trainingtips.experiments.update_times import growth, record

HARDWARE = "gpu"
VERDICT = "regime"  # a small network on a large GPU
BATCHES = (1, 10, 100, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 10**6)
FEATURES, HIDDEN = 784, (256, 256)
THOUSAND = BATCHES.index(1000)

ALT = (
    "Log-log axes, the time of one update on a GPU against the batch size from one to a million: "
    "the curve is level up to thousands of examples, a ring marks where it is a fifth higher, and "
    "then it turns into a straight line of slope one."
)
NUMBER = "batch up to which an update takes at most a fifth longer than at B = 1: {record.flat_to}"


def compute():
    if not torch.cuda.is_available():
        raise RuntimeError("this is a record of a GPU, and torch sees none on this machine")
    return {"batches": BATCHES, "record": record("cuda", 1, BATCHES, FEATURES, HIDDEN)}


def claim(result):
    found, median = result["record"], result["record"]["median"]
    assert found["flat_to"] >= 1000, f"expected flat to 1000, measured {found['flat_to']}"
    slower = median[THOUSAND] / median[0]
    assert slower < 1.2, f"expected B = 1000 to take as long as 1, measured {slower:.2f} times"
    power = growth(result["batches"], median)
    assert 0.85 < power < 1.15, f"expected time ∝ B in the end, measured B^{power:.2f}"


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1, height=4)
    batches, found = np.array(result["batches"]), result["record"]
    low, median, high = (1e3 * found[each] for each in ("low", "median", "high"))
    plotting.curve(axes, batches, median, "green", marked=True, between=(low, high))
    ring = batches == found["flat_to"]
    axes.plot(batches[ring], median[ring], "o", color=plotting.colour("green"), ms=13, mfc="none")
    line = median[-1] * batches[-5:] / batches[-1]
    plotting.theory(axes, batches[-5:], line / 1.4, "muted", "in proportion to $B$", look=":")
    axes.set(
        xscale="log", xlabel="batch size $B$", yscale="log", ylabel="time of one update, in ms"
    )
    axes.set_title(found["device"])
    axes.legend(loc="upper left")
