"""Noise after batch normalization brings covariate shift back, and training is still the faster.

Updates to 90 % accuracy against two measures of covariate shift: moving inputs and turning
gradients. Noise of strength a behind each normalization brings the first back; the second is large
at η = 1 anyway. Only a = 1 stops training. Intervals: 95 %.

Ten hidden layers on digits, 32 splits, each with a start of its own. Behind each batch
normalization every feature is shifted by m and stretched by 1 + s, both drawn anew at each update
from ±a: the next layer sees another distribution each time. Inputs of a layer: how far the
features' means move from one update to the next, in standard deviations. Gradients of a layer: the
internal covariate shift as Santurkar, Tsipras, Ilyas and Mądry (2018) define it, the angle by which
a layer's gradient turns once the layers before it are updated (and their noise is drawn again).
Both after 32 updates, on one batch of 64. The plain network trains at its best rate where updates
are compared. The advantage has an end: with a = 1, where features may be stretched to nothing,
hardly a network gets there in 640 updates.
"""

import numpy as np

from trainingtips import chance, parallel, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import own_splits as own
from trainingtips.experiments import target_updates as target
from trainingtips.experiments.layer_shifts import means, mismatch
from trainingtips.experiments.normalizations import jolted
from trainingtips.statistics import bootstrap, paired

CHAOS = "at these learning rates a last digit grows in training"

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
    "Two scatter plots of updates needed against covariate shift. Batch normalization without "
    "noise is far left, with still means, and needs the fewest updates. With noise of one half its "
    "means move two thirds as far as the plain network's, its gradients turn as far, and it needs "
    "less than half as many updates. With the strongest noise no network arrives."
)
NUMBER = (
    "{gain | interval(0)} fewer updates than without normalization, with the shift brought back"
)


def compute(larger_rates):
    kept = larger_rates["runs"]
    names = list(NETWORKS)
    runs = dict(zip(names, parallel.each(run, names), strict=True))
    for name, of in (("plain", "plain"), ("slow", "batch_norm"), ("batch_norm", "batch_norm")):
        same = [each for each in kept[of] if each["rate"] == NETWORKS[name][1]]
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
        "mismatch": mismatch(*still(), 1.0),
    }


def build(strength):
    return deep.network(None if strength is None else jolted(strength))


def still():
    """A network whose noise has no strength, and a batch."""
    train, _ = deep.digits()
    network = Ensemble(build(0.0), [0]).member(0).double().train()
    return network, (train.x[:PROBE].double(), train.y[:PROBE])


def run(name):
    """Both shifts after `WARM` epochs and, where there is noise, the updates to the target."""
    strength, rate = NETWORKS[name]
    nets, parts = Ensemble(build(strength), range(SEEDS)), own.split(list(range(SEEDS)))
    with chance.started(0):
        for _ in own.updates(nets, parts, [rate] * SEEDS, deep.BATCH, WARM):
            pass
    probes = [(parts.x[rows], parts.y[rows]) for rows in parts.train[:, :PROBE]]
    found = means(nets, rate, probes) | {"rate": rate}
    if not strength:
        return found
    updates = target.needed(build(strength), rate, range(SEEDS), LIMIT)
    return found | target.told(updates, LIMIT)


def claim(result):
    runs = result["runs"]
    plain, bare, noisy = (runs[name] for name in ("plain", "batch_norm", "noise_50"))
    moves = [each["move"] for each in (plain, bare, noisy)]
    assert moves[1].high < 0.1 * moves[0].low, f"expected batch norm to still the means: {moves}"
    assert moves[2].low > 0.5 * moves[0].high, f"expected noise to move them again: {moves}"
    turn = noisy["turn"]  # a cosine below one half; without noise they may turn as far
    assert turn.low > 60, f"expected gradients that turn by two thirds of a right angle: {turn}"
    gain = result["gain"]
    assert gain.low > 0, f"expected noisy networks to need fewer updates, measured {gain} fewer"
    lost = runs["noise_100"]["share"]
    assert lost.high < 0.2, f"expected the advantage to end at a = 1, measured {lost} there"
    assert result["mismatch"] < 1e-9, f"expected the package's shift, off by {result['mismatch']}"


UPDATES = {"y": "updates to 90 %", "ylim": (0, 700)}
PANELS = {
    "inputs of a layer": {"x": "move of the means, in standard deviations", "log": "x"},
    "gradients of a layer": {"x": "turn of a layer's gradient, degrees", "xlim": (45, 95)},
}
LOOKS = {  # colour, text, marker
    "plain": ("blue", "plain, $\\eta$ = 0.1", "o"),
    "slow": ("purple", "batch norm, $\\eta$ = 0.1", "D"),
    "batch_norm": ("vermilion", "batch norm, $\\eta$ = 1", "s"),
    "noise_25": ("green", "… with noise, $a$ = ¼", "^"),
    "noise_50": ("green", "… with noise, $a$ = ½", "v"),
    "noise_100": ("amber", "… with noise, $a$ = 1", "X"),
}


def draw(result, figure):
    panels = plotting.panels(figure, PANELS, height=3.7, **UPDATES)
    for axes, shift in zip(panels, ("move", "turn"), strict=True):
        for name, (colour, text, look) in LOOKS.items():
            run = result["runs"][name]
            updates = run["median"] if run["median"].mean <= LIMIT else LIMIT
            plotting.points(axes, run[shift], updates, colour, text, look=look)
            axes.containers[-1][0].set_markersize(8)  # to stand out from its bars
        plotting.level(axes, LIMIT)
    plotting.label(panels[1], "none by then", (47, LIMIT - 38))
    panels[0].legend(loc="upper left", bbox_to_anchor=(0, 0.93), fontsize="small")
