"""Statistics of two examples break batch normalization alone; from eight on it leads the others.

Test accuracy against the number B of examples whose statistics normalize: with the gradient from
256 examples whatever B is, and with only B for both. Dotted: tested in train mode. Bands: 95 %.

Three hidden layers on digits, 32 splits, each with a start of its own. Controlled: each update's
gradient is the mean over 256 examples, at one rate, and only the statistics differ: batch
normalization takes them from groups of B. Group normalization (four groups of eight units) and
layer normalization take them within each example, so that B does not enter: each is one network,
drawn as a level line. Test accuracy in eval mode after 30 epochs, and, dotted, in train mode, with
the test set's own groups of B. As one meets it: the update has the same B examples as the
statistics, five epochs on 512 digits, rate proportional to B. The lead from eight on is of this
regime: few updates, at a rate that is too large for the others. Controlled, the others are not
ahead by a point from eight on. Broken is what loses half or more of what it gets right beyond a
guess.
"""

from functools import partial

from torch import nn

from trainingtips import parallel, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import other_networks, other_targets, own_training
from trainingtips.experiments import own_splits as own
from trainingtips.experiments.normalizations import ghost
from trainingtips.statistics import paired, student

SETTINGS = {  # rates: of the 256 examples, and of each example of a small batch
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "depth": 3,
        "rows": 1797,
        "splits": 16,
        "rates": [0.3, 0.009375],
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "network": "convolution",
        "optimiser": "SGD",
        "rule": "SGD",
        "channels": [8, 8, 8],
        "rows": 1797,
        "splits": 8,
        "rates": [0.3, 0.009375],
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_adam": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "Adam",
        "rule": "Adam",
        "depth": 3,
        "splits": 16,
        "rates": [0.01, 0.0003125],
    },
    "text_transformer": "a transformer has no statistics of batches to break",
}
VERDICT = "regime"
POINT = 0.01  # an accuracy is told to a point; a lead of less is none
CHAOS = "at these learning rates a last digit grows in training"

SEEDS, DEPTH = 32, 3
SIZES, BATCH, EPOCHS, RATE = (2, 4, 8, 16, 64, 256), 256, 30, 0.3
SMALL, FEW, SMALL_EPOCHS, RATE_PER_EXAMPLE = (2, 4, 8, 16, 32), 512, 5, 0.3 / 32
NORMS = {
    "batch": nn.BatchNorm1d,
    "group": lambda width: nn.GroupNorm(4, width),
    "layer": nn.LayerNorm,
}

# top-1 error on ImageNet of ResNet-50, in percent, with two images for each set of statistics
PUBLISHED = {"batch": 34.7, "group": 24.1}  # Wu and He (2018)

ALT = (
    "Test accuracy against the number of examples that the statistics are from. With the gradient "
    "from 256 examples, batch normalization falls from 96 % at eight or more to near 40 % at "
    "two, while group and layer normalization are level lines near 94 %. With really small "
    "batches, the same fall of batch normalization; the other two are level from 2 to 8 and lower "
    "at 16 and 32."
)
NUMBER = (
    "group normalization’s lead in test accuracy at B = 2: {group_ahead.0 | interval(0, "
    "share=True)}"
)
REPORTED = "10.6 points of top-1 error on ImageNet, two images for each set of statistics [@wu2018]"


def compute(*, setting=None):
    few = [(name, size) for name in NORMS for size in SMALL]
    parts = [*(("ghost", size) for size in SIZES), ("group", None), ("layer", None), *few]
    made = parallel.each(partial(measured, setting=setting), parts)
    found = dict(zip(parts, made, strict=True))
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
        "level_ahead": {
            name: [paired(one["eval"], group["eval"]) for group in groups.values()]
            for name, one in level.items()
        },
        "published": PUBLISHED,
    }


def ahead(accuracies, others):
    """For each size the mean lead over the same seeds of `others`."""
    return [paired(a, b) for a, b in zip(accuracies, others, strict=True)]


def measured(part, setting=None):
    """Accuracies of (normalization, size): left in the picture, or right, with few examples."""
    name, size = part
    many, each = setting["rates"] if setting else (RATE, RATE_PER_EXAMPLE)
    if name == "ghost":
        return accuracies(ghost(size), deep.TRAIN, BATCH, many, EPOCHS, size, setting=setting)
    if size is None:
        return accuracies(NORMS[name], deep.TRAIN, BATCH, many, EPOCHS, setting=setting)
    return accuracies(NORMS[name], FEW, size, each * size, SMALL_EPOCHS, setting=setting)


