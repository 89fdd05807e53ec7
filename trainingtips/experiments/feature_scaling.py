"""Least squares on measurements: what the features' scale costs descent, in closed form.

The alcohol of 178 wines from their other twelve measurements, with an offset; and other tables
(`TABLES`). The loss is a quadratic, so all that counts for gradient descent is the condition number
κ = λ_max / λ_min of its Hessian xᵀx / N; the best rate is 2 / (λ_min + λ_max).
"""

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from trainingtips import data, originals
from trainingtips.normalization import condition_number


def wines():
    """(names, x, y): twelve measurements, (178, 12), and the alcohol in percent, (178,)."""
    wine = load_wine()
    at = wine.feature_names.index("alcohol")
    names = [name for i, name in enumerate(wine.feature_names) if i != at]
    table = torch.from_numpy(wine.data)
    return names, table[:, [wine.feature_names.index(name) for name in names]], table[:, at]


def patients():
    """(names, x, y): ten measurements of 442 people with diabetes, and its progress in a year."""
    table = load_diabetes(scaled=False)
    return list(table.feature_names), torch.from_numpy(table.data), torch.from_numpy(table.target)


def tumours():
    """(names, x, y): thirty measurements of 569 tumours, and 1 where one is benign, 0 if not."""
    table = load_breast_cancer()
    y = torch.from_numpy(table.target).double()
    return [str(name) for name in table.feature_names], torch.from_numpy(table.data), y


def flights():
    """(names, x, y): what is known of 8,000 flights as they leave, and how late they land."""
    found = data.load("flights")
    return list(originals.FEATURES), found.x.double(), found.y.double()


TABLES = {
    "wines": wines,
    "diabetes": patients,
    "breast cancer": tumours,
    "flights from New York": flights,
}


def whiten(x):
    """x, centred, in its principal axes and scaled there: covariance 1, (N, d)."""
    centred = x - x.mean(0)
    eigenvalues, axes = torch.linalg.eigh(centred.T @ centred / len(x))
    return centred @ axes / eigenvalues.sqrt()


def speed(x, y, updates, target, checked):
    """What descent from w = 0 makes of features x, (N, d), for y, (N,): a dict.

    `kappa`; `excess`, the loss above its minimum as a share of its start after each of `updates`,
    by closed form; `updates`, how many to `target` of it; `descent` and `closed_form`, the excess
    after `checked` updates, made one by one and by the formula.
    """
    x = torch.cat([x, torch.ones_like(x[:, :1])], 1)
    eigenvalues, axes = torch.linalg.eigh(x.T @ x / len(x))
    minimum = torch.linalg.lstsq(x, y[:, None]).solution[:, 0]
    rate = 2 / (eigenvalues[0] + eigenvalues[-1])
    start = (axes.T @ -minimum).numpy()  # the error of w = 0, in the Hessian's axes
    weights = eigenvalues.numpy() * start**2
    kept = (1 - float(rate) * eigenvalues.numpy()) ** 2  # of each axis's share, per update

    def excess(updates):
        return (weights * kept ** np.asarray(updates)[..., None]).sum(-1) / weights.sum()

    return {
        "kappa": condition_number(x),
        "excess": np.maximum(excess(updates), 1e-12),
        "updates": first_below(excess, target),
        "descent": descend(x, y, minimum, float(rate), checked),
        "closed_form": float(excess(checked)),
    }


def first_below(excess, target):
    """The least of 1 … 10²⁰ updates, on a fine grid, after which excess(updates) ≤ target, or inf.

    >>> first_below(lambda t: 1e12 / np.asarray(t), 1.0) / 1e12 < 1.001
    True
    """
    for start in (1, 1e10):
        grid = np.geomspace(start, start * 1e10, 200_001)
        reached = excess(grid) <= target
        if reached.any():
            return float(grid[np.argmax(reached)])
    return float("inf")


def descend(x, y, minimum, rate, updates):
    """Excess loss, as a share of its start, after `updates` made one by one from w = 0."""
    w = torch.zeros_like(minimum)
    for _ in range(updates):
        w = w - rate * x.T @ (x @ w - y) / len(x)
    return float(((x @ (w - minimum)) ** 2).sum() / ((x @ minimum) ** 2).sum())


def path(x, y, updates):
    """Two centred features, x (N, 2): κ, Hessian, and the weights' errors, (updates + 1, 2).

    The start is a fixed error of the two weights measured in outputs, the same whatever their
    scale, which is given too.
    """
    hessian = x.T @ x / len(x)
    minimum = torch.linalg.solve(hessian, x.T @ (y - y.mean()) / len(x))
    eigenvalues = torch.linalg.eigvalsh(hessian)
    rate = 2 / (eigenvalues[0] + eigenvalues[-1])
    w = minimum + torch.tensor([0.8, 0.8], dtype=x.dtype) / x.std(0, correction=0)
    points = [w]
    for _ in range(updates):
        w = w - rate * (hessian @ (w - minimum))
        points.append(w)
    return {
        "kappa": condition_number(x),
        "hessian": hessian,
        "error": (torch.stack(points) - minimum).numpy(),
        "scale": x.std(0, correction=0).numpy(),
    }
