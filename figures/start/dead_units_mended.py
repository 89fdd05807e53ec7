"""Batch norm wakes dead ReLUs, leaky slopes some that the rate killed, low rates and warm-up none.

Units of the first layer off for every training digit after fifteen epochs, by starting bias, and
at a rate of 1. Right: of those dead by bias −1 or that rate, the share on again.

Digits, 1,024 for training, two hidden layers of 32 ReLU units, torch's own start with the biases of
the first layer lowered by so much; plain descent, batches of 64, at a rate of 0.1 (left) or 1
(middle). Lower: at a tenth of the rate. Warm-up: the rate rises from zero over five epochs. Slope:
a leaky ReLU, that much of its input below zero, in both layers. Batch norm: before each ReLU, with
γ = 1 and β = 0 at the start; the lowered bias lies before it. Off: a unit's sum, as it enters the
activation, is above zero for none of the training digits. A ReLU that is off is dead, and theory
says for ever; a leaky one is linear, with a small slope. Means of 32 networks, 95 % bars.

Right: dead from the bias, before the first update, and mended from then on, for fifteen epochs at a
rate of 0.1. Killed by the rate: five epochs at a rate of 1 without a mend, then ten with one, the
optimiser anew. A network's share is of its own dead units; networks without any are left out.

The sentence before the first run was "Batch norm and a slope of 0.1 wake dead ReLUs, one of 0.01
fewer; low rates only kill fewer". Two parts of it did not come out: the slope wakes hardly any unit
that is dead by its bias, where a tenth of them was expected at least; and that warm-up spares more
than five points of a hundred is not sure. The limits are those of then, the first of these two from
its other side; of warm-up it is now asserted that it spares less than half of what a tenth of the
rate does.
"""

from functools import partial

import numpy as np
import torch

from trainingtips import batches, networks, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_settings
from trainingtips.statistics import paired, student

VERDICT = "regime"
CHAOS = "at a rate of 1 a last digit grows in training"

SETTINGS = {
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "rows": 1797,
        "network": "perceptron",
        "optimiser": "SGD",
        "rates": [0.1, 1.0],
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "digits_adam": {
        "data": "digits",
        "network": "perceptron",
        "optimiser": "Adam",
        "rates": [0.01, 0.1],
    },
    "fashion_cnn": "a filter is at many places of a picture, and dead at some",
    "text_transformer": "its units are GELU, which have a slope everywhere",
}
DIGITS = {"data": "digits", "optimiser": "SGD", "rates": (0.1, 1.0)}
SEEDS, BATCH, UNITS, KILLED, LAST = 32, 64, 32, 5, 15
BIASES = (0.0, -0.5, -1.0)
MENDS = {
    "none": {},
    "lower": {"times": 0.1},
    "warm-up": {"warm": 5},
    "slope 0.01": {"slope": 0.01},
    "slope 0.1": {"slope": 0.1},
    "batch norm": {"norm": True},
}

ALT = (
    "The share of units that are off, against the starting bias: from a few percent to nearly all, "
    "the same for no mend, a lower rate, warm-up and both leaky slopes; zero with batch norm. At a "
    "rate of 1: some seven tenths with no mend, warm-up or a slope of 0.01, fewer with 0.1, hardly "
    "any at a lower rate, none with batch norm. On again: all with batch norm; of those "
    "killed by the rate about six tenths with a slope of 0.1, a few with 0.01; else none."
)
NUMBER = (
    "of units killed by the rate, alive again with batch norm: "
    "{woken.rate.batch norm | interval(0, share=True)}"
)


