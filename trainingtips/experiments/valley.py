"""A straight line fitted to ten points: a bowl, convex, whose curvatures differ a thousandfold.

`LINE` is that narrow valley, over θ = (b, w). Paths through it are torch's, from its gradient,
without a pass over the data.
"""

from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Line:
    """The loss ½ mean (b + wx − y)² over θ = (b, w), for x and y of shape (n,)."""

    x: np.ndarray
    y: np.ndarray

    @property
    def design(self):
        """The inputs with a column of ones for b: (n, 2)."""
        return np.column_stack([np.ones_like(self.x), self.x])

    @property
    def hessian(self):
        """Second derivatives in (b, w), (2, 2): the same everywhere."""
        return self.design.T @ self.design / len(self.x)

    @property
    def correlation(self):
        """The Hessian with each weight measured in units that make its own curvature one."""
        scale = self.hessian.diagonal() ** -0.5
        return scale[:, None] * self.hessian * scale

    @property
    def weight_rates(self):
        """The best rates η/Hᵢᵢ, with one common factor η: (2,)."""
        return 2 / np.linalg.eigvalsh(self.correlation).sum() / self.hessian.diagonal()

    def loss(self, theta):
        """(…, 2) → (…)."""
        return 0.5 * ((theta @ self.design.T - self.y) ** 2).mean(-1)


X = np.array([4.0, 6, 8, 9, 11, 13, 15, 17, 20, 24])
NOISE = np.array([1.0, -2, 1.5, 0, -1, 2, -1.5, 1, -0.5, -0.5])
TRUE = (-188.0, 2.7)  # b and w of the line that the points scatter around
LINE = Line(X, Line(X, X).design @ TRUE + NOISE)
CENTRED = Line(X, np.zeros_like(X))  # the same valley with its minimum at zero


def walk(line, rate, updates, start):
    """Torch's SGD from `start`: the path, (updates + 1, 2); `rate` one number, or one a weight."""
    x, y = torch.from_numpy(line.design), torch.from_numpy(line.y)
    theta = [torch.tensor([value], dtype=torch.float64, requires_grad=True) for value in start]
    each = np.broadcast_to(rate, 2).tolist()
    groups = [{"params": [w], "lr": lr} for w, lr in zip(theta, each, strict=True)]
    optimizer = torch.optim.SGD(groups)
    path = np.empty((updates + 1, 2))
    matrix, shift = x.T @ x / len(x), x.T @ y / len(x)
    for t in range(updates + 1):
        point = torch.cat([w.detach() for w in theta])
        path[t] = point.numpy()
        gradient = matrix @ point - shift
        for w, g in zip(theta, gradient, strict=True):
            w.grad = g[None]
        optimizer.step()
    return path


def kept(rate, vectors, updates=50):
    """The share of the error that an update keeps in the long run: the larger of both directions.

    Each is measured on a path of its own that starts off along one eigenvector only, in the bowl
    with its minimum at zero: beside −188 the smallest steps would drown in rounding.
    """
    shares = []
    for u in vectors.T:
        error = walk(CENTRED, rate, updates, start=u) @ u
        shares.append(np.abs(error[updates // 2] / error[0]) ** (2 / updates))
    return max(shares)


def tail(errors):
    """Share of the distance kept per update, over the second quarter of a path, (T, 2)."""
    length = np.linalg.norm(errors, axis=1)
    half = len(length) // 4
    return (length[2 * half] / length[half]) ** (1 / half)


def per_ten(lost):
    """Updates that divide the error by ten, where each takes away the share `lost` of it."""
    return np.log(10) / -np.log1p(-np.asarray(lost))


def adagrad(rate, mean, updates, start, line=LINE):
    """Torch's Adagrad in the valley, a dict of arrays over the updates.

    `path`, (updates, 2); `step`, the largest eigenvalue of η D^(−½) H D^(−½) with D the divisors,
    whose edge is 2; `across`, the distance from the floor; `loss`, above the minimum's. Torch
    divides by the root of a sum; with the rate η√t, where `mean` is true, that is the root of a
    mean.
    """
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adagrad([theta], lr=rate)
    growth = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: (t + 1) ** 0.5 if mean else 1.0)
    h = torch.from_numpy(line.hessian)
    minimum = torch.linalg.solve(h, torch.from_numpy(line.design.T @ line.y / len(line.x)))
    path, steps = [], []
    for _ in range(updates):
        path.append(theta.detach().clone())
        theta.grad = h @ (theta.detach() - minimum)
        lr = optimizer.param_groups[0]["lr"]
        optimizer.step()
        growth.step()
        scale = optimizer.state[theta]["sum"] ** -0.25
        steps.append(lr * float(torch.linalg.eigvalsh(scale[:, None] * h * scale)[-1]))
    path = torch.stack(path).numpy()
    error = path - minimum.numpy()
    u = np.linalg.eigh(line.hessian)[1][:, 1]
    return {
        "path": path,
        "step": np.array(steps),
        "across": np.abs(error @ u),
        "loss": 0.5 * np.einsum("ti,ij,tj->t", error, line.hessian, error),
    }


def bursts(walk):
    """Each upward crossing of 2: its update, and by how much the swing across the valley grew."""
    step, across = walk["step"], walk["across"]
    ups = np.flatnonzero((step[1:] > 2) & (step[:-1] <= 2)) + 1
    downs = [np.flatnonzero(step[up:] <= 2) for up in ups]
    found = [(up, up + down[0]) for up, down in zip(ups, downs, strict=True) if len(down)]
    return {
        "updates": [int(up) for up, _ in found],
        "ends": [int(down) for _, down in found],
        # the two points beside a place of crossing: one may lie on the floor by chance
        "growth": [float(across[down - 1] / across[up : up + 2].max()) for up, down in found],
        "outside": outside(walk),
    }


def outside(walk):
    """The largest growth of the swing over ten updates that all keep the step below 2."""
    swing = np.maximum(walk["across"][1:], walk["across"][:-1])  # it changes sides at each update
    start = np.flatnonzero(walk["step"] <= 2)
    start = start[(start > 50) & (start + 11 < len(swing))]
    calm = [t for t in start if (walk["step"][t : t + 11] <= 2).all()]
    return float(max(swing[t + 10] / swing[t] for t in calm))
