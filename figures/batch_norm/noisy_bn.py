"""Noise behind batch normalization brings most of the shift back, and training is still the faster.

Networks at 90 % accuracy, and two measures of covariate shift: moving inputs, turning gradients.
Noise of strength a behind each normalization brings most of the first back; the second is large at
η = 1 anyway. Only a = 1 stops training. Dots: networks; bars: 95 %.

Ten hidden layers on digits, 32 splits, each with a start of its own. Behind each batch
normalization every feature is shifted by m and stretched by 1 + s, both drawn anew at each update
from ±a: the next layer sees another distribution each time. Inputs of a layer: how far the
features' means move from one update to the next, in standard deviations. Gradients of a layer: the
internal covariate shift as Santurkar, Tsipras, Ilyas and Mądry (2018) define it, the angle by which
a layer's gradient turns once the layers before it are updated (and their noise is drawn again).
Both after 32 updates, on one batch of 64. The plain network trains at its best rate where updates
are compared. The advantage has an end: with a = 1, where features may be stretched to nothing,
hardly a network gets there in 640 updates. So still inputs are not what the advantage needs; how
much of it they give is not shown, as the noise costs updates too, by the shift or by what it
destroys.
"""

from functools import partial

import numpy as np

from trainingtips import chance, parallel, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import other_networks as other
from trainingtips.experiments import other_targets, own_splits, own_training
from trainingtips.experiments import target_updates as target
from trainingtips.experiments.layer_shifts import means, mismatch
from trainingtips.experiments.normalizations import jolted
from trainingtips.statistics import bootstrap, paired

CHAOS = "at these learning rates a last digit grows in training"

SETTINGS = {  # rates: the plain network's best, with normalization the same, and ten times that
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron",
        "optimiser": "SGD",
        "rule": "SGD",
        "depth": 10,
        "rows": 1797,
        "splits": 16,
        "target": 0.7,
        "rates": [0.1, 1.0],
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
        "rates": [0.1, 1.0],
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
        "rates": [0.1, 1.0],
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_adam": "the shift is measured along a step of plain descent",
    "fashion_cnn": "the shift is measured in front of linear layers",
}
VERDICT = "regime"
SEEDS, WARM = 32, 2  # epochs of 16 updates before the shift is measured
PROBE, LIMIT = 64, 640  # examples on which the shift is measured; updates at most
NETWORKS = {  # name: strength a of the noise (None: no normalization), rate η
    "plain": (None, 0.1),
    "slow": (0.0, 0.1),
    "batch_norm": (0.0, 1.0),
    "noise_25": (0.25, 1.0),
    "noise_50": (0.5, 1.0),
    "noise_100": (1.0, 1.0),
}

ALT = (
    "Training: the share of networks that have reached 90 % rises first with batch normalization "
    "at rate 1, a little later with weak noise, then at rate 0.1 and with noise of one half, long"
    " after that in the plain network, and never with the strongest noise. Moving inputs: the "
    "means lie still with batch normalization; noise of one half moves them two thirds as far as "
    "the plain network's, which scatter widely. Turning gradients: about as far in all, least at "
    "rate 0.1."
)
NUMBER = (
    "{gain | interval(0)} fewer updates than without normalization, with the shift brought back"
)


def compute(larger_rates, *, setting=None):
    kept = larger_rates["runs"]
    names = list(NETWORKS)
    runs = dict(zip(names, parallel.each(partial(run, setting=setting), names), strict=True))
    for name, of in (("plain", "plain"), ("slow", "batch_norm"), ("batch_norm", "batch_norm")):
        same = [each for each in kept[of] if each["rate"] == runs[name]["rate"]]
        runs[name] |= {key: same[0][key] for key in ("updates", "reached", "share", "median")}
    plain, bare, noisy = (runs[name] for name in ("plain", "batch_norm", "noise_50"))
    best = larger_rates["best"]["plain"]["updates"]
    return {
        "runs": runs,
        "gain": bootstrap(best - noisy["updates"], np.median),
        "brought_back": paired(noisy["moves"], bare["moves"]),
        "turned_back": paired(noisy["turns"], bare["turns"]),
        "above_plain": paired(noisy["moves"], plain["moves"]),
        "turned_above_plain": paired(noisy["turns"], plain["turns"]),
        "turned_slow": paired(runs["slow"]["turns"], plain["turns"]),
        "mismatch": mismatch(*still(setting), 1.0),
    }


def build(strength, setting=None):
    norm = None if strength is None else jolted(strength)
    return other.perceptron(setting, norm) if setting else deep.network(norm)


