"""Batch normalization trains at rates twenty times as large, with a fifth of the updates to 90 %.

The share of 32 networks of ten hidden layers that ever reach 90 % test accuracy on digits, and the
median of the updates that it takes, against the learning rate; with 95 % intervals.

Batch 64, plain SGD, 32 seeds for each rate, at most 640 updates (40 epochs); the test accuracy is
looked at after every 16 updates. The median is shown where most seeds get there. The plain network
has He's initialization and is given the better of two inputs as well: pixels as they come, and
standardized ones. With torch's default initialization, whose weights are smaller by a factor of
2.4, the plain network stays at chance at this rate, and the comparison would be won too easily.
"""

from dataclasses import replace

import numpy as np
from torch import nn

from figures.batch_norm import _networks as networks
from trainingtips import parallel, plotting
from trainingtips.normalization import standardize
from trainingtips.statistics import bootstrap

CHAOS = "at these learning rates a last digit grows in training"

SEEDS, EPOCHS = 32, 40
RATES = {
    "plain": (0.02, 0.05, 0.1, 0.2),
    "standardized": (0.1, 0.2),
    "default": (0.1,),
    "batch_norm": (0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
}
DONE = 0.1  # training loss at which a network is taken out: 90 % is long behind it by then
STABLE = 0.9  # of the seeds get there: the rate counts as one that trains

# millions of updates to 72.2 % on ImageNet, and the best accuracy: Ioffe and Szegedy (2015), fig. 3
PUBLISHED = {
    "Inception": (31.0, 72.2),
    "BN-Baseline": (13.3, 72.7),
    "BN-x5": (2.1, 73.0),
    "BN-x30": (2.7, 74.8),
}

ALT = (
    "The share of networks that reach the target, against the learning rate: for the plain network "
    "a hump between 0.05 and 0.1, with batch normalization a plateau of one from 0.1 to 2. Updates "
    "needed: some 400 for the plain network, some 70 with batch normalization at a rate of one "
    "half to one."
)
NUMBER = "{speedup | interval(1)} times fewer updates to 90 % test accuracy, each at its best rate"
REPORTED = (
    "14.8 times fewer to 72.2 % on ImageNet, with five times the rate and further changes "
    "[@ioffe2015]"
)


def compute():
    parts = [(name, rate) for name in RATES for rate in RATES[name]]
    found = dict(zip(parts, parallel.each(at_rate, parts), strict=True))
    results = {name: [found[name, rate] for rate in RATES[name]] for name in RATES}
    plain, ours = (best(results[name]) for name in ("plain", "batch_norm"))
    return {
        "seeds": SEEDS,
        "limit": EPOCHS * 16,
        "rates": {name: list(rates) for name, rates in RATES.items()},
        "runs": results,
        "best": {name: best(each) for name, each in results.items()},
        "largest": {name: largest(each) for name, each in results.items()},
        "speedup": ratio(plain["updates"], ours["updates"]),
        "published": {name: list(pair) for name, pair in PUBLISHED.items()},
    }


def at_rate(part):
    """Updates to the target of each seed (capped where never), how many get there."""
    name, rate = part
    train, test = networks.digits()
    if name == "standardized":
        x, statistics = standardize(train.x)
        train, test = replace(train, x=x), replace(test, x=standardize(test.x, statistics)[0])
    _, run = networks.follow(build(name), train, test, rate, EPOCHS, SEEDS, target=DONE)
    updates = networks.reached(run)
    capped = np.minimum(updates, EPOCHS * 16 + 1)
    return {
        "rate": rate,
        "reached": int(np.isfinite(updates).sum()),
        "updates": capped.astype(int),
        "median": bootstrap(capped, np.median),
        "share": bootstrap(np.isfinite(updates)),
    }


def build(name):
    if name == "default":
        return default
    return networks.network(nn.BatchNorm1d if name == "batch_norm" else None)


def default():
    """The plain network as torch initialises it."""
    plain = networks.network()()
    for layer in plain:
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    return plain


def best(found):
    """The rate with the fewest updates in the median."""
    return min(found, key=lambda each: each["median"].mean)


def largest(found):
    """The largest rate at which `STABLE` of the seeds reach the target; 0 where there is none."""
    return max((each["rate"] for each in found if each["reached"] >= STABLE * SEEDS), default=0.0)


def ratio(a, b):
    """Median of a over median of b, the same seeds resampled together."""
    pairs = np.arange(len(a))

    def statistic(index, axis):
        index = index.astype(int)
        return np.median(a[index], axis=axis) / np.median(b[index], axis=axis)

    return bootstrap(pairs, statistic)


def claim(result):
    large = result["largest"]
    assert large["batch_norm"] >= 20 * large["plain"], (
        f"expected a largest rate twenty times as large, measured {large['plain']} and "
        f"{large['batch_norm']}"
    )
    speedup = result["speedup"]
    assert speedup.low > 3 and speedup.high < 8, f"expected a fifth, measured 1/{speedup}"
    stuck = [each["reached"] for each in result["runs"]["default"]]
    assert max(stuck) == 0, f"expected torch's default start not to train, measured {stuck}"
    edge = result["runs"]["batch_norm"][-1]
    assert edge["share"].high < 0.5, f"expected a limit with batch normalization too: {edge}"


RATE = {"x": r"learning rate $\eta$", "xlim": (0.014, 8), "log": "x"}
PANELS = {
    "reach 90 % at all": RATE | {"y": "share of 32 seeds", "ylim": (-0.04, 1.06)},
    "updates to 90 %": RATE | {"y": "updates", "ylim": (0, 640)},
}
LOOKS = {  # colour; name and where it stands, in each panel
    "plain": ("blue", ("plain", (0.22, 0.46)), ("plain", (0.045, 460))),
    "standardized": ("purple", (), ("plain, inputs\nstandardized", (0.25, 250))),
    "batch_norm": ("vermilion", ("batch norm", (0.4, 0.87)), ("batch norm", (0.4, 18))),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS)
    for name, (colour, *words) in LOOKS.items():
        runs = result["runs"][name]
        rates, shares = ([each[key] for each in runs] for key in ("rate", "share"))
        plotting.curve(left, rates, shares, colour, *words[0], marked=True)
        runs = [each for each in runs if each["share"].mean > 0.5]
        rates, medians = ([each[key] for each in runs] for key in ("rate", "median"))
        plotting.points(right, rates, medians, colour, *words[1], joined=True)
