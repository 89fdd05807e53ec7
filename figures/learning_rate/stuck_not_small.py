"""A network's loss stands still while its gradient does not shrink: it bounces, it is not at rest.

Loss and gradient norm stand still until the rate is cut (dashed); then both fall. Successive steps
along an eigenvector are correlated by −ηλ/2, as bouncing predicts. Means of 32 networks with 95 %
intervals.

A network of 64, 4 and 10 units (tanh, squared error) on 512 digits, batches of 16, at a rate that
is too large. The loss over all examples and the norm of its gradient are in units of their values
at the start: both stand still from halfway on. Lower the rate twentyfold at the end, and both fall
at once.

The steps are those of the last 400 updates, along the Hessian's eigenvectors. On a quadratic with
batch noise the weight along an eigenvector is a random walk held by a spring, θ ← (1 − ηλ)θ +
noise, so that two successive steps have correlation −ηλ/2: zero means wandering, −1 a pure to and
fro.
"""

from copy import deepcopy
from functools import partial

import numpy as np
from torch import nn

from trainingtips import data, networks, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import bouncing
from trainingtips.statistics import columns

SEEDS, N, BATCH = 32, 512, 16
ETA, CUT = 0.4, 20
UPDATES, EVERY = 2048, 32
WATCHED = 416
TOP, BINS = 40, 8  # eigenvectors looked at, in groups of neighbours
NETWORK = partial(networks.tanh, hidden=(4,))

ALT = (
    "Loss and gradient norm, on a log axis: both fall at first and then run level to the end; "
    "where the rate is cut both drop, the gradient norm by far more. The correlation of "
    "successive steps, against the step ηλ, falls from zero toward minus one along the line of "
    "theory."
)
NUMBER = (
    "over the second half of training the loss is multiplied by {loss_drift | interval(3)}, the "
    "gradient’s norm by {norm_drift | interval(2)}"
)


def compute():
    train, _ = data.load("digits").split(N, seed=0)
    x, y = train.x, nn.functional.one_hot(train.y, 10).float()
    nets = Ensemble(NETWORK, range(SEEDS))
    first = bouncing.follow(nets, x, y, ETA, BATCH, UPDATES, EVERY)
    cut = bouncing.follow(deepcopy(nets), x, y, ETA / CUT, BATCH, WATCHED, EVERY // 2)
    paths = bouncing.weights(nets, x, y, ETA, BATCH, WATCHED)
    moves = bouncing.movements(nets, paths, x, y, ETA, TOP)
    found = {"eta": ETA, "weights": paths.shape[-1]}
    return found | bouncing.stillness(first, cut) | bouncing.moved(moves, BINS)


def claim(result):
    loss, norm = result["loss_drift"], result["norm_drift"]
    assert loss.low > 0.97, f"expected a loss within 3 % in the second half, measured {loss}"
    assert norm.low > 0.9, f"expected a gradient that does not shrink with it, measured {norm}"
    cut = result["cut_norm_left"]
    assert cut.high < 0.3, f"expected the gradient to fall with the rate, measured {cut} left"
    cut = result["cut_loss_left"]
    assert cut.high < 0.97, f"expected the loss to fall with the rate, measured {cut} left"
    for step, excess in zip(result["step"], result["excess"], strict=True):
        near = excess.low > -0.04 and excess.high < 0.04
        assert near, f"expected correlation −ηλ/2 at ηλ = {step.mean:.2f}, measured {excess} off"
    share = result["gradient_share"]
    assert share.low > 0.8, f"expected the gradient along ten eigenvectors, measured {share}"
    net = result["net_share"]
    assert net.high < 0.02, f"expected hardly a net movement, measured {net} of the way walked"


PANELS = {
    "loss and gradient norm": {
        "x": "update",
        "y": "share of its start",
        "ylim": (0.01, 1.4),
        "log": "y",
    },
    "successive steps": {
        "x": r"step $\eta\lambda$ along an eigenvector",
        "xlim": (0, 1.5),
        "y": "correlation of next steps",
        "ylim": (-0.85, 0.05),
    },
}
LOOKS = {  # colour, name, and where it stands
    "loss": ("blue", "loss", (700, 0.36)),
    "norm": ("vermilion", r"gradient norm $\|g\|$", (500, 0.155)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.6)
    for name, look in LOOKS.items():
        plotting.curve(left, result["updates"], result[name], *look, look="-")
        plotting.curve(left, result["cut_updates"], result[f"cut_{name}"], look[0], look="--")
    plotting.mark(left, UPDATES)
    plotting.label(left, "rate / 20", (UPDATES - 40, 0.75), ha="right")
    line, step = np.array([0, 1.45]), columns(result["step"])[0]
    plotting.theory(right, line, -line / 2, "blue", r"theory: $-\eta\lambda/2$", (0.72, -0.27))
    plotting.points(right, step, result["correlation"], "vermilion")
    plotting.label(right, "steepest\ndirection", (1.28, -0.78), "vermilion", ha="right")
    plotting.level(right, 0)