def compute(*, setting=None):
    own = setting or DIGITS
    train = elsewhere.dataset(own).split(1024, seed=0)[0]
    usual, large = own["rates"]
    trained = partial(run, own["optimiser"], train, range(1, LAST + 1))
    lowered = {b: {m: trained(start(train, b), usual, **how) for m, how in MENDS.items()}
               for b in BIASES}  # fmt: skip
    fast = {m: trained(start(train, 0.0), large, **how) for m, how in MENDS.items()}
    hurt = run(own["optimiser"], train, range(1, KILLED + 1), start(train, 0.0), large)
    after = partial(run, own["optimiser"], train, range(KILLED + 1, LAST + 1))
    treated = {m: after(hurt["weights"], large, **how) for m, how in MENDS.items()}
    causes = {
        "bias": (dead(start(train, BIASES[-1]), train.x), lowered[BIASES[-1]]),
        "rate": (hurt["dead"], treated),
    }
    woken = {name: {m: alive_again(before, each["dead"]) for m, each in runs.items()}
             for name, (before, runs) in causes.items()}  # fmt: skip
    return {
        "biases": np.array(BIASES),
        "lowered": {m: [shares(lowered[b][m]["dead"]) for b in BIASES] for m in MENDS},
        "fast": {m: shares(each["dead"]) for m, each in fast.items()},
        "spared": {m: student(lost(fast["none"]) - lost(fast[m])) for m in MENDS if m != "none"},
        "before": {name: int(before.sum()) for name, (before, _) in causes.items()},
        "woken": {name: {m: student(each) for m, each in found.items()}
                  for name, found in woken.items()},
        "counted": {name: {m: int((before & ~each["dead"]).sum()) for m, each in runs.items()}
                    for name, (before, runs) in causes.items()},
        "steeper": {name: paired(found["slope 0.1"], found["slope 0.01"])
                    for name, found in woken.items()},
        "wrong": {name: {m: student(each["wrong"]) for m, each in runs.items()}
                  for name, (_, runs) in causes.items()},
    }  # fmt: skip


def start(train, bias):
    """Weights and biases of each layer, (E, …), the first layer's biases lowered."""
    make = partial(networks.mlp, train.x.shape[1], train.classes, (UNITS, UNITS))
    weights = list(Ensemble(make, range(SEEDS)).parameters.values())
    weights[1] = weights[1] + bias
    return [each.detach() for each in weights]


def run(rule, train, epochs, weights, rate, times=1.0, warm=0, slope=0.0, norm=False):
    """What a mended training comes to: its weights, which units are dead, the share wrong (E,)."""
    norms = [torch.full((SEEDS, 1, UNITS), value) for value in (1.0, 0.0, 1.0, 0.0) if norm]
    leaves = [each.detach().clone().requires_grad_() for each in [*weights, *norms]]
    optimizer = own_settings.RULES[rule](leaves, lr=rate)
    updates = 0
    for epoch in epochs:
        deals = (batches.epoch(len(train), BATCH, s, epoch) for s in range(SEEDS))
        for rows in zip(*deals, strict=True):
            at = torch.from_numpy(np.array(rows))
            updates += 1
            rise = min(1.0, updates / (warm * len(train) / BATCH)) if warm else 1.0
            optimizer.param_groups[0]["lr"] = rate * times * rise
            z = forward(leaves, train.x[at], slope)[1]
            losses = torch.nn.functional.cross_entropy(z.mT, train.y[at], reduction="none")
            optimizer.zero_grad()
            losses.mean(1).sum().backward()
            optimizer.step()
    with torch.no_grad():
        z = forward(leaves, train.x.expand(SEEDS, -1, -1), slope)[1]
    wrong = (z.argmax(-1) != train.y).double().mean(1).numpy()
    return {"weights": leaves[:6], "dead": dead(leaves, train.x), "wrong": wrong}


def forward(weights, x, slope):
    """What enters the first layer's activation, (E, B, UNITS), and logits, (E, B, K).

    Behind six weights and biases there may be γ and β of two batch norms, (E, 1, UNITS).
    """
    w1, b1, w2, b2, w3, b3, *norms = weights
    entering = []
    for w, b, (gamma, beta) in zip((w1, w2), (b1, b2), pairs(norms), strict=True):
        sums = x @ w.mT + b.unsqueeze(1)
        if gamma is not None:
            var, mean = torch.var_mean(sums, 1, correction=0, keepdim=True)
            sums = gamma * (sums - mean) / (var + 1e-5).sqrt() + beta
        entering.append(sums)
        x = torch.nn.functional.leaky_relu(sums, slope)
    return entering[0], x @ w3.mT + b3.unsqueeze(1)


