"""An eigenvector step of length ε leaves the saddle by ½|λ|ε², and descent needs log(1/δ) updates.

At the saddle of the two-weight network, λ = −2: what one step of length ε lowers the loss by, and
the updates that descent needs from a start δ away, without and with noise (95 % band).

Theory for the step is ½|λ|ε². Descent is plain, and has escaped at half the saddle's loss; its
theory is log(1/δ) / log(1 + η|λ|), up to a constant. With noise in each gradient (32 seeds) the
nearness of the start stops counting.
"""

import numpy as np
import torch

from trainingtips import plotting
from trainingtips.curvature import escape_direction
from trainingtips.descent import descend
from trainingtips.statistics import student
from trainingtips.surfaces import two_weights

ETA = 0.05  # learning rate η
STEPS = np.geomspace(1e-6, 1, 25)  # ε of the one step along the eigenvector
DELTAS = np.geomspace(1e-8, 1e-2, 13)  # six decades
LOSS = 0.5  # escaped: the loss at the saddle is 1
NOISE, SEEDS = 1e-3, 32  # standard deviation of the noise in each gradient component

THEORY = r"theory $\frac{1}{2}\,|\lambda|\,\varepsilon^2$"

ALT = (
    "Left, in log-log axes, the drop of the loss after one eigenvector step is a straight line "
    "of slope two. Right, the updates that descent needs grow in equal steps for each tenth of the "
    "starting distance, parallel to theory; with noise the curve is flat for near starts."
)
NUMBER = "the drop of the loss grows as ε to the power {drop_slope | decimals(3)}"


def compute():
    saddle = torch.zeros(2, dtype=torch.float64)
    eigenvalue, u = escape_direction(two_weights, saddle)
    drops = [1 - float(two_weights(saddle + float(e) * u)) for e in STEPS]
    return {
        "eigenvalue": eigenvalue,
        "eta": ETA,
        "steps": STEPS,
        "drops": drops,
        "drop_slope": _slope(np.log(STEPS[:-6]), np.log(drops[:-6])),  # ε ≤ 0.03: leading order
        "deltas": DELTAS,
        "plain": [plain_updates(saddle + float(d) * u) for d in DELTAS],
        "noisy": [student(noisy_updates(d * u.numpy())) for d in DELTAS],
        "one_step_loss": float(two_weights(saddle + u)),
    }


def plain_updates(start):
    path = descend(
        two_weights,
        start,
        lambda parameters: torch.optim.SGD(parameters, lr=ETA),
        steps=2000,
        stop=lambda value, _: value < LOSS,
    )
    return len(path) - 1


def noisy_updates(start):
    """Updates until escape of all seeds at once, (SEEDS,): descent with noise in the gradient."""
    rng = np.random.default_rng(0)
    w = np.tile(start, (SEEDS, 1))
    updates = np.zeros(SEEDS)
    while (stuck := two_weights(w) >= LOSS).any():
        updates += stuck
        gradient = -2 * (1 - w.prod(1, keepdims=True)) * w[:, ::-1]
        w -= stuck[:, None] * ETA * (gradient + NOISE * rng.normal(size=w.shape))
    return updates


def _slope(x, y):
    return float(np.polyfit(x, y, 1)[0])


def claim(result):
    curvature, drop = abs(result["eigenvalue"]), result["drop_slope"]
    assert abs(drop - 2) < 0.01, f"expected the drop to grow as ε², measured slope {drop:.4f}"
    theory = 0.5 * curvature * result["steps"] ** 2
    error = abs(result["drops"] / theory - 1)[5:15].max()  # 1e-5 < ε < 1e-2: above rounding
    assert error < 1e-4, f"expected ½|λ|ε², measured {error:.1e} off"
    measured = _slope(np.log(1 / result["deltas"]), result["plain"])
    expected = 1 / np.log(1 + result["eta"] * curvature)
    error = abs(measured / expected - 1)
    assert error < 0.02, f"expected {expected:.2f} updates per e-fold, measured {measured:.2f}"
    nearest, plain = result["noisy"][0], result["plain"][0]
    assert nearest.high < plain, f"expected noise to leave sooner than {plain}, measured {nearest}"
    assert result["one_step_loss"] < LOSS, "expected one step of length 1 to leave the saddle"


def draw(result, figure):
    left, right = plotting.panels(figure, 2, height=3.4)
    blue, vermilion = plotting.colour("blue"), plotting.colour("vermilion")
    curvature = abs(result["eigenvalue"])
    left.loglog(result["steps"], 0.5 * curvature * result["steps"] ** 2, "-", color=blue)
    left.loglog(result["steps"], result["drops"], "o", color=vermilion)
    plotting.label(left, THEORY, (3e-6, 1e-6), color=blue)
    plotting.label(left, "measured", (1.5e-3, 3e-8), color=vermilion)
    left.set(xlabel="step length $\\varepsilon$", ylabel="drop of the loss")
    left.set_title("one step along the eigenvector")
    _draw_updates(result, right)


def _draw_updates(result, axes):
    deltas, eta, curvature = result["deltas"], result["eta"], abs(result["eigenvalue"])
    theory = np.log(1 / deltas) / np.log(1 + eta * curvature)
    vermilion, green = plotting.colour("vermilion"), plotting.colour("green")
    axes.plot(deltas, theory, "-", color=plotting.colour("blue"), label="theory")
    axes.plot(deltas, result["plain"], "o", color=vermilion, label="plain descent")
    mean, low, high = np.array([[m.mean, m.low, m.high] for m in result["noisy"]]).T
    axes.fill_between(deltas, low, high, color=green, alpha=0.25)
    axes.plot(deltas, mean, "s-", color=green, label="with noise", markersize=4)
    axes.axhline(1, linestyle=":", color=plotting.colour("purple"), label="eigenvector: 1")
    axes.set(xscale="log", xlabel="start's distance $\\delta$ from the saddle", ylabel="updates")
    axes.set(ylim=(0, 260), title="updates to escape")
    axes.legend(loc="upper right")
