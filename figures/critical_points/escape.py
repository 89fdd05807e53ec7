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
from trainingtips.experiments.saddle_escapes import noisy_updates, plain_updates
from trainingtips.statistics import student
from trainingtips.surfaces import two_weights

ETA = 0.05  # learning rate η
STEPS = np.geomspace(1e-6, 1, 25)  # ε of the one step along the eigenvector
DELTAS = np.geomspace(1e-8, 1e-2, 13)  # six decades
LOSS = 0.5  # escaped: the loss at the saddle is 1
NOISE, SEEDS = 1e-3, 32  # standard deviation of the noise in each gradient component

ALT = (
    "In log-log axes, the drop of the loss after one eigenvector step is a straight line of slope "
    "two. The updates to escape grow in equal steps for each tenth of the starting distance, "
    "parallel to theory; with noise the curve is flat for near starts."
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
        "plain": [plain_updates(saddle + float(d) * u, ETA, LOSS) for d in DELTAS],
        "noisy": [student(noisy_updates(d * u.numpy(), ETA, LOSS, NOISE, SEEDS)) for d in DELTAS],
        "one_step_loss": float(two_weights(saddle + u)),
    }


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
    times = result["plain"][0] / result["plain"][-1]
    assert 3.9 < times < 4.2, f"expected a million times nearer for four times as long: {times:.2f}"
    nearest, plain = result["noisy"][0], result["plain"][0]
    assert nearest.high < plain, f"expected noise to leave sooner than {plain}, measured {nearest}"
    near = [each.mean for each in result["noisy"][:7]]  # starts up to 1e-5, far inside the noise
    flat, steps = max(near) - min(near), plain - result["plain"][6]
    assert flat < 0.1 * steps, f"expected near starts to stop counting, {flat} of {steps} updates"
    assert result["one_step_loss"] < LOSS, "expected one step of length 1 to leave the saddle"


PANELS = {
    "one step along the eigenvector": {
        "x": "step length $\\varepsilon$", "y": "drop of the loss", "log": "xy"
    },
    "updates to escape": {
        "x": "start's distance $\\delta$ from the saddle",
        "y": "updates",
        "log": "x",
        "ylim": (0, 260),
    },
}  # fmt: skip
THEORY = ("blue", r"theory $\frac{1}{2}\,|\lambda|\,\varepsilon^2$", (3e-6, 1e-6))


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.4)
    steps, deltas, curvature = result["steps"], result["deltas"], abs(result["eigenvalue"])
    plotting.theory(left, steps, 0.5 * curvature * steps**2, *THEORY)
    plotting.points(left, steps, result["drops"], "vermilion", "measured", (1.5e-3, 3e-8), look="o")
    theory = np.log(1 / deltas) / np.log(1 + result["eta"] * curvature)
    plotting.theory(right, deltas, theory, "blue", "theory")
    plotting.points(right, deltas, result["plain"], "vermilion", "plain descent", look="o")
    plotting.curve(right, deltas, result["noisy"], "green", "with noise", marked=True)
    plotting.level(right, 1, "purple", "eigenvector: 1")
    right.legend(loc="upper right")
