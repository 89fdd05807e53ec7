"""A small network's loss on digits, where training leads it, and the terms of its change there.

64 inputs, some tanh units and 10 outputs, cross-entropy on 1,024 digits, in double precision; all
points are seeded.
"""

import math

import numpy as np
import torch

from trainingtips import chance
from trainingtips.curvature import classify, eigenpairs, gradient, hvp
from trainingtips.descent import descend
from trainingtips.networks import on_digits, tanh
from trainingtips.taylor import taylor

ROUND = 20  # updates of L-BFGS that `rested` counts as one


def start(seed, hidden, penalty=0.0):
    """(loss, θ): the loss with ½ `penalty` ‖θ‖² on the seed's digits, and the seed's weights."""
    plain, theta = on_digits(lambda: tanh(64, 10, (hidden,)), seed)
    return (lambda t: plain(t) + penalty / 2 * (t**2).sum()) if penalty else plain, theta


def descended(seed, hidden, rate, updates):
    """(loss, θ) after so many updates of plain descent on the full batch."""
    return descended_from(start(seed, hidden), rate, updates)


def descended_from(problem, rate, updates):
    """(loss, θ) after so many updates of plain descent on the loss of `problem`, (loss, θ)."""
    loss, theta = problem
    path = descend(loss, theta, lambda p: torch.optim.SGD(p, lr=rate), updates)
    return loss, torch.from_numpy(path.points[-1])


def rested(seed, hidden, penalty, rate, adam, rounds, updates):
    """`rested_from` the seed's start."""
    return rested_from(start(seed, hidden, penalty), rate, adam, rounds, updates)


def penalised(problem, penalty):
    """(loss, θ) of `problem` with ½ `penalty` ‖θ‖² in its loss."""
    plain, theta = problem
    return lambda t: plain(t) + penalty / 2 * (t**2).sum(), theta


def rested_from(problem, rate, adam, rounds, updates):
    """(loss, points): the loss, and the weights after each of `updates`, (len(updates), n).

    From `problem`, (loss, θ), `adam` updates of Adam at `rate`, then L-BFGS in `rounds` rounds of
    20 updates, until it rests.
    """
    loss, theta = problem
    path = descend(loss, theta, lambda p: torch.optim.Adam(p, lr=rate), adam)
    rest = descend(loss, torch.from_numpy(path.points[-1]), _lbfgs, rounds)
    rows = [
        path.points[update] if update <= adam else rest.points[(update - adam) // ROUND]
        for update in updates
    ]
    return loss, torch.from_numpy(np.array(rows))


def _lbfgs(parameters):
    options = {"max_iter": ROUND, "history_size": 50, "line_search_fn": "strong_wolfe"}
    return torch.optim.LBFGS(parameters, tolerance_grad=0, tolerance_change=1e-16, **options)


def directions(count, seed, like):
    """`count` random directions of length one, (count, n), for θ of shape (n,) like `like`."""
    generator = chance.generator(seed)
    found = torch.randn(count, like.shape[-1], generator=generator, dtype=like.dtype)
    found /= found.norm(dim=1, keepdim=True)
    return found


def both(loss, theta, delta):
    """g·δ and ½δᵀHδ at θ for each row of delta, (k, n): two arrays of shape (k,)."""
    first = delta @ gradient(loss, theta)
    second = 0.5 * (delta * hvp(loss, theta, delta)).sum(1)
    return first.numpy(), second.numpy()


def changes(loss, theta, delta):
    """L(θ + δ) − L(θ) for each row of delta: (k,)."""
    return np.array([float(loss(theta + each) - loss(theta)) for each in delta])


def along(loss, points, deltas, length, lengths):
    """Both terms along `points`, (moments, n), and what stands of them at the start and at rest.

    `deltas` are directions, (k, n), taken at `length`, one of `lengths`. A dict: `first` and
    `second` are mean sizes, (moments,); `changes` those of the loss by length, at both ends.
    """
    terms = [both(loss, point, length * deltas) for point in points]
    first, second = (np.array([abs(term[i]).mean() for term in terms]) for i in (0, 1))
    at_rest = eigenpairs(loss, points[-1])[0]
    ends = {
        name: np.array([abs(changes(loss, points[at], e * deltas)).mean() for e in lengths])
        for name, at in (("start", 0), ("rest", -1))
    }
    here = int(abs(lengths - length).argmin())
    return {
        "weights": points.shape[1],
        "first": first,
        "second": second,
        "changes": ends,
        "change_at_start": ends["start"][here] / first[0],
        "change_at_rest": ends["rest"][here] / second[-1],
        "gradient_norm": [float(gradient(loss, point).norm()) for point in points],
        "largest_at_rest": float(abs(terms[-1][0] / terms[-1][1]).max()),
        "smallest_second": float(terms[-1][1].min()),
        "kind_at_rest": classify(at_rest),
    }


def errors(loss, theta, deltas, steps):
    """|L − model| of the first and second Taylor model at each of `steps` along `deltas`, (k, n).

    A dict of `first` and `second`: (steps, k) each.
    """
    models = {"first": taylor(loss, theta, 1), "second": taylor(loss, theta, 2)}
    found = {name: [] for name in models}
    for step in steps:
        delta = float(step) * deltas
        truth = torch.stack([loss(theta + each) for each in delta])
        for name, model in models.items():
            found[name].append((truth - model(delta)).abs().numpy())
    return {name: np.array(each) for name, each in found.items()}


def remainders(loss, theta, deltas, steps):
    """What `errors` should be by the two orders after each model's own: (steps, k) each.

    From the derivatives along each of `deltas`, (k, n), by automatic differentiation.
    """
    found = {"first": [], "second": []}
    for delta in deltas:
        slope, derivatives = lambda t, d=delta: loss(theta + t * d), []
        for _ in range(4):
            slope = torch.func.grad(slope)
            derivatives.append(float(slope(theta.new_zeros(()))))
        _, *c = (value / math.factorial(i + 1) for i, value in enumerate(derivatives))
        found["first"].append(abs(c[0] * steps**2 + c[1] * steps**3))
        found["second"].append(abs(c[1] * steps**3 + c[2] * steps**4))
    return {name: np.array(each).T for name, each in found.items()}


def cut(loss, theta, random, distances):
    """The loss and both its models along one line: a dict of (len(distances),) each.

    The line's direction is the mean of the gradient's own and of `random`: tilt and curvature show.
    """
    g = torch.func.grad(loss)(theta)
    mixed = random - g / g.norm()
    line = torch.tensor(distances)[:, None] * (mixed / mixed.norm())
    return {
        "distance": distances,
        "loss": np.array([float(loss(theta + each)) for each in line]),
        "first": taylor(loss, theta, 1)(line),
        "second": taylor(loss, theta, 2)(line),
    }
