"""The gap falls nearly as a power of the examples; more weights do not widen it, more epochs do.

What a network loses from training to test digits, against the number of examples, of units and of
updates: means of 32 networks, 95 % intervals. Line: the fitted power.

A network of 64, h and 10 units (ReLU) on handwritten digits, each of 32 with a start, an order and
a split of its own. Plain descent at the rate 0.2, batches of 32, 512 updates; 64 units and 256
examples where they are not varied. The gap in loss is cross-entropy on the test digits less that on
the training digits, the gap in error the same of the share that is wrong, in eval mode. The power
is fitted over five numbers of examples by least squares on log axes, to the mean gaps of each of
eight groups of four networks (one network's may be zero), and its interval is over the eight; that
between two neighbours scatters about it, and at no doubling does the gap stay. More epochs widen
the gap in loss; that in error hardly moves once the training digits are known by heart, by less
than a point. The loss on the test digits still falls then, only less than that on the training
digits; that it stays within a tenth was written before the run, and did not come out. Least
squares' gap grows as the weights do, twofold from 64 to 128 units; here it falls from 8 and from 16
units to 128, and from 64 a rise by a tenth is ruled out.
"""

from functools import partial

import numpy as np

from trainingtips import parallel, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_settings, own_splits, own_training
from trainingtips.experiments.shifts import grouped_exponents
from trainingtips.statistics import paired, ratio, student

CHAOS = "at this learning rate a last digit grows in training"

SETTINGS = {  # filters grow as the units do
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "rate": 0.2,
        "seeds": 32,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "fashion_cnn": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "convolution",
        "optimiser": "SGD",
        "rule": "SGD",
        "rate": 0.2,
        "seeds": 16,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_adam": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "Adam",
        "rule": "Adam",
        "rate": 0.003,
        "seeds": 32,
    },
    "text_transformer": "its examples overlap, and share their signs",
}
DIGITS = {"data": "digits", "network": "perceptron", "rule": "SGD", "rate": 0.2, "seeds": 32}
BATCH, GROUPS, KINDS = 32, 8, ("loss", "error")
EXAMPLES, WIDTHS = (64, 128, 256, 512, 1024), (8, 16, 64, 128)
UPDATES, LOOKS = 512, (64, 128, 256, 512, 1024)

VERDICT = "regime"  # of the weights: on digits, with plain descent
ALT = (
    "Examples: both gaps fall nearly on straight lines of two log axes. Units: both gaps fall a "
    "little from 8 to 128 units. Updates: the gap in loss nearly doubles from 64 to 1,024 "
    "updates, that in error rises at first and then hardly moves."
)
NUMBER = "the gap in loss falls with the examples to the power {power.loss | interval(2)}"


def compute(*, setting=None):
    own = setting or DIGITS
    sizes = [(n, 64, (UPDATES,)) for n in EXAMPLES]
    widths = [(256, h, (UPDATES,)) for h in WIDTHS]
    found = parallel.each(partial(gaps, own), [*sizes, *widths, (256, 64, LOOKS)])
    examples, units = (np.stack(each)[:, 0] for each in (found[:5], found[5:-1]))
    sweeps = {"examples": examples, "units": units, "updates": found[-1]}
    return {
        **{name: told(each[:, :2]) for name, each in sweeps.items()},
        "test": {name: told(each[:, 2:]) for name, each in sweeps.items()},
        "power": {name: exponents(examples[:, k], 0) for k, name in enumerate(KINDS)},
        "steps": {  # between neighbours
            name: [exponents(examples[i : i + 2, k], i) for i in range(len(EXAMPLES) - 1)]
            for k, name in enumerate(KINDS)
        },
        "wider": {  # the widest less each narrower one
            name: [paired(units[-1, k], each[k]) for each in units[:-1]]
            for k, name in enumerate(KINDS)
        },
        "longer": ratio(*(each.reshape(GROUPS, -1).mean(1) for each in found[-1][[-1, 0], 0])),
        "test_loss_later": ratio(*found[-1][[-1, -3], 2]),
        "error_gap_later": paired(found[-1][-1, 1], found[-1][-3, 1]),
    }


