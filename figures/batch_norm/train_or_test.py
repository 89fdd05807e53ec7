"""Left in train mode a network fails on sorted batches; in eval mode a slow average fails it early.

Test accuracy of one network: left in train mode, where it depends on what else is in the batch, and
in eval mode while training, with running averages of four speeds. Bands: 95 %.

Five hidden layers with batch normalization on digits, batch 32, rate 0.3, 32 splits, each with a
start of its own; the weights are the same whatever the momentum. Left in train mode: test accuracy
after 256 updates where the network is given the test set in batches, shuffled or one class after
another, and in eval mode. Eval mode, while training: four values of torch's momentum, the weight of
the newest batch: 0.1 is torch's default, 0.01 what Keras's default 0.99 means, 0.001 what its 0.999
would, and 0.99 what Keras's number means when it is copied unchanged.
"""

import numpy as np
from torch import nn

from trainingtips import plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import own_splits as own
from trainingtips.experiments import own_training
from trainingtips.statistics import paired, student

SEEDS = list(range(32))
DEPTH, BATCH, RATE, EPOCHS, EVERY = 5, 32, 0.3, 8, 16
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
    runs = {name: follow(momentum) for name, momentum in MOMENTA.items()}
    nets, parts, updates, _ = runs["torch"]
    curves = {name: np.array(seen) for name, (*_, seen) in runs.items()}
    order = parts.y[parts.test].argsort(stable=True, dim=1)
    by_class = parts.test.gather(1, order)
    shuffled = [own.in_train_mode(nets, parts, parts.test, size) for size in SIZES]
    ordered = [own.in_train_mode(nets, parts, by_class, size) for size in SIZES]
    at = updates.index(EARLY)
    return {
        "sizes": SIZES,
        "shuffled": [student(each) for each in shuffled],
        "ordered": [student(each) for each in ordered],
        "eval": student(curves["torch"][-1]),
        "cost": {
            "pairs": paired(curves["torch"][-1], shuffled[0]),
            "sorted": paired(curves["torch"][-1], ordered[SIZES.index(32)]),
        },
        "updates": updates,
        "curves": {m: [student(each) for each in rows] for m, rows in curves.items()},
        "early": {m: student(rows[at]) for m, rows in curves.items()},
        "lag": {m: paired(curves["torch"][at], curves[m][at]) for m in ("keras", "slower")},
        "late_newest": paired(curves["torch"][-1], curves["copied"][-1]),
        "same_weights": deep.same_weights([nets for nets, *_ in runs.values()]),
    }


def follow(momentum):
    """(nets, parts, updates at which it was looked, accuracies there) for one momentum."""
    make = deep.network(lambda width: nn.BatchNorm1d(width, momentum=momentum), depth=DEPTH)
    nets, parts = Ensemble(make, SEEDS), own.split(SEEDS)
    made = own_training.updates(nets, parts, own_training.descent(nets, RATE), BATCH, EPOCHS)
    seen = [(t, own.accuracy(nets, parts)) for t in own_training.looks(made, EVERY)]
    return nets, parts, *zip(*seen, strict=True)


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
    "left in train mode": {"x": "size of the test batch", "log": "x", "xticks": list(SIZES)},
    "eval mode, while training": {"x": "update"},
}
MODES = {
    "shuffled": ("blue", "train mode,\nshuffled", (10, 0.6)),
    "ordered": ("vermilion", "train mode, sorted by class", (8, 0.03)),
}
LOOKS = {"copied": ("amber", ":"), "torch": ("blue", "-"), "keras": ("green", "--"),
         "slower": ("vermilion", "-.")}  # fmt: skip


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4, **ACCURACY)
    for name, look in MODES.items():
        plotting.curve(left, SIZES, result[name], *look, marked=True)
    plotting.level(left, result["eval"].mean, "green", "eval mode", (2, 0.99))
    for name, (colour, look) in LOOKS.items():
        found, text = result["curves"][name], f"{MOMENTA[name]:g}"
        plotting.curve(right, result["updates"], found, colour, text, look=look)
    right.legend(loc="lower right", title="momentum", fontsize="small", ncols=2)
