"""On a GPU a small update is mostly asking: as one graph of kernels it takes under a third.

Time of one update of a network 784-256-256-10 on the GPU that the picture names, with quartiles:
asked for kernel by kernel, and recorded once and replayed.

ReLU, cross-entropy, plain SGD in single precision, on inputs that lie on the GPU. Both ways and all
sizes are timed in turn, in up to 101 rounds, and each run waits for the GPU's queue to be empty. A
CUDA graph holds the very kernels that PyTorch asks for, with the places they read and write.
"""

import numpy as np
import torch

from trainingtips import plotting
from trainingtips.experiments.update_times import growth, recorded

HARDWARE = "gpu"
VERDICT = "regime"  # a small network on a large GPU
BATCHES = (1, 10, 100, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 10**6)
FEATURES, HIDDEN = 784, (256, 256)
THOUSAND = BATCHES.index(1000)

ALT = (
    "Log-log axes, the time of one update on a GPU against the batch size from one to a million. "
    "Kernel by kernel the curve is level up to tens of thousands; as one graph it starts several "
    "times lower, rises sooner, and the two meet on one straight line of slope one."
)
NUMBER = "an update of one example takes {times | digits(2)} times as long, asked kernel by kernel"


def compute():
    if not torch.cuda.is_available():
        raise RuntimeError("this is a record of a GPU, and torch sees none on this machine")
    found = recorded(BATCHES, FEATURES, HIDDEN)
    times = found["asked"]["median"] / found["graph"]["median"]
    return {"batches": BATCHES, **found, "times": float(times[0]), "times_by_size": times}


def claim(result):
    times = result["times_by_size"]
    assert times[0] > 3, f"expected a third of the time at B = 1, measured 1/{times[0]:.2f}"
    assert times[-1] < 1.1, f"expected as long at a million, measured {times[-1]:.2f} times"
    for name in ("asked", "graph"):
        power = growth(result["batches"], result[name]["median"])
        assert 0.85 < power < 1.15, f"{name}: expected time ∝ B in the end, measured B^{power:.2f}"
    slower = result["asked"]["median"][THOUSAND] / result["asked"]["median"][0]
    assert slower < 1.2, f"asked: expected B = 1000 to take as long as 1, measured {slower:.2f}"


LOOKS = {
    "asked": ("green", "kernel by kernel", (1.2, 2.2)),
    "graph": ("blue", "as one graph", (30, 0.06)),
}


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1, height=4)
    batches = np.array(result["batches"])
    for name, look in LOOKS.items():
        low, median, high = (1e3 * result[name][each] for each in ("low", "median", "high"))
        plotting.curve(axes, batches, median, *look, marked=True, between=(low, high))
    axes.set(
        xscale="log", xlabel="batch size $B$", yscale="log", ylabel="time of one update, in ms"
    )
    axes.set_title(result["device"])
