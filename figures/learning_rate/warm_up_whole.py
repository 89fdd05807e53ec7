"""On 60,000 pictures of clothes warm-up saves large rates from a sharp start, and hardly any loss.

Final training loss against the peak rate, with and without warm-up, from a sharp and a flat start.
Lines: three hidden layers; dotted: two. Bands: 95 %.

Networks with 784 inputs, two or three hidden layers of 64 units (ReLU) and 10 outputs on 60,000 of
Fashion-MNIST, five epochs of plain SGD with batches of 128, on a GPU; 16 splits of the 70,000, each
with a start of its own. A sharp start has He's weights times two, a flat one is torch's default.
The rate is constant from the start, or after an eighth of all updates of linear warm-up; losses are
means of log loss over all 60,000. λ_max is that over 10,000 of them, along warm-up to η = 0.1.
"""

import numpy as np

from trainingtips import plotting
from trainingtips.experiments import schedules
from trainingtips.statistics import columns, student

REPEATS = {
    "claim": "learning_rate/warm_up", "setting": "fashion_whole",
    "data": "all of Fashion-MNIST", "network": "perceptron", "optimiser": "SGD",
}  # fmt: skip
STARTS, DEPTHS = ("sharp", "flat"), ("deep", "shallow")
USABLE = 0.5  # a mean loss below it
MOST = 0.1  # of the gain in the best loss, in powers of ten: a fifth
KEPT = (
    *("device", "rates", "updates", "warm", "batch", "splits", "train_examples"),
    *("watched_rate", "watched"),
)

ALT = (
    "Large start: with warm-up the loss stays low at peak rates twice as large as without, at "
    "either depth, and its lowest point is only a little lower. Small start: the curves with and "
    "without warm-up run close together and turn up at the same rate."
)
NUMBER = (
    "best loss with warm-up, in powers of ten below that without, three hidden layers: "
    "{sharp.deep.gain | interval(3)} from a sharp start, {flat.deep.gain | interval(3)} from a "
    "flat one"
)


def compute(warm_up_whole):
    found = {name: warm_up_whole[name] for name in KEPT}
    for start in STARTS:
        found[start] = {
            depth: summary(warm_up_whole["rates"][start], warm_up_whole[start][depth])
            for depth in DEPTHS
        }
    return found | {"elsewhere": failing(found)}


def summary(rates, run):
    losses = {kind: run[kind] for kind in ("constant", "warm_up")}
    along = np.log10(run["curvature"])
    curvature = {"start": along[0], "least": along.min(0)}
    return schedules.compared(rates, losses, USABLE) | {
        "curvature": [student(row) for row in along],  # log₁₀, at each look
        **{f"curvature_{name}": student(each) for name, each in curvature.items()},
    }


def saved(found):
    """Whether at some rate warm-up ends usable, and at half the loss without it, by their ends."""
    pairs = zip(found["warm_up"], found["constant"], strict=True)
    return any(one.high < min(np.log10(USABLE), other.low - np.log10(2)) for one, other in pairs)


def failing(found):
    """What of the sentence on digits does not come out, in the words of its own claim."""
    lines = []
    for depth in DEPTHS:
        sharp, flat = (found[start][depth] for start in STARTS)
        gain, most = sharp["gain"], flat["gain"]
        lines += [
            (gain.low > 0.2, f"expected a lower loss with warm-up, {depth}: {gain} decades"),
            (most.high < gain.low / 2, f"expected next to no gain when flat, {depth}: {most}"),
            (saved(sharp), f"expected a peak rate that warm-up makes usable, {depth}"),
            (not saved(flat), f"expected no such rate from the flat start, {depth}"),
        ]
    return [line for holds, line in lines if not holds]


def claim(result):
    edge = np.log10(2 / result["watched_rate"])
    for depth in DEPTHS:
        sharp, flat = (result[start][depth] for start in STARTS)
        gain, most = sharp["gain"], flat["gain"]
        assert saved(sharp), f"expected a peak rate that warm-up makes usable, {depth}"
        assert not saved(flat), f"expected no such rate from the flat start, {depth}"
        assert gain.low > 0, f"expected a lower loss with warm-up, {depth}: {gain} decades"
        assert gain.high < MOST, f"expected little gain with warm-up, {depth}: {gain} decades"
        assert most.high < gain.low, f"expected less gain when flat, {depth}: {most} decades"
        start, least = sharp["curvature_start"], sharp["curvature_least"]
        assert start.low > edge + np.log10(2), f"expected λ_max above 2/η when sharp: {start}"
        assert least.high < start.low - np.log10(2), f"expected it to fall: {start} to {least}"
        start = flat["curvature_start"]
        assert start.high < edge, f"expected λ_max below 2/η when flat, {depth}: {start}"
        for start in STARTS:
            for rate in result[start][depth]["best_rate"].values():
                rates = result["rates"][start]
                assert rates[0] < rate < rates[-1], f"expected a best rate inside: {start} {rate}"


LOSS = {"x": "peak rate", "ylim": (0.25, 5), "log": "xy", "yticks": [0.3, 0.5, 1, 2, 4]}
PANELS = {
    "large, sharp start": LOSS
    | {"y": "training loss at the end", "xticks": [0.01, 0.04, 0.16, 0.64]},
    "small, flat start": LOSS | {"xticks": [0.05, 0.2, 0.8]},
}
LOOKS = {  # colour, name, and where it stands
    "constant": ("vermilion", "without", (0.06, 1.2)),
    "warm_up": ("blue", "warm-up", (0.1, 0.28)),
}


def draw(result, figure):
    panels = plotting.panels(figure, PANELS, height=3.5)
    for axes, start in zip(panels, STARTS, strict=True):
        for depth, dash in zip(DEPTHS, ("-", ":"), strict=True):
            for kind, (colour, *words) in LOOKS.items():
                mean, *ends = 10.0 ** np.array(columns(result[start][depth][kind]))
                words = words if (start, depth) == ("sharp", "deep") else ()
                form = {"between": ends, "marked": True, "look": dash}
                plotting.curve(axes, result["rates"][start], mean, colour, *words, **form)
        plotting.level(axes, np.log(10))
