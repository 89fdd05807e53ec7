"""Noise after batch normalization brings covariate shift back, and training is still the faster.

Updates to 90 % accuracy against two measures of covariate shift: moving inputs and turning
gradients. Noise of strength a behind each normalization brings both back; only a = 1 stops
training. Intervals: 95 %.

Ten hidden layers on digits, 32 seeds. Behind each batch normalization every feature is shifted by m
and stretched by 1 + s, both drawn anew at each update from ±a: the next layer sees another
distribution each time. Inputs of a layer: how far the features' means move from one update to the
next, in standard deviations. Gradients of a layer: the internal covariate shift as Santurkar,
Tsipras, Ilyas and Mądry (2018) define it, the angle by which a layer's gradient turns once the
layers before it are updated (and their noise is drawn again). Both after 32 updates, on one batch
of 64. The advantage has an end: with a = 1, where features may be stretched to nothing, no network
gets there in 640 updates.
"""

import copy

import numpy as np
import torch
from torch import nn

from figures.batch_norm import _networks as networks
from trainingtips import plotting
from trainingtips.ensemble import Ensemble
from trainingtips.normalization import covariate_shift, internal_covariate_shift
from trainingtips.statistics import bootstrap, paired, student

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
    "means move as far as the plain network's and its gradients turn further, and it needs half as "
    "many updates as the plain network. With the strongest noise no network arrives."
)
NUMBER = (
    "{gain | interval(0)} fewer updates than without normalization, with the shift brought back"
)


def compute(larger_rates):
    runs = {}
    for name, (strength, rate) in NETWORKS.items():
        kept = "plain" if strength is None else "batch_norm"
        updates = train(strength, rate) if strength else known(larger_rates["runs"][kept], rate)
        runs[name] = measure(strength, rate) | {
            "rate": rate,
            "updates": updates,
            "reached": int((updates <= LIMIT).sum()),
            "median": bootstrap(updates, np.median),
        }
    plain, bare, noisy = (runs[name] for name in ("plain", "batch_norm", "noise_50"))
    return {
        "runs": runs,
        "gain": bootstrap(plain["updates"] - noisy["updates"], np.median),
        "brought_back": paired(noisy["moves"], bare["moves"]),
        "turned_back": paired(noisy["turns"], bare["turns"]),
        "above_plain": paired(noisy["moves"], plain["moves"]),
        "turned_above_plain": paired(noisy["turns"], plain["turns"]),
        "mismatch": check(),
    }


def known(runs, rate):
    """The kept updates to the target at that rate: (SEEDS,)."""
    (found,) = [each for each in runs if each["rate"] == rate]
    return np.asarray(found["updates"])


def build(strength):
    return networks.network(None if strength is None else networks.jolted(strength))


