"""What a minimum of a loss pays when it is shifted by δ, and how far new data shift a real one."""

import numpy as np
import torch
from torch import nn

from trainingtips import chance, data
from trainingtips.curvature import eigenpairs, flat_loss
from trainingtips.descent import descend
from trainingtips.statistics import exponent


def pooled():
    """The digits at 4×4, means of 2×2 pixels, in double precision: x is (1797, 16)."""
    digits = data.load("digits")
    x = digits.x.double().view(-1, 4, 2, 4, 2).mean((2, 4)).reshape(-1, 16)
    return data.Dataset(x, digits.y, digits.classes)


def network(digits, hidden, penalty, train=1024, seed=0):
    """(loss, θ): a small tanh network's loss plus ½ penalty ‖θ‖², and a minimum of it, by L-BFGS.

    It has 16 inputs, `hidden` units and 10 outputs; θ is of shape (n,), in double precision.
    """
    with chance.started(seed):
        layers = nn.Linear(16, hidden), nn.Tanh(), nn.Linear(hidden, 10)
        module = nn.Sequential(*layers).double()
    part, _ = digits.split(train, seed=seed)
    plain, start = flat_loss(module, nn.functional.cross_entropy, part.x, part.y)

    def loss(theta):
        return plain(theta) + penalty / 2 * (theta**2).sum()

    options = {"max_iter": 20, "history_size": 50, "line_search_fn": "strong_wolfe"}
    path = descend(loss, start, lambda p: torch.optim.LBFGS(p, tolerance_grad=0, **options), 30)
    return loss, torch.from_numpy(path.points[-1])


def along_eigenvectors(loss, theta, ranks, deltas):
    """(λ, rises): what shifts by ±δ along eigenvectors of the Hessian at θ add to the loss.

    `ranks` count eigenvectors from that of the largest λ. Returns the λ, (ranks,), and the rises,
    a list [rank][δ] of means over both signs.
    """
    values, vectors = eigenpairs(loss, theta, len(theta), "largest")
    order = np.argsort(values)[::-1]
    base = float(loss(theta))
    rises = [
        [rise(loss, theta, float(d) * vectors[int(order[rank])], base) for d in deltas]
        for rank in ranks
    ]
    return values[order][ranks], rises


def rise(loss, theta, delta, base):
    """Mean over both signs: the gradient that is left, and the third order, cancel.

    >>> bowl = lambda t: 2 * (t**2).sum() + t.sum()
    >>> rise(bowl, torch.zeros(1), torch.ones(1), 0.0)
    2.0
    """
    return (float(loss(theta + delta)) + float(loss(theta - delta))) / 2 - base


def between_halves(digits, half, penalty, seeds):
    """(λ, δ²), each (seeds, 17): how far a logistic regression's minimum moves with new data.

    For each seed two halves of `half` random examples: λ of the first half's Hessian, and δ² along
    its eigenvectors, δ leading to the second half's minimum.
    """
    found = [_halves(digits, half, penalty, seed) for seed in range(seeds)]
    return tuple(np.array(each) for each in zip(*found, strict=True))


def expected_paid(digits, half, penalty):
    """(λ, paid), each (17,): what `between_halves` is expected to cost, ½λδ², in theory.

    The difference of two halves' gradients g has the covariance 2S/N, S that of one example's, so
    that δ = H⁻¹(g′ − g) pays vᵀSv / (λN) along an eigenvector v of H. It is 1/N where S = H: for a
    model that is true (there S is the loss's own Hessian) and no penalty, which H holds and S not.
    """
    rows = np.arange(len(digits))
    w, h = logistic(digits, rows, penalty)
    x = np.column_stack([digits.x.numpy(), np.ones(len(rows))])
    error = 1 / (1 + np.exp(-x @ w)) - digits.y.numpy() % 2
    values, vectors = np.linalg.eigh(h)
    return values, (error[:, None] * x @ vectors).var(0) / (values * half)


def grouped_exponents(x, y, groups):
    """p of mean y ∝ mean xᵖ, (groups,), of x and y (seeds, n): means over the seeds of a group.

    >>> y = np.array([[1.0, 2.0], [1.0, 6.0], [2.0, 2.0], [2.0, 2.0]])
    >>> (grouped_exponents(np.array([[1.0, 2.0]] * 4), y, 2).round(6) + 0.0).tolist()
    [2.0, 0.0]
    """
    parts = [np.array_split(values, groups) for values in (x, y)]
    return np.array([exponent(a.mean(0), b.mean(0)) for a, b in zip(*parts, strict=True)])


def _halves(digits, half, penalty, seed):
    order = chance.rng(seed).permutation(len(digits))
    (first, h), (second, _) = (
        logistic(digits, order[part], penalty) for part in (slice(half), slice(half, 2 * half))
    )
    values, vectors = np.linalg.eigh(h)
    return values, ((second - first) @ vectors) ** 2


def logistic(digits, rows, penalty, steps=12):
    """(w, H): the minimum of the penalised logistic loss on `rows`, by Newton, and its Hessian.

    The model tells odd digits from even ones by the features and a constant: w is (features + 1,).
    """
    x = np.column_stack([digits.x[rows].numpy(), np.ones(len(rows))])
    y = digits.y[rows].numpy() % 2
    w, ridge = np.zeros(x.shape[1]), penalty * np.eye(x.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-x @ w))
        h = (x.T * (p * (1 - p))) @ x / len(x) + ridge
        w = w - np.linalg.solve(h, x.T @ (p - y) / len(x) + penalty * w)
    return w, h