def accuracies(norm, train, batch, rate, epochs, size=None, setting=None):
    """Test accuracy of each seed, in eval mode and, for a `size`, in train mode by groups of it."""
    nets, parts, step = started(norm, train, rate, setting)
    for _ in own_training.updates(nets, parts, step, batch, epochs):
        pass
    found = {"eval": own.accuracy(nets, parts)}
    if size:  # 768 is a multiple of each size
        found["train"] = own.in_train_mode(nets, parts, parts.test[:, :768], 768)
    return found


def started(norm, train, rate, setting):
    """(nets, parts, step): the networks, what each has of the data, and the rule of an update."""
    seeds = list(range(setting["splits"] if setting else SEEDS))
    if not setting:
        nets, parts = Ensemble(deep.network(norm, depth=DEPTH), seeds), own.split(seeds, train)
        return nets, parts, own_training.descent(nets, rate)
    kind = other_networks.filters if "channels" in setting else other_networks.perceptron
    found = other_networks.dataset(setting)
    nets, parts = Ensemble(kind(setting, norm), seeds), own.split(seeds, train, dataset=found)
    return nets, parts, other_targets.RULES[setting["rule"]](nets, [rate] * len(nets))


def claim(result):
    lost = result["lost_at_two"]
    assert lost.low > half(result["eval"][-1]), f"expected batch norm to break, lost {lost}"
    for name in ("group", "layer"):
        two, _, *larger = result["level_ahead"][name]
        least = half(result["level"][name])
        assert two.low > least, f"expected {name} normalization whole beside two: {two}"
        for lead in larger:  # over groups of eight and more
            assert lead.high < POINT, f"expected {name} normalization not to be ahead: {lead}"
        lead = dict(zip(result["small_sizes"], result[f"{name}_ahead"], strict=True))
        lost = dict(zip(result["small_sizes"][1:], result["lost_from_two"][name], strict=True))
        _claim_small(name, result["small"][name][0], lead, lost)


def half(accuracy):
    """Half of what such an accuracy is above a guess among ten digits."""
    return (accuracy.mean - 0.1) / 2


def _claim_small(name, two, lead, lost):
    """At all five sizes. Half of the lead at two separates what breaks from what only differs."""
    assert lead[2].low > half(two), f"expected {name} normalization whole at B = 2: {lead[2]}"
    for size, each in lost.items():
        assert each.high < lead[2].low / 2, f"expected {name} whole at B = {size}, lost {each}"
    near = max(abs(lead[4].low), abs(lead[4].high)) < lead[2].low / 2
    assert near, f"expected no such gap at four any more: {lead[4]} ({name})"
    for size in (8, 16, 32):
        assert lead[size].high < 0, f"expected batch ahead at {size}: {lead[size]} ({name})"


ACCURACY = {"y": "test accuracy", "ylim": (0, 1.1), "log": "x"}
PANELS = {
    "gradient from 256 examples": {"x": "examples of the statistics, $B$", "xticks": list(SIZES)},
    "gradient from $B$ examples": {"x": "batch size $B$", "xticks": list(SMALL)},
}
LOOKS = {  # colour, text, and where it stands in each panel
    "batch": ("vermilion", "batch norm", (8, 1.0), (3.4, 0.6)),
    "group": ("blue", "group", (90, 0.76), (2.1, 0.8)),
    "layer": ("green", "layer", (90, 0.85), (2.1, 0.97)),
}
TRAIN = {"at": (9, 0.75), "look": "s:"}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4, **ACCURACY)
    for name, (colour, text, place, other) in LOOKS.items():
        if name == "batch":
            plotting.curve(left, SIZES, result["eval"], colour, text, place, marked=True)
            plotting.curve(left, SIZES, result["train"], colour, "… in train mode", **TRAIN)
        else:
            look = {"group": "-.", "layer": "--"}[name]
            plotting.level(left, result["level"][name], colour, text, place, look=look)
        plotting.curve(right, SMALL, result["small"][name], colour, text, other, marked=True)
