"""Turned by 45°, a valley takes nearly all of Adagrad's and RMSProp's lead; descent sees no turn.

Updates to a hundredth of the error in a valley with κ = 100, turned against the weights' axes, each
optimiser at its best rate; and the condition number that a rate per weight leaves. Bands: 95 %.

The quadratic with eigenvalues 1 and κ = 100, its long axis turned by an angle from the axis of the
first weight. Updates of torch's optimisers until the distance from the minimum is a hundredth of
the start's, each at the best of its rates for that angle; means over 64 starts on a circle, the
same starts in the valley's own axes for every angle. One rate per weight can at best leave the
condition number (1 + r)/(1 − r) with r = |H₁₂|/√(H₁₁H₂₂): 1 at 0° and 90°, and the whole κ at 45°.
"""

import numpy as np
import torch

from trainingtips import plotting
from trainingtips.statistics import paired, student

KAPPA, STARTS, SEED = 100, 64, 0
ANGLES = np.arange(0, 91, 7.5)
GOAL, LIMIT = 1e-2, 1000
GRID = {
    "SGD": np.geomspace(0.4, 1.99, 12) / KAPPA,
    "momentum": np.geomspace(0.02, 3.9, 12) / KAPPA,
    "Adagrad": np.geomspace(0.05, 3, 12),
    "RMSprop": np.geomspace(1e-3, 1, 12),
    "Adam": np.geomspace(0.01, 3, 12),
}
BETA = 0.9  # of momentum, and Adam's β₁
TURNING = ("Adagrad", "RMSprop", "Adam")

ALT = (
    "Left, updates against the angle: level lines for plain descent and for momentum; humps for "
    "Adagrad and RMSProp, from a few updates at 0 degrees to above and nearly plain descent's "
    "number at 45; Adam's curve is nearly level, somewhat above momentum's. Right, the condition "
    "number that is left climbs from 1 at 0 degrees to 100 at 45 and back."
)
NUMBER = (
    "updates more at 45° than at 0°: Adagrad {turn_cost.Adagrad | interval(0)}, RMSProp "
    "{turn_cost.RMSprop | interval(0)}, descent {turn_cost.SGD | interval(0)}"
)


def compute():
    rng = np.random.default_rng(SEED)
    phase = rng.uniform(0, 2 * np.pi, STARTS)
    own = np.stack([np.cos(phase), np.sin(phase)], -1)  # in the valley's own axes
    found = {name: best(name, own) for name in GRID}
    return {
        "angles": ANGLES,
        "updates": {name: [student(row) for row in each] for name, (each, _) in found.items()},
        "rates": {name: rates for name, (_, rates) in found.items()},
        "turn_cost": {
            name: paired(each[len(ANGLES) // 2], each[0]) for name, (each, _) in found.items()
        },
        "scaled_condition": [scaled_condition(np.radians(angle)) for angle in ANGLES],
    }


def turned(angle):
    """(R, H): the valley's axes as columns, and the Hessian in the weights."""
    c, s = np.cos(angle), np.sin(angle)
    r = np.array([[c, -s], [s, c]])
    return r, r @ np.diag([1.0, KAPPA]) @ r.T


def scaled_condition(angle):
    """The condition number that the best rate for each weight leaves."""
    h = turned(angle)[1]
    r = abs(h[0, 1]) / np.sqrt(h[0, 0] * h[1, 1])
    return (1 + r) / (1 - r)


def best(name, own):
    """Updates at the best rate for each angle, (angles, STARTS), and those rates."""
    each = updates(name, own)  # (angles, rates, STARTS)
    chosen = each.mean(2).argmin(1)
    return each[np.arange(len(ANGLES)), chosen], GRID[name][chosen]


def rule(name, parameters, rate):
    """Torch's optimiser of that name of `GRID`."""
    if name == "momentum":
        return torch.optim.SGD(parameters, lr=rate, momentum=BETA)
    return getattr(torch.optim, name)(parameters, lr=rate)


def updates(name, own):
    """Updates until the goal, LIMIT where it is not reached: (angles, rates, STARTS)."""
    axes, hessians = (np.array(each) for each in zip(*map(turned, np.radians(ANGLES)), strict=True))
    start = torch.from_numpy(np.einsum("aij,sj->asi", axes, own))
    h = torch.from_numpy(hessians)
    found = []
    for rate in GRID[name]:
        theta = start.clone().requires_grad_()
        optimizer = rule(name, [theta], float(rate))
        needed = torch.full(theta.shape[:-1], float(LIMIT))
        for t in range(LIMIT):
            arrived = theta.detach().norm(dim=-1) <= GOAL  # all start at distance one
            needed[arrived & (needed == LIMIT)] = t
            if (needed < LIMIT).all():
                break
            theta.grad = torch.einsum("aij,asj->asi", h, theta.detach())
            optimizer.step()
        found.append(needed.numpy())
    return np.stack(found, 1)


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
        assert turned.high > 0.8 * plain, f"expected none at 45°, measured {turned} and {plain}"
    kappa = result["scaled_condition"][middle]
    assert abs(kappa - KAPPA) < 1e-6, f"expected the whole κ at 45°, measured {kappa}"


TITLES = ["updates needed", "condition number left"]


def draw(result, figure):
    left, right = plotting.panels(figure, TITLES, height=3.7, ratios=[1.3, 1])
    looks = {
        "SGD": ("text", ":", "plain", (2, 240)),
        "momentum": ("purple", "--", "momentum", (45, 12)),
        "Adagrad": ("blue", "o-", "Adagrad", (45, 328)),
        "RMSprop": ("vermilion", "s-", "RMSProp", (45, 168)),
        "Adam": ("green", "^-", "Adam", (45, 82)),
    }
    for name, (look, line, text, place) in looks.items():
        colour = plotting.colour(look)
        mean, low, high = np.array([[m.mean, m.low, m.high] for m in result["updates"][name]]).T
        left.fill_between(result["angles"], low, high, color=colour, alpha=0.2, linewidth=0)
        left.plot(result["angles"], mean, line, color=colour, markersize=4)
        align = {2: "left", 45: "center", 88: "right"}[place[0]]
        plotting.label(left, text, place, color=colour, ha=align)
    left.set(xlabel="turned by (degrees)", ylabel="updates to a hundredth", ylim=(0, 380))
    left_over, colour = result["scaled_condition"], plotting.colour("text")
    right.plot(result["angles"], left_over, "D-", color=colour, markersize=4)
    right.set(xlabel="turned by (degrees)", ylabel="condition number left", ylim=(0, 110))
    for axes in (left, right):
        axes.set_xticks([0, 45, 90])
