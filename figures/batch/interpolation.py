"""Past a large-batch solution the loss rises more steeply than equally far past a small-batch one.

Loss and accuracy on the straight line through a small-batch solution (α = 0) and a large-batch one
(α = 1), and beyond both: means of 32 pairs with 95 % bands over 8 splits. A line is one direction
of 3,466.

Two networks of 64, 32, 32 and 10 units (ReLU) from the same start, one trained on handwritten
digits with B = 4, one with all 1,024 examples a batch, both until the training loss is 0.01. Along
the line (1 − α) θ_small + α θ_large, loss and accuracy are measured from α = −1 to 2 (Keskar et al.
2017, figure 3). Means of the loss are geometric; “past” is α < 0 on the small-batch side and α > 1
on the large-batch side. Between the ends lies a low barrier: they are not one valley's two walls.
By the weights' norms and their distance, the way past the small-batch end runs half along the
weights themselves, which costs a ReLU network little, and that past the other across them: part of
the difference may be the direction.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments.splits import over
from trainingtips.statistics import Measured

DISTANCES = (0.1, 0.2, 0.5, 1.0)  # past each end, in lengths of the line

ALT = (
    "The loss along the line, on a log axis: two dips, a wide one at the small-batch solution and "
    "a narrow one at the large-batch solution, with a low barrier between. Beyond the large-batch "
    "end the loss rises far more steeply. The accuracy falls steeply there too, and slowly on the "
    "small-batch side; train and test curves have the same shape."
)
NUMBER = (
    "one distance past the large-batch end the loss is {times.3 | interval(0)} times that past "
    "the other"
)


def compute(equal_loss):
    alpha, line, number = (equal_loss[name] for name in ("alpha", "line", "splits"))
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
            name: [geometric(row, number) for row in line[name]]
            for name in ("train_loss", "test_loss")
        },
        "accuracy": {
            name: [over(row, number) for row in line[name]]
            for name in ("train_accuracy", "test_accuracy")
        },
        "distance": over(equal_loss["distance"], number),
        "distances": DISTANCES,
        "times": [  # loss past the large-batch end over loss as far past the small-batch end
            powers(over(past(1, d) - past(0, -d), number)) for d in DISTANCES
        ],
        "steeper": [int((past(1, d) > past(0, -d)).sum()) for d in DISTANCES],  # of the pairs
        "barrier": geometric(
            between.max(0) / between[[0, -1]].max(0), number
        ),  # over the higher end
    }


def geometric(samples, number):
    """The geometric mean of members with its interval over their splits."""
    return powers(over(np.log10(samples), number))


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


QUARTERS = ([0.25, 0.5, 0.75, 1], "{x:.0%}")
PANELS = {
    "loss": {"y": "loss", "log": "y", "ylim": (0.005, 40)},
    "accuracy": {"y": "accuracy", "ylim": (0.2, 1.02), "yticks": QUARTERS},
}
LINE = {"x": r"place $\alpha$ on the line", "xticks": [-1, 0, 1, 2]}


def draw(result, figure):
    panels = plotting.panels(figure, PANELS, height=3.7, **LINE)
    for axes, part, height in zip(panels, PANELS, (17, 0.25), strict=True):
        plotting.curve(axes, result["alpha"], result[part][f"train_{part}"], "blue")
        plotting.curve(axes, result["alpha"], result[part][f"test_{part}"], "green")
        for end, size in enumerate(result["batches"]):
            plotting.mark(axes, end)
            plotting.label(axes, f"$B$ = {size}", (end - 0.04, height), ha="right")
    plotting.label(panels[0], "test", (-0.95, 0.62), "green")
    plotting.label(panels[0], "train", (-0.9, 0.035), "blue")
