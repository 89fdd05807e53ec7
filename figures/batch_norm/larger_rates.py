"""Batch norm takes ten times the rate and a sixth of the updates; a third, with scaled inputs.

The share of 32 networks of ten hidden layers that ever reach 90 % test accuracy on digits, and the
median of the updates that it takes, against the learning rate; with 95 % intervals.

Each of the 32 has a split of its own. Batch 64, plain SGD, at most 640 updates (40 epochs); the
accuracy on the split's 773 test digits is looked at after every eight. The median is shown where
most get there. Plain networks have He's initialization, and pixels as they come or standardized by
the training digits. Each kind's best rate is chosen by one half of the networks for the other, by
the median. With torch's default initialization, whose weights are smaller by a factor of 2.4, no
plain network gets there at this rate, and the comparison would be won too easily.
"""

from functools import partial

import numpy as np
from torch import nn

from trainingtips import parallel, plotting
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import other_networks as other
from trainingtips.experiments import other_targets
from trainingtips.experiments import target_updates as target

VERDICT = "regime"
CHAOS = "at these learning rates a last digit grows in training"

SETTINGS = {  # "depth" hidden layers; pictures of clothes: as many as digits, split as they are
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "depth": 10,
        "rows": 1797,
        "splits": 16,
        "target": 0.7,
        "rates": {
            "plain": [0.025, 0.05, 0.1, 0.2],
            "standardized": [0.025, 0.05, 0.1, 0.2],
            "default": [0.1],
            "batch_norm": [0.1, 0.25, 0.5, 1.0, 2.0, 4.0],
            "both": [0.1, 0.25, 0.5, 1.0, 2.0],
        },
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_shallow": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "depth": 4,
        "rows": 1797,
        "splits": 16,
        "target": 0.9,
        "rates": {
            "plain": [0.05, 0.1, 0.2, 0.4, 0.8, 1.6],
            "standardized": [0.05, 0.1, 0.2, 0.4, 0.8],
            "default": [0.1],
            "batch_norm": [0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0],
            "both": [0.1, 0.25, 0.5, 1.0, 2.0, 4.0],
        },
    },
    "fashion_shallow": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "depth": 4,
        "rows": 1797,
        "splits": 16,
        "target": 0.7,
        "rates": {
            "plain": [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6],
            "standardized": [0.025, 0.05, 0.1, 0.2, 0.4, 0.8],
            "default": [0.1],
            "batch_norm": [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0],
            "both": [0.05, 0.1, 0.25, 0.5, 1.0, 2.0],
        },
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_adam": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "Adam",
        "rule": "Adam",
        "depth": 10,
        "rows": 1797,
        "splits": 16,
        "target": 0.9,
        "rates": {
            "plain": [0.001, 0.003, 0.01, 0.03],
            "standardized": [0.001, 0.003, 0.01, 0.03],
            "default": [0.001],
            "batch_norm": [0.003, 0.01, 0.03, 0.1, 0.3, 1.0],
            "both": [0.003, 0.01, 0.03, 0.1],
        },
    },
    "fashion_cnn": "ten layers of filters at so many rates take too long on a processor",
    "text_transformer": "the target is an accuracy, and text is judged by its loss",
}
SEEDS, LIMIT = 32, 640
KINDS = {  # network, and whether its pixels are standardized
    "plain": (deep.network(), False),
    "standardized": (deep.network(), True),
    "default": (deep.default, False),
    "batch_norm": (deep.network(nn.BatchNorm1d), False),
    "both": (deep.network(nn.BatchNorm1d), True),
}
RATES = {
    "plain": (0.05, 0.07, 0.1, 0.14, 0.2),
    "standardized": (0.025, 0.05, 0.1, 0.2),
    "default": (0.1,),
    "batch_norm": (0.1, 0.25, 0.5, 1.0, 2.0, 2.8, 4.0),
    "both": (0.1, 0.25, 0.5, 1.0, 2.0),
}
SLOWER = ("plain", "standardized", "both")
SAME_FIVE_TWENTY = {"same": 0.1, "five": 0.5, "twenty": 2.0}  # times the plain network's rate
STABLE = 0.9  # share of the networks that get there: the rate counts as one that trains

# millions of updates to 72.2 % on ImageNet, and the best accuracy: Ioffe and Szegedy (2015), fig. 3
PUBLISHED = {"Inception": (31.0, 72.2), "BN-Baseline": (13.3, 72.7), "BN-x5": (2.1, 73.0),
             "BN-x30": (2.7, 74.8)}  # fmt: skip

