"""Without bias correction Adam's first step is 3.16 times too long, and the twelfth 6.6 times.

The first steps' factor is $(1 - \\beta_1^t)/\\sqrt{1 - \\beta_2^t}$ (line), as measured on a
network (points). Longer first steps are a gain at small learning rates and ruin at large ones.
Bands: 95 % over sixteen splits.

Adam's averages start from zero, so that after t updates they hold only the shares 1 − β₁ᵗ and 1 −
β₂ᵗ of a full average. Without the correction the step is the factor times Adam's own, whatever the
gradients are; at the first update that is (1 − β₁)/√(1 − β₂). The points are from gradients of a
network on digits: torch's Adam against the same averages without correction. The losses are
training losses after 160 updates of networks of 64, 16 and 10 units (ReLU), with and without, four
on each of sixteen splits of the digits. Each at its best rate, the loss without correction is not a
quarter higher: the correction is a matter of which rates may be used. Eight splits, as at first,
left the quarter open in three of twenty fresh draws.
"""

from functools import partial

import numpy as np

from trainingtips import data, networks, plotting
from trainingtips.experiments import bias
from trainingtips.statistics import columns

BETAS = 0.9, 0.999
SEED, N, BATCH, EPOCHS, STEPS = 0, 512, 32, 10, 3000
SPLITS, MEMBERS = 16, 4  # of each split
RATES = np.geomspace(3e-4, 0.1, 8)
NETWORK = partial(networks.mlp, hidden=(16,))

ALT = (
    "The first steps, over a logarithmic axis of updates: the factor starts at 3.16, rises to "
    "6.6 at the twelfth update and falls to one after some thousands; points lie on the curve. "
    "The losses against the rate, in log-log axes: without correction the loss is lower at small "
    "rates, and at the largest it shoots up while the other keeps falling or stays low."
)
NUMBER = (
    "first step {first | decimals(2)} times too long; step {largest_at}, {largest | decimals(1)} "
    "times"
)


def compute():
    train, _ = data.load("digits").split(N, seed=SEED)
    times = np.arange(1, STEPS + 1)
    theory = bias.factor(times, *BETAS)
    shown = np.unique(np.geomspace(1, STEPS, 24).round().astype(int))
    ratio = bias.measured(NETWORK, SEED, train, BATCH, STEPS, *BETAS)
    found = {
        "times": times,
        "theory": theory,
        "first": theory[0],
        "largest": theory.max(),
        "largest_at": int(theory.argmax()) + 1,
        "within_tenth": int(np.flatnonzero(theory > 1.1)[-1]) + 2,
        "shown": shown,
        "ratio": ratio[shown - 1],
        "largest_error": float(np.abs(ratio / theory - 1).max()),
        "first_half_corrected": 1 / np.sqrt(1 - BETAS[1]),
    }
    return found | bias.compared(NETWORK, SPLITS, MEMBERS, RATES, N, BATCH, EPOCHS, BETAS)


def claim(result):
    first = np.sqrt(10)
    assert abs(result["first"] - first) < 1e-3, f"expected {first}, measured {result['first']}"
    error = result["largest_error"]
    assert error < 1e-6, f"expected torch's steps times the factor, measured {error:.1e} off"
    most, at = result["largest"], result["largest_at"]
    assert 6.5 < most < 6.6 and at == 12, f"expected 6.6 at the twelfth, measured {most} at {at}"
    small, large = result["gap"][1], result["gap"][-1]
    assert small.low > 0, f"expected a lower loss without correction at a small rate: {small}"
    assert large.high < 0, f"expected a higher loss without correction at a large rate: {large}"
    tuned, rates = result["tuned"], result["rates"]
    for rate in (tuned["rate_with"], tuned["rate_without"]):
        assert rates[0] < rate < rates[-1], f"expected a best rate inside the grid, found {rate}"
    lost = tuned["gap"]
    assert lost.low > -0.1, f"expected no quarter more without correction when tuned: {lost}"


PANELS = {
    "the first steps": {
        "x": "update",
        "y": "step without / with correction",
        "ylim": (0, 7.6),
        "log": "x",
    },
    "loss after 160 updates": {
        "x": r"learning rate $\eta$",
        "y": "training loss, 160 updates",
        "log": "xy",
    },
}
LOOKS = {
    "with": ("blue", "with", (2.4e-3, 1.0)),
    "without": ("vermilion", "without", (2.8e-4, 0.12)),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.5)
    plotting.theory(left, result["times"], result["theory"], "blue")
    plotting.points(left, result["shown"], result["ratio"], "vermilion")
    plotting.label(left, "3.16", (1.25, 2.8), "vermilion")
    plotting.label(left, "6.6 at update 12", (12, 6.85), "vermilion", ha="center")
    plotting.level(left, 1)
    plotting.label(left, "corrected: 1", (2.2, 1.2))
    for name, look in LOOKS.items():
        mean, *ends = 10.0 ** np.array(columns(result[f"loss_{name}"]))
        plotting.curve(right, result["rates"], mean, *look, between=ends, marked=True)
