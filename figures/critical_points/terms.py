"""At the start of training g·δ rules a random step of 0.1; at rest it is below 1 % of ½δᵀHδ.

Both terms of the loss's change in random directions, at the start, at the end and along training;
crosses: the change itself. However small $g$ is, some step is short enough for it to rule.

A network with 64 inputs, 8 tanh units and 10 outputs on 1,024 handwritten digits, cross-entropy
with a weight penalty (without it, training has no point to come to rest at: the weights grow for
ever), 300 updates of Adam on the full batch, then L-BFGS. From points on its way the weights are
moved by δ in 64 random directions. Lines are means over them, bands 95 % intervals. The lines cross
at the length below which $g$ rules.
"""

import numpy as np
import torch
from torch import nn

from trainingtips import data, plotting
from trainingtips.curvature import classify, eigenpairs, flat_loss, gradient, hvp
from trainingtips.descent import descend
from trainingtips.statistics import paired, student

CHAOS = "training goes on until the gradient is down in the rounding"

SEED, DIRECTIONS = 0, 64
HIDDEN, PENALTY = 8, 1e-3
ADAM, RATE = 300, 0.01  # updates, and their learning rate
ROUNDS, ROUND = 50, 20  # of L-BFGS after those, and updates in each
LENGTH = 0.1  # of δ in the claim
LENGTHS = np.geomspace(1e-3, 1, 13)
UPDATES = [0, 1, 3, 10, 30, 100, 300, 400, 500, 600, 700, 800, 900, 1000, 1300]
SIZES = (1e-13, 3)  # the vertical axes
FIRST, SECOND = "$|g\\cdot\\delta|$", "$|\\frac{1}{2}\\,\\delta^{\\mathsf{T}} H \\delta|$"

ALT = (
    "Three log-log panels. At the start of training the change of the loss follows the straight "
    "line of the gradient's term for all lengths; at the end it follows the steeper line of the "
    "Hessian's term. Along training the gradient's term falls by many decades below the other, "
    "which hardly moves."
)
NUMBER = (
    "|g·δ| over ½δᵀHδ: {first_over_second_at_start | digits(2)} at the start, {ratio | "
    "interval(6)} at rest"
)


def compute():
    loss, points = trained()
    generator = torch.Generator().manual_seed(SEED + 1)
    directions = torch.randn(DIRECTIONS, points.shape[1], generator=generator, dtype=points.dtype)
    directions /= directions.norm(dim=1, keepdim=True)
    terms = [both(loss, point, LENGTH * directions) for point in points]
    (g_start, h_start), (g_end, h_end) = terms[0], terms[-1]
    values = eigenpairs(loss, points[-1])[0]
    return {
        "weights": points.shape[1],
        "length": LENGTH,
        "updates": UPDATES,
        "gradient_norm": [float(gradient(loss, point).norm()) for point in points],
        "first": [student(abs(g)) for g, _ in terms],
        "second": [student(abs(h)) for _, h in terms],
        "crossing": [LENGTH * float(abs(g).mean() / abs(h).mean()) for g, h in terms],
        "first_over_second_at_start": float(abs(g_start).mean() / abs(h_start).mean()),
        "lead_at_start": paired(abs(g_start), abs(h_start)),
        "ratio": student(abs(g_end / h_end)),
        "largest_ratio": float(abs(g_end / h_end).max()),
        "smallest_second": float(h_end.min()),
        "eigenvalues_at_end": values,
        "kind_at_end": classify(values),
        "lengths": LENGTHS,
        "changes": {
            name: [student(abs(changes(loss, points[at], e * directions))) for e in LENGTHS]
            for name, at in (("start", 0), ("end", -1))
        },
    }