ALT = (
    "The share of networks that reach the target, against the learning rate: for the plain network "
    "a plateau that ends above 0.1, with batch normalization one from 0.1 to 2.8 that ends by 4. "
    "Updates needed: some 350 for the plain network, fewer with its inputs standardized, some 70 "
    "with batch normalization at a rate of one half to one."
)
NUMBER = (
    "{speedup.plain | interval(1)} times fewer updates to 90 % test accuracy, each at its best "
    "rate; {speedup.standardized | interval(1)} times if the plain one’s inputs are standardized"
)
REPORTED = (
    "14.8 times fewer to 72.2 % on ImageNet, with five times the rate and further changes "
    "[@ioffe2015]"
)


def compute(*, setting=None):
    all_rates = setting["rates"] if setting else RATES
    parts = [(kind, rate) for kind in all_rates for rate in all_rates[kind]]
    made = parallel.each(partial(at_rate, setting=setting), parts)
    runs = dict(zip(parts, made, strict=True))
    each = {kind: [runs[kind, rate] for rate in rates] for kind, rates in all_rates.items()}
    chosen = {kind: target.judged([run["updates"] for run in each[kind]]) for kind in all_rates}
    ours = chosen["batch_norm"][0]
    return {
        "seeds": setting["splits"] if setting else SEEDS,
        "limit": LIMIT,
        "rates": all_rates,
        "runs": each,
        "best": {kind: best(all_rates[kind], *found) for kind, found in chosen.items()},
        "largest": {k: target.bracket(each[k], STABLE) for k in ("plain", "batch_norm")},
        "speedup": {k: deep.speedup(chosen[k][0], ours) for k in SLOWER},
        "times": {} if setting else same_five_twenty(runs),
        "published": PUBLISHED,
    }


def same_five_twenty(runs):
    """How many times quicker than the plain network at 0.1."""
    plain = runs["plain", 0.1]["updates"]
    return {
        name: deep.speedup(plain, runs["batch_norm", rate]["updates"])
        for name, rate in SAME_FIVE_TWENTY.items()
    }


def best(rates, updates, places):
    """What is `told` at the two rates that each half chose for the other."""
    found = target.told(np.where(updates > LIMIT, np.inf, updates), LIMIT)
    return found | {"rates": [rates[i] for i in places]}


def at_rate(part, setting=None):
    """What is `told` of a kind of network at one rate."""
    kind, rate = part
    make, standardized = KINDS[kind]
    if setting:
        make = network(kind, setting)
        seeds = range(setting["splits"])
        updates = other_targets.needed(setting, make, rate, seeds, LIMIT, standardized)
    else:
        updates = target.needed(make, rate, range(SEEDS), LIMIT, standardized)
    return {"rate": rate} | target.told(updates, LIMIT)


def network(kind, setting):
    """As in `KINDS`, for the setting's data."""
    if kind == "default":
        return other.default(setting)
    return other.perceptron(setting, nn.BatchNorm1d if kind in ("batch_norm", "both") else None)


def claim(result):
    (least, most), (low, high) = (result["largest"][name] for name in ("batch_norm", "plain"))
    assert least >= 10 * high, f"expected ten times the rate, measured {least} and {high}"
    assert most <= 60 * low, f"expected a limit with batch normalization too: {most}, {low}"
    raw, scaled = (result["speedup"][name] for name in ("plain", "standardized"))
    assert raw.low > 4.5 and raw.high < 8, f"expected a sixth of the updates, measured 1/{raw}"
    assert scaled.low > 2 and scaled.high < 4.5, f"expected a third, measured 1/{scaled}"
    for name in ("plain", "standardized", "batch_norm", "both"):
        for rate in result["best"][name]["rates"]:
            inside = min(result["rates"][name]) < rate < max(result["rates"][name])
            assert inside, f"expected a best rate inside its grid, {name}: {rate}"
    stuck = result["runs"]["default"][0]["share"]
    assert stuck.high < 0.2, f"expected torch's default start not to train, measured {stuck}"


PANELS = {
    "reach 90 % at all": {"y": "share of 32 networks", "ylim": (-0.04, 1.06)},
    "updates to 90 %": {"y": "updates", "ylim": (0, LIMIT)},
}
RATE = {"x": "learning rate $\\eta$", "log": "x", "xlim": (0.018, 6)}
LOOKS = {  # colour, text, and where it stands in each panel
    "plain": ("blue", "plain", (0.24, 0.4), (0.045, 455)),
    "standardized": ("purple", "plain, inputs\nstandardized", (0.02, 0.1), (0.26, 265)),
    "batch_norm": ("vermilion", "batch norm", (0.4, 0.8), (0.4, 15)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4, **RATE)
    for name, (colour, text, *places) in LOOKS.items():
        runs = result["runs"][name]
        rates, shares = [each["rate"] for each in runs], [each["share"] for each in runs]
        plotting.curve(left, rates, shares, colour, text, places[0], marked=True)
        most = [each for each in runs if each["share"].mean > 0.5]
        rates, medians = [each["rate"] for each in most], [each["median"] for each in most]
        plotting.points(right, rates, medians, colour, text, places[1], joined=True)
