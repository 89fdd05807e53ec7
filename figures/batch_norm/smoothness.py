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
from trainingtips.statistics import bootstrap, ratio

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
    "After 32 updates, the plain network's loss shoots up along steps above 0.3, tenfold and more, "
    "while with batch normalization it stays near its start or falls. The plain network's gradient "
    "moves by up to a hundred times its length, with batch normalization by about one; at the "
    "shortest steps the order is reversed at equal rates. At the start, the gradient moves five "
    "times as far with batch normalization at short steps, equally far at long ones."
)
NUMBER = (
    "effective β over the plain network’s: {long_same_rate | interval(2)} along long steps, "
    "{short_same_rate | interval(1)} along short ones"
)


def compute():
    found = {name: follow(*network) for name, network in NETWORKS.items()}
    runs = {name: summary(each) for name, each in found.items()}
    short, long = (
        {name: each["beta"][:, :, at] for name, each in found.items()} for at in (SHORT, LONG)
    )
    return {
        "steps": STEPS,
        "updates": [16 * epochs for epochs in EPOCHS],
        "runs": runs,
        # how many times as large as the plain network's, by seed, in the geometric mean
        "short_at_start": ratio(short["same"][0], short["plain"][0]),
        "short_same_rate": ratio(short["same"][SHOWN], short["plain"][SHOWN]),
        "long_same_rate": ratio(long["same"][SHOWN], long["plain"][SHOWN]),
        "long_own_rate": ratio(long["batch_norm"][SHOWN], long["plain"][SHOWN]),
    }


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


STEP = {"x": r"step $\eta$ along $-g$", "log": "xy"}
MOVE = STEP | {"ylim": (0.08, 500)}
PANELS = {
    "loss, 32 updates": STEP | {"y": "loss, as a multiple", "ylim": (0.1, 300)},
    "gradient, 32 updates": MOVE | {"y": "move of $g$, as a share of $|g|$"},
    "gradient, at the start": MOVE,
}
LOOKS = {  # colour; name after training, and at the start with its place
    "plain": ("blue", (r"plain, $\eta$ = 0.1",), ("plain", (0.035, 0.17))),
    "same": ("purple", ("batch norm, 0.1",), None),  # its start is that of the next
    "batch_norm": ("vermilion", ("batch norm, 1",), ("batch norm", (0.011, 1.9))),
}


def draw(result, figure):
    left, middle, right = plotting.panels(figure, PANELS, height=3.5)
    for name, (colour, after, before) in LOOKS.items():
        shown = [(left, "loss", after), (middle, "move", after), (right, "move_at_start", before)]
        for axes, which, words in shown[: 2 if before is None else 3]:
            low, median, high = result["runs"][name][which]
            form = {"between": (low, high), "marked": True}
            plotting.curve(axes, result["steps"], median, colour, *words, **form)
    for axes in (left, middle, right):
        plotting.level(axes, 1)
    left.legend(loc="upper left", fontsize="small", title="trained at")