def trained():
    """(loss, points): the loss and the weights after each of `UPDATES`, (len(UPDATES), n)."""
    loss, start = network()
    path = descend(loss, start, lambda p: torch.optim.Adam(p, lr=RATE), ADAM)
    rest = descend(loss, torch.from_numpy(path.points[-1]), _lbfgs, ROUNDS)
    rows = [
        path.points[update] if update <= ADAM else rest.points[(update - ADAM) // ROUND]
        for update in UPDATES
    ]
    return loss, torch.from_numpy(np.array(rows))


def network():
    """(loss, θ) at the start: the penalised loss on the digits and its seeded weights."""
    train, _ = data.load("digits").split(1024, seed=SEED)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        layers = nn.Linear(64, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 10)
        module = nn.Sequential(*layers).double()
    plain, theta = flat_loss(module, nn.functional.cross_entropy, train.x.double(), train.y)
    return lambda t: plain(t) + PENALTY / 2 * (t**2).sum(), theta


def _lbfgs(parameters):
    options = {"max_iter": ROUND, "history_size": 50, "line_search_fn": "strong_wolfe"}
    return torch.optim.LBFGS(parameters, tolerance_grad=0, tolerance_change=1e-16, **options)


def both(loss, theta, delta):
    """g·δ and ½δᵀHδ at θ for each row of delta, (k, n): two arrays of shape (k,)."""
    first = delta @ gradient(loss, theta)
    second = 0.5 * (delta * hvp(loss, theta, delta)).sum(1)
    return first.numpy(), second.numpy()


def changes(loss, theta, delta):
    """L(θ + δ) − L(θ) for each row of delta: (k,)."""
    return np.array([float(loss(theta + each) - loss(theta)) for each in delta])


def claim(result):
    lead, ratio = result["lead_at_start"], result["ratio"]
    assert lead.low > 0, f"expected |g·δ| above |½δᵀHδ| at the start, measured {lead} more"
    assert ratio.high < 0.01, f"expected |g·δ| below 1 % of ½δᵀHδ at the end, measured {ratio}"
    largest = result["largest_ratio"]
    assert largest < 0.01, f"expected less than 1 % in every direction, measured {largest:.2%}"
    kind, second = result["kind_at_end"], result["smallest_second"]
    assert kind == "minimum", f"expected training to end at a minimum, measured a {kind}"
    assert second > 0, f"expected the loss to rise in every direction, measured {second:.1e}"
    for name, term, moment in (("start", "first", 0), ("end", "second", -1)):
        change = _at(result, name)
        expected = result[term][moment].mean
        error = abs(change.mean / expected - 1)
        assert error < 0.05, f"expected the {term} term at the {name}, measured {error:.1%} off"


def _at(result, name):
    """The change of the loss that was measured at the claim's length."""
    return result["changes"][name][int(abs(result["lengths"] - result["length"]).argmin())]


def draw(result, figure):
    start, end, along = plotting.panels(figure, 3, height=3.5)
    _draw_lengths(result, start, "start", 0)
    _draw_lengths(result, end, "end", -1)
    _draw_along(result, along)


def _draw_lengths(result, axes, name, moment):
    blue, vermilion = plotting.colour("blue"), plotting.colour("vermilion")
    lengths = result["lengths"]
    scaled = lengths / result["length"]
    axes.loglog(lengths, result["first"][moment].mean * scaled, "-", color=blue)
    axes.loglog(lengths, result["second"][moment].mean * scaled**2, "--", color=vermilion)
    change = [each.mean for each in result["changes"][name]]
    axes.loglog(lengths, change, "x", color=plotting.colour("text"))
    axes.axvline(
        result["length"], ymax=0.85, linestyle=":", color=plotting.colour("muted"), linewidth=1
    )
    axes.set(xlabel="length of $\\delta$", title=f"at the {name}", ylim=SIZES)
    axes.set(ylabel="size of the term")
    first, second = (
        ((1.1e-3, 3e-4), (6e-3, 3e-9)) if name == "start" else ((6e-3, 4e-10), (2e-3, 1e-5))
    )
    plotting.label(axes, FIRST, first, color=blue)
    plotting.label(axes, SECOND, second, color=vermilion)
    plotting.label(axes, "× change of the loss", (0.04, 0.93), xycoords="axes fraction")


def _draw_along(result, axes):
    updates = result["updates"]
    for term, name, line in (("first", "blue", "o-"), ("second", "vermilion", "s--")):
        mean, low, high = np.array([[m.mean, m.low, m.high] for m in result[term]]).T
        colour = plotting.colour(name)
        axes.fill_between(updates, low, high, color=colour, alpha=0.25)
        axes.plot(updates, mean, line, color=colour, markersize=4)
    axes.set_xscale("function", functions=(_root, np.square))  # shows the start and the end
    axes.set(yscale="log", ylim=SIZES, xticks=[0, 100, 300, 600, 1000], xlabel="update")
    axes.set(ylabel="size of the term", title="along training, $\\Vert\\delta\\Vert = 0.1$")
    axes.axvline(ADAM, ymax=0.85, linestyle=":", color=plotting.colour("muted"), linewidth=1)
    plotting.label(axes, "Adam", (270, 3e-13), ha="right")
    plotting.label(axes, "L-BFGS", (340, 3e-13))
    plotting.label(axes, FIRST, (80, 1e-9), color=plotting.colour("blue"))
    plotting.label(axes, SECOND, (420, 1e-3), color=plotting.colour("vermilion"))


def _root(updates):
    return np.sqrt(np.maximum(updates, 0))  # the axis reaches a little below zero
