"""Full-batch descent drives λ_max up to 2/η, where it hovers while the loss falls; Adam has 38/η.

The largest eigenvalue of the Hessian over its edge, 2/η, and the loss along descent; the same for
Adam, whose Hessian is preconditioned and whose edge is (2 + 2β₁)/((1 − β₁)η).

A network of 64, 40, 40 and 10 units (tanh, squared error) on 512 digits, one start. Over the edge
2/η a quadratic would diverge. For full-batch Adam it is the largest eigenvalue of the
preconditioned Hessian, P^(−½) H P^(−½) with P = diag(√v̂ + ε), in units of its edge, which is 38/η
for β₁ = 0.9. Cohen et al. 2021 (arXiv 2103.00065) and 2022 (arXiv 2207.14484).
"""

from functools import partial

import numpy as np
from torch import nn, optim

from trainingtips import data, networks, plotting
from trainingtips.curvature import flat_loss
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import stability
from trainingtips.losses import half_squares

CHAOS = "at the edge of stability a last digit grows"

SEED, N = 0, 512
RATES = (0.1, 0.2, 0.4)
ADAM_RATES = (1e-3, 2e-3)
UPDATES, EVERY = 2000, 40
EDGE = stability.adam_edge(0.9)
LATE = slice(-10, None)  # looks in the last fifth of the updates, over which a level is measured

ALT = (
    "Curvature under descent: two curves climb to a dotted line at one, that of the larger rate "
    "sooner, a third starts above it and comes down, and all hover on it or just above. Loss: "
    "all three fall on a log axis all the while, with short peaks. Curvature under Adam: two "
    "curves climb to one and stay there."
)
NUMBER = (
    "λ_max over the last fifth of the updates, in units of the edge: {level.0 | decimals(2)} at η "
    "= 0.1; Adam {adam_level.0 | decimals(2)}"
)
REPORTED = "found for many networks, and named [@cohen2021]"


def compute():
    walk = partial(stability.walk, *problem(), updates=UPDATES, every=EVERY)
    plain = [walk(partial(optim.SGD, lr=rate), 2 / rate) for rate in RATES]
    adam = [walk(partial(optim.Adam, lr=rate), EDGE / rate) for rate in ADAM_RATES]
    return {
        "rates": RATES,
        "adam_rates": ADAM_RATES,
        "adam_edge": EDGE,
        "updates": np.arange(0, UPDATES + 1, EVERY),
        "plain": plain,
        "adam": adam,
        "level": [each["ratio"][LATE].mean() for each in plain],
        "lambda_max": [each["sharpness"][LATE].mean() for each in plain],
        "start": [each["ratio"][0] for each in plain],
        "adam_level": [each["ratio"][LATE].mean() for each in adam],
        "adam_lambda_max": [each["sharpness"][LATE].mean() for each in adam],
        "adam_lambda_middle": [each["sharpness"][len(each["sharpness"]) // 2] for each in adam],
        "loss_left": [stability.loss_left(each["losses"]) for each in plain],
        "rising": [stability.share_rising(each, EVERY) for each in plain],
    }


def problem():
    """(loss, θ) of the network at its start."""
    train, _ = data.load("digits").split(N, seed=SEED)
    target = nn.functional.one_hot(train.y, 10).float()
    nets = Ensemble(partial(networks.tanh, hidden=(40, 40)), [SEED])
    return flat_loss(nets.member(0), half_squares, train.x, target)


def claim(result):
    for name, rates in (("level", RATES), ("adam_level", ADAM_RATES)):
        for rate, level in zip(rates, result[name], strict=True):
            assert 0.93 < level < 1.1, f"expected λ_max at the edge for η = {rate}: {level:.3f}"
    for rate, start, left in zip(RATES, result["start"], result["loss_left"], strict=True):
        below = start < 0.9 or rate >= 0.4
        assert below, f"expected a start below the edge for η = {rate}: {start:.3f}"
        assert left < 0.8, f"expected the loss to fall at the edge for η = {rate}: {left:.2f} left"


UPDATE = {"x": "update", "xticks": [0, 1000, 2000]}
PANELS = {
    "descent: curvature": UPDATE | {"y": r"$\lambda_{\max}$, in $2/\eta$", "ylim": (0, 1.45)},
    "descent: loss": UPDATE | {"y": "loss", "yticks": [0.5, 0.2, 0.1, 0.05, 0.02], "log": "y"},
    "Adam: curvature": UPDATE | {"y": r"preconditioned, in $38/\eta$", "ylim": (0, 1.45)},
}


def draw(result, figure):
    plain, loss, adam = plotting.panels(figure, PANELS)
    for axes, name, rates in ((plain, "plain", RATES), (adam, "adam", ADAM_RATES)):
        for rate, walk, colour in zip(rates, result[name], plotting.COLOURS, strict=False):
            plotting.curve(axes, result["updates"], walk["ratio"], colour, f"$\\eta$ = {rate:g}")
        plotting.level(axes, 1, "text")
        axes.legend(loc="lower right")
    for walk, colour in zip(result["plain"], plotting.COLOURS, strict=False):
        plotting.curve(loss, range(UPDATES + 1), walk["losses"], colour)
