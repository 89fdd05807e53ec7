"""Turned by 45°, a valley takes nearly all of Adagrad's and RMSProp's lead; descent sees no turn.

Updates to a hundredth of the error in a valley with κ = 100, turned against the weights' axes, each
optimiser at its best rate; and the condition number that a rate per weight leaves. Bands: 95 %.

The quadratic with eigenvalues 1 and κ = 100, its long axis turned by an angle from the axis of the
first weight. Updates of torch's optimisers until the distance from the minimum is a hundredth of
the start's, each at the best of its rates for that angle; means over 64 starts on a circle, the
same starts in the valley's own axes for every angle. One rate per weight can at best leave the
condition number (1 + r)/(1 − r) with r = |H₁₂|/√(H₁₁H₂₂): 1 at 0° and 90°, and the whole κ at 45°.
"""

from functools import partial

import numpy as np
from torch import optim

from trainingtips import plotting
from trainingtips.experiments import turning
from trainingtips.statistics import paired, student

KAPPA, STARTS, SEED = 100, 64, 0
ANGLES = np.arange(0, 91, 7.5)
GOAL, LIMIT = 1e-2, 1000
OPTIMIZERS = {  # and the rates to choose from
    "SGD": (optim.SGD, np.geomspace(0.4, 1.99, 12) / KAPPA),
    "momentum": (partial(optim.SGD, momentum=0.9), np.geomspace(0.02, 3.9, 12) / KAPPA),
    "Adagrad": (optim.Adagrad, np.geomspace(0.05, 3, 12)),
    "RMSprop": (optim.RMSprop, np.geomspace(1e-3, 1, 12)),
    "Adam": (optim.Adam, np.geomspace(0.01, 3, 12)),
}
TURNING = ("Adagrad", "RMSprop", "Adam")

ALT = (
    "Updates needed against the angle: level lines for plain descent and for momentum; humps for "
    "Adagrad and RMSProp, from a few updates at 0 degrees to above and nearly plain descent's "
    "number at 45; Adam's curve is nearly level, somewhat above momentum's. The condition number "
    "left climbs from 1 at 0 degrees to 100 at 45 and back."
)
NUMBER = (
    "updates more at 45° than at 0°: Adagrad {turn_cost.Adagrad | interval(0)}, RMSProp "
    "{turn_cost.RMSprop | interval(0)}, descent {turn_cost.SGD | interval(0)}"
)


def compute():
    angles, starts = np.radians(ANGLES), turning.circle(STARTS, SEED)
    where = angles, starts, KAPPA, GOAL, LIMIT
    found = {name: turning.best(*how, *where) for name, how in OPTIMIZERS.items()}
    return {
        "angles": ANGLES,
        "updates": {name: [student(row) for row in each] for name, (each, _) in found.items()},
        "rates": {name: rates for name, (_, rates) in found.items()},
        "turn_cost": {
            name: paired(each[len(ANGLES) // 2], each[0]) for name, (each, _) in found.items()
        },
        "scaled_condition": [turning.scaled_condition(angle, KAPPA) for angle in angles],
    }


def claim(result):
    middle = len(result["angles"]) // 2
    for name in ("SGD", "momentum"):
        means = [m.mean for m in result["updates"][name]]
        spread = max(means) - min(means)
        assert spread < 0.1, f"expected {name} to see no turn, measured a spread of {spread}"
    for name in TURNING:
        cost = result["turn_cost"][name]
        assert cost.low > 0, f"expected {name} to need more updates at 45°, measured {cost} more"
    plain = result["updates"]["SGD"][middle].mean
    for name in ("Adagrad", "RMSprop"):
        turned = result["updates"][name][middle]
        straight = result["updates"][name][0]
        assert straight.high < plain / 5, f"expected a lead of {name} at 0°, measured {straight}"
        assert turned.low > 0.8 * plain, f"expected none at 45°, measured {turned} and {plain}"
    kappa = result["scaled_condition"][middle]
    assert abs(kappa - KAPPA) < 1e-6, f"expected the whole κ at 45°, measured {kappa}"


TURNED = {"x": "turned by (degrees)", "xticks": [0, 45, 90]}
PANELS = {
    "updates needed": TURNED | {"y": "updates to a hundredth", "ylim": (0, 380)},
    "condition number left": TURNED | {"y": "condition number left", "ylim": (0, 110)},
}
LOOKS = {  # colour, name, and where it stands
    "SGD": ("text", "plain", (2, 240)),
    "momentum": ("purple", "momentum", (45, 12), "center"),
    "Adagrad": ("blue", "Adagrad", (45, 328), "center"),
    "RMSprop": ("vermilion", "RMSProp", (45, 168), "center"),
    "Adam": ("green", "Adam", (45, 82), "center"),
}


def draw(result, figure):
    left, right = plotting.panels(figure, PANELS, height=3.7, ratios=[1.3, 1])
    for name, look in LOOKS.items():
        marked = name in TURNING
        plotting.curve(left, result["angles"], result["updates"][name], *look, marked=marked)
    plotting.curve(right, result["angles"], result["scaled_condition"], "text", look="D-")
