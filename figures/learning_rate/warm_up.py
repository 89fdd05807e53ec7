"""From a sharp start warm-up saves large peak rates, at either depth; from a flat one it does not.

Final training loss against the peak rate, with and without warm-up, from a sharp and a flat start,
and λ_max along warm-up against 2/η. Lines: three hidden layers; dotted: two. Bands: 95 %.

Networks with 64 inputs, two or three hidden layers of 16 units (ReLU) and 10 outputs on 512 digits,
384 updates of plain SGD with batches of 128; 32 splits of the digits, each with a start of its own.
Either depth starts with He's weights times two (large, sharp) and with torch's default (small,
flat), so that depth and early curvature are told apart. The rate is constant from the start or
after 48 updates of linear warm-up; losses are means of log loss. λ_max is the Hessian's largest
eigenvalue along the first updates with warm-up to η = 0.2.
"""

from functools import partial

import numpy as np

from trainingtips import data, networks, parallel, plotting
from trainingtips.experiments import elsewhere, schedules, stability
from trainingtips.statistics import columns

CHAOS = "at these learning rates a last digit grows in training"

SETTINGS = {
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "rows": 1797,
        "splits": 16,
        "watched_rate": 0.1,
        "rates": {
            "sharp": [0.0125, 0.025, 0.05, 0.08, 0.13, 0.2, 0.32],
            "flat": [0.05, 0.1, 0.2, 0.32, 0.5, 0.8],
        },
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "random_labels": "so few updates do not fit labels at random",
    "digits_adam": "the account is of plain descent: λ_max against 2/η",
}
SEEDS, N, BATCH, EPOCHS, WARM = 32, 512, 128, 96, 48
RATES = {
    "sharp": (0.05, 0.08, 0.13, 0.2, 0.32, 0.5, 0.8),
    "flat": (0.2, 0.32, 0.5, 0.8, 1.26),
}
DEPTHS = {"deep": (16, 16, 16), "shallow": (16, 16)}
WATCHED_RATE, WATCHED, MEMBERS = 0.2, (36, 24), 16  # epochs, updates between looks, networks
USABLE = 0.5  # a mean loss below it

ALT = (
    "Large start: at either depth the loss without warm-up turns up at a smaller peak rate, and "
    "its lowest point is higher than with warm-up. Small start: the two curves run close together "
    "and turn up at the same rate. Curvature in warm-up: the large starts begin far above the line "
    "of two over the rate and fall toward it, the small ones begin far below and climb."
)
NUMBER = (
    "best loss with warm-up, in powers of ten below that without, three hidden layers: "
    "{sharp.deep.gain | interval(2)} from a sharp start, {flat.deep.gain | interval(2)} from a "
    "flat one"
)


def compute(*, setting=None):
    all_rates = setting["rates"] if setting else RATES
    watched = setting["watched_rate"] if setting else WATCHED_RATE
    names = [(start, depth) for start in RATES for depth in DEPTHS]
    parts = [(*name, what) for name in names for what in ("constant", "warm_up", "watch")]
    made = parallel.each(partial(run, setting=setting), parts)
    runs = dict(zip(parts, made, strict=True))
    found = {"rates": all_rates, "warm": WARM, "watched_rate": watched, "sharp": {}, "flat": {}}
    for start, depth in names:
        losses = {kind: runs[start, depth, kind] for kind in ("constant", "warm_up")}
        curvature = stability.summary(*runs[start, depth, "watch"])
        found[start][depth] = schedules.compared(all_rates[start], losses, USABLE) | curvature
    return found


def network(start, depth, features=64):
    make = partial(networks.mlp, features, hidden=DEPTHS[depth])
    return networks.he(make(), gain=2.0) if start == "sharp" else make()


