"""Warm-up raises the usable peak rate where the curvature falls early, and elsewhere gains nothing.

Final training loss against the peak rate, with and without warm-up, from a sharp and a flat start,
and λ_max along warm-up against 2/η. Bands: 95 %; dotted: always answering one tenth.

Networks with 64 inputs, three or two hidden layers of 16 units (ReLU) and 10 outputs on 512 digits,
384 updates of plain SGD with batches of 128; 64 seeds. The first network starts with He's weights
times two (large, sharp), the second with torch's default (small, flat). The rate is constant from
the start or after 48 updates of linear warm-up; losses are means of log loss. λ_max is the
Hessian's largest eigenvalue along the first updates with warm-up to η = 0.2.
"""

from functools import partial

import numpy as np

from trainingtips import data, networks, parallel, plotting
from trainingtips.experiments import schedules, stability
from trainingtips.statistics import columns

CHAOS = "at these learning rates a last digit grows in training"

SEEDS, N, BATCH, EPOCHS, WARM = 64, 512, 128, 96, 48
RATES = np.geomspace(0.02, 2, 11)
WATCHED_RATE, WATCHED = 0.2, (40, 16)  # epochs, and updates from one look to the next
NETWORKS = {"sharp": (3, 2.0), "flat": (2, None)}  # hidden layers, multiple of He's weights
USABLE = 0.5  # a mean loss below it

ALT = (
    "Large start: the loss without warm-up turns up at a smaller peak rate, and its lowest point "
    "is higher than with warm-up. Small start: the two curves run close together, the one with "
    "warm-up a little higher, and turn up at the same rate. Curvature in warm-up: the large "
    "start's begins far above the line of two over the rate and falls toward it, the small "
    "start's begins far below and climbs."
)
NUMBER = (
    "best loss with warm-up, in powers of ten below that without: {sharp.gain | interval(2)} from "
    "a sharp start, {flat.gain | interval(2)} from a flat one"
)


def compute():
    parts = [(name, what) for name in NETWORKS for what in ("constant", "warm_up", "watch")]
    runs = dict(zip(parts, parallel.each(run, parts), strict=True))
    found = {"rates": RATES, "warm": WARM, "watched_rate": WATCHED_RATE}
    for name in NETWORKS:
        losses = {kind: runs[name, kind] for kind in ("constant", "warm_up")}
        curvature = stability.summary(*runs[name, "watch"])
        found[name] = schedules.compared(RATES, losses, USABLE) | curvature
    return found


def run(part):
    """One network's losses for one kind of start, or its curvature along warm-up."""
    name, what = part
    make, (train, _) = partial(network, *NETWORKS[name]), data.load("digits").split(N, seed=0)
    factor = partial(schedules.warm_up, warm=0 if what == "constant" else WARM)
    if what == "watch":
        return stability.along(make, SEEDS, WATCHED_RATE, train, BATCH, *WATCHED, factor)
    return schedules.final(make, SEEDS, RATES, train, BATCH, EPOCHS, factor)[1]


def network(depth, gain):
    """Hidden layers of 16 units; `gain` multiplies He's weights, None leaves torch's own start."""
    net = networks.mlp(hidden=(16,) * depth)
    return networks.he(net, gain) if gain else net


def claim(result):
    sharp, flat, limit = result["sharp"], result["flat"], np.log10(USABLE)
    gain, usable = sharp["gain"], sharp["usable"]
    assert gain.low > 0.3, f"expected half the best loss with warm-up, gained {gain} decades"
    pairs = zip(sharp["warm_up"], sharp["constant"], strict=True)
    raised = any(with_it.high < limit < without.low for with_it, without in pairs)
    assert raised, f"expected a rate that only warm-up makes usable, measured {usable}"
    usable = flat["usable"]
    assert usable["warm_up"] == usable["constant"], f"expected one usable rate: {usable}"
    # what the flat start may gain is small against what the sharp one does
    most = flat["gain"]
    assert most.high < gain.low / 4, f"expected next to no gain on the flat start, measured {most}"
    edge = 2 / result["watched_rate"]
    start, least = sharp["curvature_start"], sharp["curvature_least"]
    assert start.low > 2 * edge, f"expected λ_max above 2/η at the sharp start, measured {start}"
    assert least.high < start.low / 2, f"expected λ_max to fall, from {start} to {least}"
    start = flat["curvature_start"]
    assert start.high < edge, f"expected λ_max below 2/η at the flat start, measured {start}"


LOSS = {"x": "peak rate", "ylim": (6e-3, 5), "log": "xy"}
PANELS = {
    "large, sharp start": LOSS | {"y": "training loss at the end"},
    "small, flat start": LOSS,
    "curvature in warm-up": {"x": "update", "y": r"$\lambda_{\max}$", "log": "y"},
}
LOOKS = {  # colour, name, and where it stands
    "constant": ("vermilion", "without", (0.17, 0.7), "right"),
    "warm_up": ("blue", "warm-up", (0.09, 0.05), "right"),
}
STARTS = {
    "sharp": ("amber", "large start", (40, 45)),
    "flat": ("green", "small start", (70, 0.75)),
}


def draw(result, figure):
    *panels, right = plotting.panels(figure, PANELS, height=3.5)
    for axes, (name, start) in zip(panels, STARTS.items(), strict=True):
        for kind, (colour, *words) in LOOKS.items():
            mean, *ends = 10.0 ** np.array(columns(result[name][kind]))
            words = words if name == "sharp" else ()
            plotting.curve(axes, result["rates"], mean, colour, *words, between=ends, marked=True)
        plotting.level(axes, np.log(10))
        mean, *ends = result[name]["curvature"]
        plotting.curve(right, result[name]["updates"], mean, *start, between=ends)
    plotting.level(right, 2 / WATCHED_RATE, "text", r"$2/\eta$", (0, 5.2))
    plotting.mark(right, WARM)
