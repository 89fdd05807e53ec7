"""Statistics of two examples break batch normalization alone; from sixteen on it leads the others.

Test accuracy against the number B of examples whose statistics normalize: with the gradient from
256 examples whatever B is, and with only B for both. Dotted: tested in train mode. Bands: 95 %.

Three hidden layers on digits, 32 seeds. Controlled: each update's gradient is the mean over 256
examples, at one rate, and only the statistics differ: batch normalization takes them from groups of
B. Group normalization (four groups of eight units) and layer normalization take them within each
example, so that B does not enter: each is one network, drawn as a level line. Test accuracy in eval
mode after 30 epochs, and, dotted, in train mode, with the test set's own groups of B. As one meets
it: the update has the same B examples as the statistics, five epochs on 512 digits, rate
proportional to B. The lead from sixteen on is of this regime: few updates, at a rate that is too
large for the others.
"""

import numpy as np
import torch
from torch import nn

from figures.batch_norm import _networks as networks
from trainingtips import data, parallel, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.statistics import paired, student

VERDICT = "regime"
CHAOS = "at these learning rates a last digit grows in training"

SEEDS, DEPTH = 32, 3
SIZES, BATCH, EPOCHS, RATE = (2, 4, 8, 16, 64, 256), 256, 30, 0.3
SMALL, FEW, SMALL_EPOCHS, RATE_PER_EXAMPLE = (2, 4, 8, 16, 32), 512, 5, 0.3 / 32
NEVER = 10**9  # no evaluation before the end
NORMS = {
    "batch": nn.BatchNorm1d,
    "group": lambda width: nn.GroupNorm(4, width),
    "layer": nn.LayerNorm,
}

# top-1 error on ImageNet of ResNet-50, in percent, with two images for each set of statistics
PUBLISHED = {"batch": 34.7, "group": 24.1}  # Wu and He (2018)

ALT = (
    "Test accuracy against the number of examples that the statistics are from. With the gradient "
    "from 256 examples, batch normalization falls from 96 % at sixteen or more to near 40 % at "
    "two, while group and layer normalization are level lines near 95 %. With really small "
    "batches, the same fall of batch normalization; the other two are level from 2 to 8 and lower "
    "at 16 and 32."
)
NUMBER = (
    "group normalization’s lead in test accuracy at B = 2: {group_ahead.0 | interval(0, "
    "share=True)}"
)
REPORTED = "10.6 points of top-1 error on ImageNet, two images for each set of statistics [@wu2018]"


def compute():
    few = [(name, size) for name in NORMS for size in SMALL]
    parts = [*(("ghost", size) for size in SIZES), ("group", None), ("layer", None), *few]
    found = dict(zip(parts, parallel.each(measured, parts), strict=True))
    groups = {size: found["ghost", size] for size in SIZES}
    level = {name: found[name, None] for name in ("group", "layer")}
    small = {name: [found[name, size]["eval"] for size in SMALL] for name in NORMS}
    return {
        "sizes": SIZES,
        "small_sizes": SMALL,
        "eval": [student(group["eval"]) for group in groups.values()],
        "train": [student(group["train"]) for group in groups.values()],
        "level": {name: student(one["eval"]) for name, one in level.items()},
        "small": {name: [student(row) for row in rows] for name, rows in small.items()},
        "lost_at_two": paired(groups[256]["eval"], groups[2]["eval"]),
        # every seed's accuracy, less that with batch normalization
        **{f"{name}_ahead": ahead(small[name], small["batch"]) for name in level},
        # and less its own at B = 2, from B = 4 on: positive where larger batches lose
        "lost_from_two": {
            name: [paired(small[name][0], row) for row in small[name][1:]] for name in level
        },
        "level_ahead_at_two": {
            name: paired(one["eval"], groups[2]["eval"]) for name, one in level.items()
        },
        "published": PUBLISHED,
    }


def ahead(accuracies, others):
    """For each size the mean lead over the same seeds of `others`."""
    return [paired(a, b) for a, b in zip(accuracies, others, strict=True)]


def measured(part):
    """`accuracy` of (normalization, size): left in the picture, or right, with few examples."""
    name, size = part
    train, test = networks.digits()
    if name == "ghost":
        return accuracy(networks.ghost(size), train, test, BATCH, RATE, EPOCHS, size)
    if size is None:
        return accuracy(NORMS[name], train, test, BATCH, RATE, EPOCHS)
    few, rest = data.load("digits").split(FEW, seed=networks.SPLIT)
    return accuracy(NORMS[name], few, rest, size, RATE_PER_EXAMPLE * size, SMALL_EPOCHS)


def accuracy(norm, train, test, batch, rate, epochs, size=None):
    """Test accuracy of each seed, in eval mode and, for a `size`, in train mode by groups of it."""
    nets = Ensemble(networks.network(norm, depth=DEPTH), range(SEEDS))
    nets.train(train.x, train.y, networks.sgd(rate), batch, epochs, every=NEVER)
    found = {"eval": nets.accuracy(test.x, test.y)}
    if size:
        x, y = test.x[:768], test.y[:768]  # a multiple of each size
        found["train"] = np.array([in_train_mode(nets.member(i), x, y) for i in range(SEEDS)])
    return found


@torch.no_grad()
def in_train_mode(network, x, y):
    return float((network.train()(x).argmax(1) == y).double().mean())


def claim(result):
    by_size = dict(zip(result["sizes"], result["eval"], strict=True))
    two, large = by_size[2], by_size[256]
    assert two.high < 0.5 < 0.95 < large.low, f"expected a fall, measured {large} to {two}"
    for name, lead in result["level_ahead_at_two"].items():
        assert lead.low > 0.3, f"expected {name} normalization far ahead of two: {lead}"
    for name in ("group", "layer"):
        lead = dict(zip(result["small_sizes"], result[f"{name}_ahead"], strict=True))
        lost = dict(zip(result["small_sizes"][1:], result["lost_from_two"][name], strict=True))
        _claim_small(name, lead, lost)


def _claim_small(name, lead, lost):
    """At all five sizes. Half of the lead at two separates what breaks from what only differs."""
    assert lead[2].low > 0.3, f"expected {name} normalization far ahead at B = 2: {lead[2]}"
    for size, each in lost.items():
        assert each.high < lead[2].low / 2, f"expected {name} whole at B = {size}, lost {each}"
    for size in (16, 32):
        assert lead[size].high < 0, f"expected batch ahead at {size}: {lead[size]} ({name})"


ACCURACY = {"y": "test accuracy", "ylim": (0, 1.1), "log": "x"}
PANELS = {
    "gradient from 256 examples": ACCURACY
    | {"x": "examples of the statistics, $B$", "xticks": [*SIZES]},
    "gradient from $B$ examples": ACCURACY | {"x": "batch size $B$", "xticks": [*SMALL]},
}
LOOKS = {  # colour, name, and where it stands, in each panel
    "batch": ("vermilion", "batch norm", (8, 1.0), (3.4, 0.6)),
    "group": ("blue", "group", (90, 0.78), (2.1, 0.8)),
    "layer": ("green", "layer", (90, 0.86), (2.1, 0.96)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS)
    controlled = {name: [one] * len(SIZES) for name, one in result["level"].items()}
    controlled["batch"] = result["eval"]
    for name, (*look, here, there) in LOOKS.items():
        plotting.curve(left, SIZES, controlled[name], *look, here, marked=name == "batch")
        plotting.curve(right, SMALL, result["small"][name], *look, there, marked=True)
    tested = ("vermilion", "… in train mode", (9, 0.74))
    plotting.points(left, SIZES, result["train"], *tested, look="s:", hollow=True)
