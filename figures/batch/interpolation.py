"""Past a large-batch solution the loss rises more steeply than equally far past a small-batch one.

Loss and accuracy on the straight line through a small-batch solution (α = 0) and a large-batch one
(α = 1), and beyond both: means of 32 pairs with 95 % bands. A line is one direction of 3,466.

Two networks of 64, 32, 32 and 10 units (ReLU) from the same start, one trained on handwritten
digits with B = 4, one with all 1,024 examples a batch, both until the training loss is 0.01. Along
the line (1 − α) θ_small + α θ_large, loss and accuracy are measured from α = −1 to 2 (Keskar et al.
2017, figure 3). Means of the loss are geometric; “past” is α < 0 on the small-batch side and α > 1
on the large-batch side. Between the ends lies a low barrier: they are not one valley's two walls.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.statistics import Measured, paired, student

DISTANCES = (0.1, 0.2, 0.5, 1.0)  # past each end, in lengths of the line

ALT = (
    "Left, the loss along the line, on a log axis: two dips, a wide one at the small-batch "
    "solution and a narrow one at the large-batch solution, with a low barrier between. Beyond the "
    "large-batch end the loss rises far more steeply. Right, the accuracy falls steeply "
    "there too, and slowly on the small-batch side; train and test curves have the same shape."
)
NUMBER = (
    "one distance past the large-batch end the loss is {times.3 | interval(0)} times that past "
    "the other"
)


def compute(equal_loss):
    alpha, line = equal_loss["alpha"], equal_loss["line"]
    loss = line["train_loss"]
    between = loss[(alpha >= 0) & (alpha <= 1)]

    def past(end, distance):
        return np.log10(loss[np.abs(alpha - end - distance).argmin()])

    return {
        "batches": [equal_loss["batches"][i] for i in (0, -1)],
        "target": equal_loss["target"],
        "pairs": loss.shape[1],
        "alpha": alpha,
        "loss": {
            name: [geometric(row) for row in line[name]] for name in ("train_loss", "test_loss")
        },
        "accuracy": {
            name: [student(row) for row in line[name]]
            for name in ("train_accuracy", "test_accuracy")
        },
        "distance": student(equal_loss["distance"]),
        "distances": DISTANCES,
        "times": [  # loss past the large-batch end over loss as far past the small-batch end
            powers(paired(past(1, d), past(0, -d))) for d in DISTANCES
        ],
        "steeper": [int((past(1, d) > past(0, -d)).sum()) for d in DISTANCES],  # of the pairs
        "barrier": geometric(between.max(0) / between[[0, -1]].max(0)),  # over the higher end
    }


def geometric(samples):
    """The geometric mean with its interval."""
    return powers(student(np.log10(samples)))


def powers(measured):
    """10 to the power of a mean and its interval: a factor."""
    return Measured(*(10 ** getattr(measured, end) for end in ("mean", "low", "high")), measured.n)


def claim(result):
    for distance, times in zip(result["distances"], result["times"], strict=True):
        message = f"expected a higher loss {distance} past the large-batch end, measured {times}"
        assert times.low > 1, message
    share = result["steeper"][2] / result["pairs"]
    assert share > 0.9, f"expected nearly every pair to be steeper there, measured {share:.0%}"
    barrier = result["barrier"]
    assert barrier.low > 1, f"expected a barrier between the two, measured {barrier} times"


def draw(result, figure):
    left, right = plotting.panels(figure, ["loss", "accuracy"], height=3.7)
    for axes, part in ((left, "loss"), (right, "accuracy")):
        plotting.curve(axes, result["alpha"], result[part][f"train_{part}"], "blue")
        plotting.curve(axes, result["alpha"], result[part][f"test_{part}"], "green")
        for end, size in enumerate(result["batches"]):
            plotting.mark(axes, end)
            height = 17 if part == "loss" else 0.25
            plotting.label(axes, f"$B$ = {size}", (end - 0.04, height), ha="right")
        axes.set(xlabel=r"place $\alpha$ on the line", xticks=[-1, 0, 1, 2], ylabel=part)
    left.set(yscale="log", ylim=(0.005, 40))
    right.set(ylim=(0.2, 1.02))
    plotting.ticks(right.yaxis, [0.25, 0.5, 0.75, 1], "{x:.0%}")
    plotting.label(left, "test", (-0.95, 0.62), "green")
    plotting.label(left, "train", (-0.9, 0.035), "blue")