def gaps(own, part):
    """The gaps in loss and error, then both on the test, at `looks` updates: (looks, 4, seeds)."""
    examples, width, looks = part
    whole, seeds = elsewhere.dataset(own), range(own["seeds"])
    nets = Ensemble(own_settings.network(own, whole, width), seeds)
    parts, found = own_splits.split(seeds, examples, dataset=whole), []
    step = own_settings.step(nets, own)
    epochs = looks[-1] * BATCH // examples
    for t in own_training.updates(nets, parts, step, BATCH, epochs):
        if t in looks:
            test = own_splits.judged(nets, parts, parts.test)
            train = own_splits.judged(nets, parts, parts.train)
            found.append([*np.subtract(test, train), *test])
    return np.array(found)


def told(found):
    """Means of loss and of error, with their intervals, of (rows, 2, seeds)."""
    return {name: [student(each[k]) for each in found] for k, name in enumerate(KINDS)}


def exponents(gap, first):
    """The exponent of `gap`, (n, seeds), in the n numbers of examples from place `first` on."""
    sizes = np.tile(EXAMPLES[first : first + len(gap)], (gap.shape[1], 1))
    return student(grouped_exponents(sizes, gap.T, GROUPS))


def claim(result):
    for name, power in result["power"].items():
        assert power.low > -1 and power.high < -0.5, f"the gap in {name} falls by {power}"
        for step in result["steps"][name]:
            assert step.high < 0, f"expected the gap in {name} to fall at each doubling: {step}"
    for name, each in result["wider"].items():
        for more, before in zip(each, result["units"][name], strict=False):
            assert more.high < 0.1 * before.mean, f"expected no wider gap in {name}: {more}"
        for more in each[:2]:  # from 8 and from 16 units, by a factor of 16 and of 8
            assert more.high < 0, f"expected many more weights to narrow that in {name}: {more}"
    longer, later = result["longer"], result["error_gap_later"]
    assert longer.low > 1.5, f"expected the gap in loss to widen by half, measured {longer}"
    # a point: what decides on one test digit in a hundred
    assert later.low > -0.01 and later.high < 0.01, f"the gap in error goes on moving: {later}"
    falls = result["test_loss_later"]
    assert falls.high < 1, f"expected a test loss that still falls: {falls} times"


GAP = {"y": "test less training", "log": "xy", "ylim": (0.015, 1.1)}
SCALE = {"yticks": [0.02, 0.05, 0.1, 0.2, 0.5, 1]}
PANELS = {
    "more examples": {"x": "training examples", "xticks": EXAMPLES[::2]} | GAP | SCALE,
    "more weights": {"x": "hidden units", "xticks": WIDTHS} | GAP | SCALE,
    "more epochs": {"x": "updates", "xticks": LOOKS[::2]} | GAP | SCALE,
}
PLACES = {"examples": EXAMPLES, "units": WIDTHS, "updates": LOOKS}
LOOK = {"loss": ("blue", "loss", (16, 0.26)), "error": ("vermilion", "error", (16, 0.035))}


def draw(result, figure):
    axes = plotting.panels(figure, PANELS, height=3.2)
    for panel, (name, across) in zip(axes, PLACES.items(), strict=True):
        for kind, (colour, *words) in LOOK.items():
            words = words if name == "units" else ["", None]
            plotting.points(panel, across, result[name][kind], colour, *words)
    for kind, (colour, *_) in LOOK.items():
        measured = np.array([each.mean for each in result["examples"][kind]])
        power = result["power"][kind].mean
        line = np.array(EXAMPLES, dtype=float) ** power
        scale = np.exp(np.mean(np.log(measured / line)))
        plotting.theory(axes[0], EXAMPLES, scale * line, colour)
