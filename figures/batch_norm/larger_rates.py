"""Batch normalization trains at rates twenty times as large, with a fifth of the updates to 90 %.

The share of 32 networks of ten hidden layers that ever reach 90 % test accuracy on digits, and the
median of the updates that it takes, against the learning rate; with 95 % intervals.

Batch 64, plain SGD, 32 seeds for each rate, at most 640 updates (40 epochs); the test accuracy is
looked at after every 16 updates. The median is shown where most seeds get there. The plain network
has He's initialization and is given the better of two inputs as well: pixels as they come, and
standardized ones. With torch's default initialization, whose weights are smaller by a factor of
2.4, the plain network stays at chance at this rate, and the comparison would be won too easily.
"""

from functools import partial

from trainingtips import parallel, plotting
from trainingtips.experiments import deep_networks as deep

CHAOS = "at these learning rates a last digit grows in training"

SEEDS, EPOCHS = 32, 40
LIMIT = EPOCHS * 16  # updates
RATES = {
    "plain": (0.02, 0.05, 0.1, 0.2),
    "standardized": (0.1, 0.2),
    "default": (0.1,),
    "batch_norm": (0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
}
STABLE = 0.9  # of the seeds get there: the rate counts as one that trains

# millions of updates to 72.2 % on ImageNet, and the best accuracy: Ioffe and Szegedy (2015), fig. 3
PUBLISHED = {"Inception": (31.0, 72.2), "BN-Baseline": (13.3, 72.7), "BN-x5": (2.1, 73.0),
             "BN-x30": (2.7, 74.8)}  # fmt: skip

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
    runs = parallel.each(partial(deep.at_rate, seeds=SEEDS, epochs=EPOCHS), parts)
    found = dict(zip(parts, runs, strict=True))
    results = {name: [found[name, rate] for rate in RATES[name]] for name in RATES}
    best = {name: min(each, key=lambda e: e["median"].mean) for name, each in results.items()}
    return {
        "seeds": SEEDS,
        "limit": LIMIT,
        "rates": {name: list(rates) for name, rates in RATES.items()},
        "runs": results,
        "best": best,
        "largest": {name: deep.largest(each, STABLE * SEEDS) for name, each in results.items()},
        "speedup": deep.speedup(best["plain"]["updates"], best["batch_norm"]["updates"]),
        "published": {name: list(pair) for name, pair in PUBLISHED.items()},
    }


def claim(result):
    large = result["largest"]
    ours, plain = large["batch_norm"], large["plain"]
    assert ours >= 20 * plain, f"expected a rate twenty times as large, measured {plain}, {ours}"
    speedup = result["speedup"]
    assert speedup.low > 3 and speedup.high < 8, f"expected a fifth, measured 1/{speedup}"
    stuck = [each["reached"] for each in result["runs"]["default"]]
    assert max(stuck) == 0, f"expected torch's default start not to train, measured {stuck}"
    edge = result["runs"]["batch_norm"][-1]
    assert edge["share"].high < 0.5, f"expected a limit with batch normalization too: {edge}"


PANELS = {
    "reach 90 % at all": {"y": "share of 32 seeds", "ylim": (-0.04, 1.06)},
    "updates to 90 %": {"y": "updates", "ylim": (0, LIMIT)},
}
RATE = {"x": "learning rate $\\eta$", "log": "x", "xlim": (0.014, 8)}
LOOKS = {  # colour, text, and where it stands in each panel
    "plain": ("blue", "plain", (0.22, 0.45), (0.045, 455)),
    "standardized": ("purple", "plain, inputs\nstandardized", None, (0.25, 245)),
    "batch_norm": ("vermilion", "batch norm", (0.4, 0.87), (0.4, 15)),
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