def train(strength, rate):
    """Updates to the target of each seed, capped at `LIMIT` + 1: (SEEDS,)."""
    train, test = networks.digits()
    target = 0.1  # of the training loss: 90 % is behind it by then
    make = build(strength)
    _, run = networks.follow(make, train, test, rate, LIMIT // 16, SEEDS, target=target)
    return np.minimum(networks.reached(run), LIMIT + 1).astype(int)


def measure(strength, rate):
    """Both shifts after `WARM` epochs, of each seed, in the mean over layers."""
    train, _ = networks.digits()
    nets = Ensemble(build(strength), range(SEEDS))
    nets.train(train.x, train.y, networks.sgd(rate), networks.BATCH, WARM)
    batch = train.x[:PROBE], train.y[:PROBE]
    rows = [shifts(nets.member(i).train(), batch, rate, seed=i) for i in range(SEEDS)]
    moves, cosines, relative = np.array(rows).transpose(2, 0, 1).mean(2)  # (SEEDS,) each
    turns = np.degrees(np.arccos(cosines))
    return {
        "moves": moves,
        "turns": turns,
        "move": student(moves),
        "turn": student(turns),
        "cosine": student(cosines),
        "relative": student(relative),
    }


def shifts(network, batch, rate, seed):
    """For each linear layer after the first: move of its inputs' means, cosine, ‖g − g′‖ / ‖g‖.

    g is the gradient by the layer's weights; g′ the one where the layers before have made their
    step and drawn new noise, while the layer and what comes after it, with its noise, stay.
    """
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    own = [next(i for i, p in enumerate(network.parameters()) if p is w) for w in weights]
    before, inputs = gradients(network, batch, seed)
    stepped = copy.deepcopy(network)
    with torch.no_grad():
        for parameter, g in zip(stepped.parameters(), before, strict=True):
            parameter -= rate * g
    at = [i for i, layer in enumerate(network) if isinstance(layer, nn.Linear)]
    found = []
    for k in range(1, len(weights)):
        mixed = nn.Sequential(*list(stepped)[: at[k]], *list(network)[at[k] :])
        after, now = gradients(mixed, batch, seed, renewed=k)
        g, h = before[own[k]], after[own[k]]
        shift = covariate_shift(g, h)
        old, new = inputs[k - 1], now[k - 1]  # what the activation before layer k is given
        move = (new.mean(0) - old.mean(0)).square().mean() / old.var(0, correction=0).mean()
        found.append((float(move.sqrt()), shift.cosine, shift.distance / float(g.norm())))
    return found


def gradients(network, batch, seed, renewed=0):
    """(gradients by all parameters, inputs of the activations); noise as drawn for the update.

    Each hidden layer draws from a seed of its own, the first `renewed` of them from another one.
    """
    x, inputs = batch[0], []
    with torch.random.fork_rng():
        for layer in network:
            if isinstance(layer, nn.ReLU):
                inputs.append(x.detach())
            fresh = len(inputs) < renewed
            torch.default_generator.manual_seed(1000 * seed + 100 * fresh + len(inputs))
            x = layer(x)
    loss = nn.functional.cross_entropy(x, batch[1])
    return torch.autograd.grad(loss, list(network.parameters())), inputs


def check():
    """Largest difference of a cosine from `internal_covariate_shift`'s, without noise."""
    train, _ = networks.digits()
    x, y = train.x[:PROBE].double(), train.y[:PROBE]
    network = Ensemble(build(0.0), [0]).member(0).double().train()
    rate = 1.0
    ours = [cosine for _, cosine, _ in shifts(network, (x, y), rate, seed=0)]
    theirs = internal_covariate_shift(
        network,
        nn.functional.cross_entropy,
        x,
        y,
        layers=[name for name, _ in network.named_parameters()],  # each one a layer of its own
        update=lambda weights, g: {name: w - rate * g[name] for name, w in weights.items()},
    )
    linear = [p.ndim == 2 for p in network.parameters()]
    theirs = [shift.cosine for shift, is_weight in zip(theirs, linear, strict=True) if is_weight]
    return float(np.abs(np.array(ours) - theirs[1:]).max())


def claim(result):
    runs = result["runs"]
    plain, bare, noisy = (runs[name] for name in ("plain", "batch_norm", "noise_50"))
    moves = [each["move"] for each in (plain, bare, noisy)]
    assert moves[1].high < 0.1 * moves[0].low, f"expected batch norm to still the means: {moves}"
    assert moves[2].low > 0.5 * moves[0].high, f"expected noise to move them again: {moves}"
    turned, above = result["turned_back"], result["turned_above_plain"]
    assert turned.low > 0, f"expected noise to turn gradients further, measured {turned} degrees"
    assert above.high > 0, f"expected no less turn than in the plain network, measured {above}"
    gain = result["gain"]
    assert gain.low > 0, f"expected noisy networks to need fewer updates, measured {gain} fewer"
    lost = runs["noise_100"]["reached"]
    assert lost == 0, f"expected the advantage to end at a = 1, measured {lost} networks there"
    assert result["mismatch"] < 1e-9, f"expected the package's shift, off by {result['mismatch']}"


NEEDED = {"y": "updates to 90 %", "ylim": (0, 700)}
PANELS = {
    "inputs of a layer": NEEDED | {"x": "move of the means, in standard deviations", "log": "x"},
    "gradients of a layer": NEEDED | {"x": "turn of a layer's gradient, degrees", "xlim": (45, 95)},
}
LOOKS = {  # marker, colour, name
    "plain": ("o", "blue", r"plain, $\eta$ = 0.1"),
    "slow": ("D", "purple", r"batch norm, $\eta$ = 0.1"),
    "batch_norm": ("s", "vermilion", r"batch norm, $\eta$ = 1"),
    "noise_25": ("^", "green", "… with noise, $a$ = ¼"),
    "noise_50": ("v", "green", "… with noise, $a$ = ½"),
    "noise_100": ("X", "amber", "… with noise, $a$ = 1"),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.7)
    for name, (marker, *look) in LOOKS.items():
        run = result["runs"][name]
        needed = run["median"] if run["median"].mean <= LIMIT else LIMIT
        for axes, shift in ((left, run["move"]), (right, run["turn"])):
            plotting.points(axes, shift, needed, *look, look=marker)
    for axes in (left, right):
        plotting.level(axes, LIMIT)
    plotting.label(right, "none by then", (47, LIMIT - 50))
    left.legend(loc="upper left", bbox_to_anchor=(0, 0.93), fontsize="small")