def run(part, setting=None):
    """One network's losses for one kind of start, or its curvature along warm-up."""
    start, depth, what = part
    whole = elsewhere.dataset(setting) if setting else data.load("digits")
    make = partial(network, start, depth, whole.x.shape[1])
    factor = partial(schedules.warm_up, warm=0 if what == "constant" else WARM)
    if what == "watch":
        train, _ = whole.split(N, seed=0)
        rate = setting["watched_rate"] if setting else WATCHED_RATE
        return stability.along(make, MEMBERS, rate, train, BATCH, *WATCHED, factor)
    seeds, rates = (
        (setting["splits"], setting["rates"][start]) if setting else (SEEDS, RATES[start])
    )
    return schedules.on_splits(make, seeds, rates, BATCH, EPOCHS, factor, train=N, own=setting)[0]


def claim(result):
    edge = 2 / result["watched_rate"]
    for depth in DEPTHS:
        sharp, flat = result["sharp"][depth], result["flat"][depth]
        gain, most = sharp["gain"], flat["gain"]
        assert gain.low > 0.2, f"expected a lower loss with warm-up, {depth}: {gain} decades"
        assert most.high < gain.low / 2, f"expected next to no gain when flat, {depth}: {most}"
        assert saved(sharp), f"expected a peak rate that warm-up makes usable, {depth}"
        assert not saved(flat), f"expected no such rate from the flat start, {depth}"
        for start, found in (("sharp", sharp), ("flat", flat)):
            for rate in found["best_rate"].values():
                inside = result["rates"][start][0] < rate < result["rates"][start][-1]
                assert inside, f"expected a best rate inside the grid, {start} {depth}: {rate}"
        start, least = sharp["curvature_start"], sharp["curvature_least"]
        assert start.low > 2 * edge, f"expected λ_max above 2/η when sharp, {depth}: {start}"
        assert least.high < start.low / 2, f"expected λ_max to fall, {depth}: {start} to {least}"
        start = flat["curvature_start"]
        assert start.high < edge, f"expected λ_max below 2/η when flat, {depth}: {start}"


def saved(found):
    """Whether at some rate warm-up ends usable, and at half the loss without it, by their ends."""
    pairs = zip(found["warm_up"], found["constant"], strict=True)
    return any(one.high < min(np.log10(USABLE), other.low - np.log10(2)) for one, other in pairs)


LOSS = {"x": "peak rate", "ylim": (6e-3, 5), "log": "xy"}
PANELS = {
    "large, sharp start": LOSS | {"y": "training loss at the end", "xticks": [0.05, 0.1, 0.2, 0.5]},
    "small, flat start": LOSS | {"xticks": [0.2, 0.5, 1]},
    "curvature in warm-up": {"x": "update", "y": r"$\lambda_{\max}$", "log": "y"},
}
LOOKS = {  # colour, name, and where it stands
    "constant": ("vermilion", "without", (0.17, 0.7), "right"),
    "warm_up": ("blue", "warm-up", (0.055, 0.018), "left"),
}
STARTS = {
    "sharp": ("amber", "large start", (40, 45)),
    "flat": ("green", "small start", (70, 0.75)),
}


def draw(result, figure):
    *panels, right = plotting.panels(figure, PANELS, height=3.5)
    for axes, (start, look) in zip(panels, STARTS.items(), strict=True):
        for depth, dash in (("deep", "-"), ("shallow", ":")):
            found, deep = result[start][depth], depth == "deep"
            for kind, (colour, *words) in LOOKS.items():
                mean, *ends = 10.0 ** np.array(columns(found[kind]))
                words = words if start == "sharp" and deep else ()
                form = {"between": ends, "marked": True, "look": dash}
                plotting.curve(axes, result["rates"][start], mean, colour, *words, **form)
            mean, *ends = found["curvature"]
            words = look if deep else look[:1]
            plotting.curve(right, found["updates"], mean, *words, between=ends, look=dash)
        plotting.level(axes, np.log(10))
    plotting.level(right, 2 / WATCHED_RATE, "text", r"$2/\eta$", (0, 5.2))
    plotting.mark(right, WARM)