def still(setting=None):
    """A network whose noise has no strength, and a batch."""
    whole = other.dataset(setting) if setting else None
    train, _ = whole.split(deep.TRAIN, seed=deep.SPLIT) if setting else deep.digits()
    network = Ensemble(build(0.0, setting), [0]).member(0).double().train()
    return network, (train.x[:PROBE].double(), train.y[:PROBE])


def run(name, setting=None):
    """Both shifts after `WARM` epochs and, where there is noise, the updates to the target."""
    strength, rate = NETWORKS[name]
    seeds, whole = range(SEEDS), None
    if setting:
        seeds, whole = range(setting["splits"]), other.dataset(setting)
        rate = setting["rates"][rate == 1.0]
    nets = Ensemble(build(strength, setting), seeds)
    parts = own_splits.split(list(seeds), dataset=whole)
    with chance.started(0):
        step = own_training.descent(nets, rate)
        for _ in own_training.updates(nets, parts, step, deep.BATCH, WARM):
            pass
    probes = [(parts.x[rows], parts.y[rows]) for rows in parts.train[:, :PROBE]]
    found = means(nets, rate, probes) | {"rate": rate}
    if not strength:
        return found
    if setting:
        make = build(strength, setting)
        updates = other_targets.needed(setting, make, rate, seeds, LIMIT)
    else:
        updates = target.needed(build(strength), rate, seeds, LIMIT)
    return found | target.told(updates, LIMIT)


def claim(result):
    runs = result["runs"]
    plain, bare, noisy = (runs[name] for name in ("plain", "batch_norm", "noise_50"))
    moves = [each["move"] for each in (plain, bare, noisy)]
    # more than half of the plain network's moves is taken away, and more than half comes back
    assert moves[1].high < 0.5 * moves[0].low, f"expected batch norm to still the means: {moves}"
    assert moves[2].low > 0.5 * moves[0].high, f"expected noise to move them again: {moves}"
    turn = noisy["turn"]  # a cosine below one half; without noise they may turn as far
    assert turn.low > 60, f"expected gradients that turn by two thirds of a right angle: {turn}"
    gain = result["gain"]
    assert gain.low > 0, f"expected noisy networks to need fewer updates, measured {gain} fewer"
    lost, *there = (runs[f"noise_{a}"]["share"] for a in (100, 25, 50))
    assert lost.high < 0.5, f"expected most to be stopped at a = 1, measured {lost} there"
    for share in there:
        assert share.low > 0.5, f"expected most to arrive with less noise, measured {share}"
    assert result["mismatch"] < 1e-9, f"expected the package's shift, off by {result['mismatch']}"


ROWS = {"ylim": (-0.4, 5.7)}
PANELS = {
    "training": {"x": "update", "y": "share of networks at 90 %", "xlim": (0, LIMIT)},
    "moving inputs": ROWS | {"x": "move of the means, in SDs"},
    "turning gradients": ROWS | {"x": "turn, degrees", "xticks": [0, 45, 90, 135]},
}
LOOKS = {  # from the lowest row: colour, name, words beside the curve
    "noise_100": ("text", "… with noise, $a$ = 1", ("$a$ = 1", (480, 0.03))),
    "noise_50": ("green", "… with noise, $a$ = ½", ("$a$ = ½", (205, 0.65))),
    "noise_25": ("amber", "… with noise, $a$ = ¼", None),
    "batch_norm": ("vermilion", "batch norm, $\\eta$ = 1", None),
    "slow": ("purple", "batch norm, $\\eta$ = 0.1", None),
    "plain": ("blue", "plain, $\\eta$ = 0.1", ("plain", (420, 0.5))),
}


def draw(result, figure):
    training, *shifts = plotting.panels(figure, PANELS, 3.7, (1.4, 1, 1))
    for row, (name, (colour, _, words)) in enumerate(LOOKS.items()):
        run = result["runs"][name]
        there = np.sort(run["updates"])[: run["reached"]]  # when each network got there
        share = np.arange(len(there) + 1) / SEEDS
        plotting.curve(training, [0, *there, LIMIT], [*share, share[-1]], colour)
        training.lines[-1].set_drawstyle("steps-post")
        if words:
            plotting.label(training, *words, colour)
        for axes, shift in zip(shifts, ("move", "turn"), strict=True):
            plotting.points(axes, run[shift + "s"], [row] * SEEDS, colour, look=".")
            plotting.points(axes, run[shift], row + 0.28, colour)
    names = [text for _, text, _ in LOOKS.values()]
    for axes in shifts:
        named = axes is shifts[0] or plotting.is_narrow(figure)
        plotting.ticks(axes.yaxis, range(len(names)), names if named else [""] * len(names))
