"""Batch normalization smooths the loss along long steps; along short ones it is the rougher.

One step along the negative gradient, short or long: what becomes of the loss, and how far the
gradient has moved, after 32 updates and at the start. Medians; bands hold the middle half of 32
seeds.

Ten hidden layers on digits, 32 seeds, after 32 updates of batch 64. From there the point is moved
along the negative gradient g of one batch, by steps η from 0.01 to 2, as Santurkar, Tsipras, Ilyas
and Mądry (2018) do. The loss is a multiple of what it was; the move of the gradient is |g − g′| /
|g|: from 1 on, taking g′ for zero would have been the better guess. At the start: the same before
the first update.
"""

import numpy as np
import torch
from torch import nn

from figures.batch_norm import _networks as networks
from trainingtips import plotting
from trainingtips.curvature import flat_loss
from trainingtips.ensemble import Ensemble
from trainingtips.normalization import smoothness
from trainingtips.statistics import bootstrap, student

CHAOS = "at these learning rates a last digit grows in training"

VERDICT = "regime"
SEEDS, PROBE = 32, 64
STEPS = (0.01, 0.03, 0.1, 0.3, 1.0, 2.0)  # η
SHORT, LONG = STEPS.index(0.01), STEPS.index(1.0)
EPOCHS = (0, 2, 6)  # of 16 updates, at which the loss is probed
SHOWN = 1  # of them in the left and the middle panel
NETWORKS = {  # normalization, rate of the training
    "plain": (None, 0.1),
    "same": (nn.BatchNorm1d, 0.1),
    "batch_norm": (nn.BatchNorm1d, 1.0),
}

ALT = (
    "Left, the plain network's loss shoots up along steps above 0.3, tenfold and more, while with "
    "batch normalization it stays near its start or falls. Middle, the plain network's gradient "
    "moves by up to a hundred times its length, with batch normalization by about one; at the "
    "shortest steps the order is reversed at equal rates. Right, at the start the gradient moves "
    "five times as far with batch normalization at short steps, equally far at long ones."
)
NUMBER = (
    "effective β over the plain network’s: {long_same_rate | interval(2)} along long steps, "
    "{short_same_rate | interval(1)} along short ones"
)


def compute():
    found = {name: follow(*network) for name, network in NETWORKS.items()}
    runs = {name: summary(each) for name, each in found.items()}
    logs = {name: np.log(each["beta"]) for name, each in found.items()}
    return {
        "steps": STEPS,
        "updates": [16 * epochs for epochs in EPOCHS],
        "runs": runs,
        # how many times as large as the plain network's, by seed, in the geometric mean
        "short_at_start": times(logs["same"][0, :, SHORT] - logs["plain"][0, :, SHORT]),
        "short_same_rate": times(logs["same"][SHOWN, :, SHORT] - logs["plain"][SHOWN, :, SHORT]),
        "long_same_rate": times(logs["same"][SHOWN, :, LONG] - logs["plain"][SHOWN, :, LONG]),
        "long_own_rate": times(logs["batch_norm"][SHOWN, :, LONG] - logs["plain"][SHOWN, :, LONG]),
    }


def times(logs):
    """Geometric mean of ratios from their logarithms, with its interval."""
    measured = student(logs)
    return type(measured)(
        *(float(np.exp(v)) for v in (measured.mean, measured.low, measured.high)), measured.n
    )


def follow(norm, rate):
    """Loss multiples, gradient moves and effective β: each (times, SEEDS, steps)."""
    train, _ = networks.digits()
    x, y = train.x[:PROBE], train.y[:PROBE]
    rows = []
    for epochs in EPOCHS:
        nets = Ensemble(networks.network(norm), range(SEEDS))
        nets.train(train.x, train.y, networks.sgd(rate), networks.BATCH, epochs)
        rows.append([probe(nets.member(i).train(), x, y) for i in range(SEEDS)])
    loss, move, beta = np.array(rows).transpose(2, 0, 1, 3)
    return {"loss": loss, "move": move, "beta": beta}


def probe(network, x, y):
    """(loss multiple, move of the gradient, effective β) at each of `STEPS`."""
    loss, theta = flat_loss(network, nn.functional.cross_entropy, x, y)
    found = smoothness(loss, theta, STEPS)
    norm = float(torch.func.grad(loss)(theta).norm())
    move = np.array(found.distances) / norm
    return np.array(found.losses) / float(loss(theta)), move, move / np.array(STEPS)


def summary(found):
    shown = {
        name: np.quantile(found[name][SHOWN], [0.25, 0.5, 0.75], axis=0)
        for name in ("loss", "move")
    }
    shown["move_at_start"] = np.quantile(found["move"][0], [0.25, 0.5, 0.75], axis=0)
    beta = found["beta"]
    return shown | {
        "short": [bootstrap(each, np.median) for each in beta[:, :, SHORT]],
        "long": [bootstrap(each, np.median) for each in beta[:, :, LONG]],
        "largest": [bootstrap(each, np.median) for each in beta.max(2)],
        "loss_long": bootstrap(found["loss"][SHOWN, :, LONG], np.median),
        "move_long": bootstrap(found["move"][SHOWN, :, LONG], np.median),
    }


def claim(result):
    for name in ("long_same_rate", "long_own_rate"):
        long = result[name]
        assert long.high < 0.5, f"expected half the β along long steps or less, {name}: {long}"
    for name in ("short_at_start", "short_same_rate"):
        short = result[name]
        assert short.low > 1.5, f"expected a larger β along short steps, {name}: {short}"
    plain, ours = (result["runs"][name]["loss_long"] for name in ("plain", "same"))
    assert plain.low > 1 > ours.high, f"expected the loss to rise, and to fall: {plain}, {ours}"


STYLES = {
    "plain": ("blue", "o-", "plain, $\\eta$ = 0.1"),
    "same": ("purple", "D:", "batch norm, 0.1"),
    "batch_norm": ("vermilion", "s--", "batch norm, 1"),
}


def draw(result, figure):
    left, middle, right = plotting.panels(figure, 3, height=3.5)
    steps = result["steps"]
    for name, (colour, line, text) in STYLES.items():
        run, colour = result["runs"][name], plotting.colour(colour)
        for axes, which in ((left, "loss"), (middle, "move")):
            low, median, high = run[which]
            axes.fill_between(steps, low, high, color=colour, alpha=0.18)
            axes.loglog(steps, median, line, color=colour, label=text)
        if name != "same":  # the same start
            low, median, high = run["move_at_start"]
            right.fill_between(steps, low, high, color=colour, alpha=0.18)
            right.loglog(steps, median, line, color=colour)
    left.legend(loc="upper left", fontsize="small", title="trained at")
    left.set(xlabel="step $\\eta$ along $-g$", ylabel="loss, as a multiple", ylim=(0.1, 300))
    middle.set(xlabel="step $\\eta$ along $-g$", ylabel="move of $g$, as a share of $|g|$")
    right.set(xlabel="step $\\eta$ along $-g$", ylim=middle.get_ylim())
    for axes in (left, middle, right):
        axes.axhline(1, linestyle=":", linewidth=1, color=plotting.colour("muted"))
    left.set_title("loss, 32 updates")
    middle.set_title("gradient, 32 updates")
    right.set_title("gradient, at the start")
    plotting.label(right, "batch norm", (0.011, 1.9), color=plotting.colour("vermilion"))
    plotting.label(right, "plain", (0.035, 0.17), color=plotting.colour("blue"))