def pairs(norms):
    return [norms[:2], norms[2:]] if norms else [(None, None)] * 2


@torch.no_grad()
def dead(weights, x):
    """(E, UNITS) bool: above zero for no example; what is not a number is dead."""
    return ~(forward(weights, x.expand(SEEDS, -1, -1), 0.0)[0] > 0).any(1)


def lost(run):
    """The share of each network's units that are dead, (E,)."""
    return run["dead"].double().mean(1).numpy()


def shares(found):
    return student(found.double().mean(1).numpy())


def alive_again(before, after):
    """Of each network's dead units the share that is not dead later, of networks with such."""
    some = before.any(1)
    return ((before & ~after).sum(1)[some] / before.sum(1)[some]).numpy()


def claim(result):
    for cause, woken in result["woken"].items():
        count = result["before"][cause]
        assert count > 200, f"expected a fifth of the units dead by the {cause}, found {count}"
        norm = woken["batch norm"]
        assert norm.low > 0.5, f"expected batch norm to wake most, {cause}: {norm}"
        for mend in ("lower", "warm-up"):
            back = result["counted"][cause][mend]
            assert back == 0, f"expected none to wake, {cause}, {mend}: {back}"
    leaky = result["woken"]["rate"]["slope 0.1"]
    assert leaky.low > 0.1, f"expected a slope of 0.1 to wake some that the rate killed: {leaky}"
    more = result["steeper"]["rate"]
    assert more.low > 0.05, f"expected fewer by a slope of 0.01: {more}"
    leaky = result["woken"]["bias"]["slope 0.1"]
    assert leaky.high < 0.1, f"expected hardly any to wake that a bias killed: {leaky}"
    lower, warm = result["spared"]["lower"], result["spared"]["warm-up"]
    assert lower.low > 0.05, f"expected a lower rate to kill fewer: {lower}"
    assert warm.high < lower.low / 2, f"expected warm-up to spare less: {warm}, {lower}"


ROWS = {
    "none": "no mend",
    "lower": "a tenth\nof the rate",
    "warm-up": "warm-up",
    "slope 0.01": "slope 0.01",
    "slope 0.1": "slope 0.1",
    "batch norm": "batch norm",
}
SHARE = ([0, 0.5, 1], "{x:.0%}")
ROW = {"xlim": (-0.06, 1.06), "xticks": SHARE, "ylim": (-0.6, len(ROWS) - 0.4)}
PANELS = {
    "off, by the bias": {"x": "starting bias", "y": "share of units", "ylim": (-0.06, 1.06),
                         "xlim": (-1.08, 0.08), "xticks": [-1, -0.5, 0], "yticks": SHARE},
    "off, at a rate of 1": {"x": "share of units"} | ROW,
    "on again": {"x": "share of those dead"} | ROW,
}  # fmt: skip
CAUSES = {"bias": ("blue", "dead by the bias", 0.13), "rate": ("vermilion", "by the rate", -0.13)}


def draw(result, figure):
    left, middle, right = plotting.panels(figure, PANELS, height=3.4)
    names = list(ROWS)[::-1]
    for name in ("lower", "warm-up", "slope 0.01", "slope 0.1"):
        plotting.points(left, result["biases"], result["lowered"][name], "vermilion", look="s")
    plotting.points(left, result["biases"], result["lowered"]["none"], "blue", joined=True)
    plotting.points(left, result["biases"], result["lowered"]["batch norm"], "green", joined=True)
    plotting.label(left, "batch norm", (-0.95, 0.05), "green")
    plotting.label(left, "all others", (-0.4, 0.55), "blue")
    for place, name in enumerate(names):
        plotting.points(middle, result["fast"][name], place, "blue")
        for cause, (colour, text, shift) in CAUSES.items():
            told = "" if place else text
            plotting.points(right, result["woken"][cause][name], place + shift, colour, told)
    middle.set_yticks(range(len(names)), [ROWS[each] for each in names])
    beside = plotting.is_narrow(figure)
    right.set_yticks(range(len(names)), [ROWS[each] if beside else "" for each in names])
    right.legend(fontsize="x-small", loc="upper right")
