"""Left in train mode a network fails on sorted batches; in eval mode a slow average fails it early.

Test accuracy of one network: left in train mode, where it depends on what else is in the batch, and
in eval mode while training, with running averages of four speeds. Bands: 95 %.

Five hidden layers with batch normalization on digits, batch 32, rate 0.3, 32 seeds; the weights are
the same whatever the momentum. Left in train mode: test accuracy after 256 updates where the
network is given the test set in batches, shuffled or one class after another, and in eval mode.
Eval mode, while training: four values of torch's momentum, the weight of the newest batch: 0.1 is
torch's default, 0.01 what Keras's default 0.99 means, 0.001 what its 0.999 would, and 0.99 what
Keras's number means when it is copied unchanged.
"""

import numpy as np
import torch
from torch import nn

from figures.batch_norm import _networks as networks
from trainingtips import plotting
from trainingtips.statistics import paired, student

SEEDS, DEPTH, BATCH, RATE, EPOCHS, EVERY = 32, 5, 32, 0.3, 8, 16
MOMENTA = {"slower": 0.001, "keras": 0.01, "torch": 0.1, "copied": 0.99}
SIZES = (2, 4, 8, 16, 32, 64, 256)  # of the test batches in train mode
EARLY = 32  # updates

ALT = (
    "Against the size of the test batch, accuracy in train mode climbs from 30 % at two to the "
    "level of eval mode at 256 when shuffled; sorted by class it stays near 10 to 20 % up to 64. "
    "In eval mode, against updates, running averages with weight 0.1 or 0.99 for the newest batch "
    "follow training; 0.01 lags by some fifty updates, and 0.001 is at 60 % at the end."
)
NUMBER = (
    "test accuracy lost in train mode on sorted batches: {cost.sorted | interval(1, share=True)}; "
    "to a slow average after 32 updates: {lag.keras | interval(0, share=True)}"
)


def compute():
    train, test = networks.digits()
    runs = {name: follow(momentum, train, test) for name, momentum in MOMENTA.items()}
    nets, kept = runs["torch"]
    shuffled = [modes(nets, test, size, ordered=False) for size in SIZES]
    ordered = [modes(nets, test, size, ordered=True) for size in SIZES]
    at = list(kept.updates).index(EARLY)
    curves = {name: run.observed["accuracy"] for name, (_, run) in runs.items()}
    return {
        "sizes": SIZES,
        "shuffled": [student(each) for each in shuffled],
        "ordered": [student(each) for each in ordered],
        "eval": student(curves["torch"][-1]),
        "cost": {
            "pairs": paired(curves["torch"][-1], shuffled[0]),
            "sorted": paired(curves["torch"][-1], ordered[SIZES.index(32)]),
        },
        "updates": kept.updates,
        "curves": {m: [student(each) for each in rows] for m, rows in curves.items()},
        "early": {m: student(rows[at]) for m, rows in curves.items()},
        "lag": {m: paired(curves["torch"][at], curves[m][at]) for m in ("keras", "slower")},
        "late_newest": paired(curves["torch"][-1], curves["copied"][-1]),
        "same_weights": same_weights([nets for nets, _ in runs.values()]),
    }


def follow(momentum, train, test):
    make = networks.network(lambda width: nn.BatchNorm1d(width, momentum=momentum), depth=DEPTH)
    return networks.follow(make, train, test, RATE, EPOCHS, SEEDS, batch=BATCH, every=EVERY)


@torch.no_grad()
def modes(nets, test, size, ordered):
    """Accuracy of each seed in train mode on the test set in batches of `size`: (SEEDS,)."""
    keep = len(test) // size * size
    order = torch.argsort(test.y, stable=True) if ordered else torch.arange(len(test))
    x, y = test.x[order[:keep]], test.y[order[:keep]]
    found = []
    for i in range(len(nets)):
        network = nets.member(i).train()
        batches = zip(x.split(size), y.split(size), strict=True)
        right = sum((network(a).argmax(1) == b).sum() for a, b in batches)
        found.append(float(right) / keep)
    return np.array(found)


def same_weights(ensembles):
    first, *others = (each.parameters for each in ensembles)
    return all(torch.equal(first[name], other[name]) for other in others for name in first)


def claim(result):
    cost = result["cost"]
    assert cost["sorted"].low > 0.5, f"expected most of it lost on sorted batches, {cost['sorted']}"
    assert cost["pairs"].low > 0.3, f"expected batches of two to cost 30 points, {cost['pairs']}"
    lag = result["lag"]
    assert lag["keras"].low > 0.2, f"expected 20 points lost to a slow average, {lag['keras']}"
    assert lag["slower"].low > 0.4, f"expected 40 points lost to a slower one, {lag['slower']}"
    assert result["same_weights"], "expected the momentum to change no weight"


ACCURACY = {"y": "test accuracy", "ylim": (0, 1.09)}
PANELS = {
    "left in train mode": ACCURACY
    | {"x": "size of the test batch", "xticks": [*SIZES], "log": "x"},
    "eval mode, while training": ACCURACY | {"x": "update"},
}
TESTED = {  # colour, name, and where it stands
    "shuffled": ("blue", "train mode,\nshuffled", (10, 0.51)),
    "ordered": ("vermilion", "train mode, sorted by class", (8, 0.03)),
}
COLOURS = {"copied": "amber", "torch": "blue", "keras": "green", "slower": "vermilion"}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS)
    for name, look in TESTED.items():
        plotting.curve(left, SIZES, result[name], *look, marked=True)
    plotting.level(left, result["eval"], "green", "eval mode", (2, 0.99))
    for name, colour in COLOURS.items():
        curve = result["curves"][name]
        plotting.curve(right, result["updates"], curve, colour, f"{MOMENTA[name]:g}")
    right.legend(loc="lower right", title="momentum", fontsize="small", ncols=2)
