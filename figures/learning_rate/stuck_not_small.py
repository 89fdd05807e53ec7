"""Stuck, and the gradient does not shrink: the batches' noise holds it up, not a narrow valley.

Loss and gradient norm stand still until (dashed) the rate is cut, or (dotted) full batches take the
noise away at the same rate. Successive steps along an eigenvector are correlated by −ηλ/2. Means
over 32 splits, 95 %.

Networks of 64, 4 and 10 units (tanh, squared error) on 512 digits, each with a split and a start of
its own, batches of 16, at a rate that is large. The loss over all examples and the norm of its
gradient are in units of their values at the start: both stand still from halfway on. From there
either the rate is lowered twentyfold, or the batch becomes the whole set at the same rate, which
tells a valley too narrow for the steps from noise that never lets them settle.

The steps are those of the last 400 updates, along the Hessian's eigenvectors. On a quadratic with
batch noise the weight along an eigenvector is a random walk held by a spring, θ ← (1 − ηλ)θ +
noise, so that two successive steps have correlation −ηλ/2: zero means wandering, −1 a pure to and
fro. The gradient along it has mean square ηλ times the noise's over 2 − ηλ: a rate c times smaller
leaves 1/√c of the norm, and less where ηλ was large.
"""

from copy import deepcopy
from functools import partial

import numpy as np
from torch import nn

from trainingtips import networks, plotting
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import bouncing, other_networks, own_splits
from trainingtips.statistics import columns

SETTINGS = {  # the rate at the same multiple of 2/λ_max at the start as on digits
    "fashion_mlp": {
        "data": "Fashion-MNIST, 14×14",
        "network": "perceptron, tanh",
        "optimiser": "SGD",
        "hidden": [4],
        "rate": 0.14,
        "inputs": ["trainingtips/datasets/fashion.npz"],
    },
    "random_labels": {
        "data": "digits, labels at random",
        "network": "perceptron, tanh",
        "optimiser": "SGD",
        "hidden": [4],
        "rate": 0.4,
    },
    "fashion_cnn": "a network of so few filters died, and steps of zero length have no correlation",
    "text_transformer": "each network has examples with outputs of its own, and a text has signs",
    "digits_adam": "the theory of successive steps, −ηλ/2, is that of plain descent",
}
SEEDS, N, BATCH = 32, 512, 16
ETA, CUT = 0.4, 20
UPDATES, EVERY = 2048, 32
WATCHED = 416
TOP, BINS = 40, 8  # eigenvectors looked at, in groups of neighbours
LIMITS = {
    "norm_drift": (0.8, 1.25),  # where a cut takes four fifths
    "cut_loss_left": (0.5, 1),  # most of the loss is not held up by either
    "quiet_loss_left": (0.5, 1),
    "gradient_share": (0.5, 1),  # most of it points at the walls
    "net_share": (0, WATCHED**-0.5),  # a walk without a spring comes so far
}
NETWORK = partial(networks.tanh, hidden=(4,))

ALT = (
    "Loss and gradient norm, on a log axis: both fall at first and then run level to the end. "
    "Where the rate is cut the loss drops a little and the gradient norm to a fifth; with full "
    "batches the loss drops as little and the norm to a hundredth. The correlation of successive "
    "steps, against the step ηλ, falls from zero to minus 0.7 along the line of theory."
)
NUMBER = (
    "over the second half of training the gradient’s norm is multiplied by {norm_drift | "
    "interval(2)}; without noise, at the same rate, {quiet_norm_left | interval(3)} of it is left"
)


def compute(*, setting=None):
    seeds, eta = list(range(SEEDS)), setting["rate"] if setting else ETA
    whole = other_networks.dataset(setting) if setting else None
    make = other_networks.tiny(setting, whole) if setting else NETWORK
    nets, parts = Ensemble(make, seeds), own_splits.split(seeds, N, dataset=whole)
    x = parts.pixels(parts.train)
    y = nn.functional.one_hot(parts.labels(parts.train), 10).float()
    first = bouncing.follow(nets, x, y, eta, BATCH, UPDATES, EVERY)
    cut = bouncing.follow(deepcopy(nets), x, y, eta / CUT, BATCH, WATCHED, EVERY // 2)
    still = bouncing.quietly(deepcopy(nets), x, y, eta, WATCHED, EVERY // 2)
    paths = bouncing.weights(nets, x, y, eta, BATCH, WATCHED)
    moves = bouncing.movements(nets, paths, x, y, eta, TOP)
    found = {"eta": eta, "weights": paths.shape[-1]}
    found |= bouncing.stillness(first, cut) | bouncing.quiet(first, still)
    return found | bouncing.moved(moves, BINS)


def claim(result):
    for name, limits in LIMITS.items():
        least, most = limits
        measured = result[name]
        within = measured.low > least and measured.high < most
        assert within, f"expected {name} from {least} to {most}, measured {measured}"
    step = result["step"][0]
    assert step.high < 2, f"expected a valley wide enough for the steps, measured ηλ = {step}"
    drift, steepest = result["loss_drift"], step.mean
    for way in ("cut", "quiet"):  # over a thousand updates it falls by less than at once there
        left = result[f"{way}_loss_left"]
        assert drift.low > left.high, f"expected a loss that stands still: {drift}, {way} {left}"
    cut, quiet = result["cut_norm_left"], result["quiet_norm_left"]
    least = ((2 - steepest) / (2 - steepest / CUT) / CUT) ** 0.5  # if all lay along the steepest
    held = least < cut.low and cut.high < CUT**-0.5
    assert held, f"expected a norm that noise holds up, {least:.3f} to {CUT**-0.5:.3f} left: {cut}"
    assert quiet.high < cut.low, f"expected less without noise than after a cut: {quiet}, {cut}"
    near_zero = (WATCHED - 1) ** -0.5  # standard error of one network's own correlation
    for step, excess in zip(result["step"], result["excess"], strict=True):
        near = excess.low > -near_zero and excess.high < near_zero
        assert near, f"expected correlation −ηλ/2 at ηλ = {step.mean:.2f}, measured {excess} off"


PANELS = {
    "loss and gradient norm": {
        "x": "update",
        "y": "share of its start",
        "ylim": (1e-3, 1.4),
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
        for way, dash in (("cut", "--"), ("quiet", ":")):
            plotting.curve(
                left, result[f"{way}_updates"], result[f"{way}_{name}"], look[0], look=dash
            )
    plotting.mark(left, UPDATES)
    plotting.label(left, "rate / 20 or\nfull batches", (UPDATES - 60, 0.05), ha="right", va="top")
    line, step = np.array([0, 1.45]), columns(result["step"])[0]
    plotting.theory(right, line, -line / 2, "blue", r"theory: $-\eta\lambda/2$", (0.72, -0.27))
    plotting.points(right, step, result["correlation"], "vermilion")
    plotting.label(right, "steepest\ndirection", (1.28, -0.78), "vermilion", ha="right")
    plotting.level(right, 0)
