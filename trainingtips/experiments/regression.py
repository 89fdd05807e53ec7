"""Linear regression by mini-batches of many seeds at once: digits, and points of a straight line.

Loss ½ mean (xᵀw − y)², with ½ penalty ‖w‖² where one is given: its minimum and Hessian are known.
"""

from dataclasses import dataclass

import numpy as np

from trainingtips import batches, chance, data


@dataclass(frozen=True)
class Problem:
    """A regression with its Hessian and its minimum."""

    x: np.ndarray  # (N, n)
    y: np.ndarray  # (N,)
    penalty: float = 0.0

    @property
    def hessian(self):
        """H = xᵀx / N + penalty, (n, n)."""
        return self.x.T @ self.x / len(self.x) + self.penalty * np.eye(self.x.shape[1])

    @property
    def minimum(self):
        """w*, (n,), where the gradient is zero."""
        return np.linalg.solve(self.hessian, self.x.T @ self.y / len(self.x))

    @property
    def variance(self):
        """tr Σ of the examples' gradients at the minimum, without the penalty's."""
        gradients = (self.x @ self.minimum - self.y)[:, None] * self.x
        return float(gradients.var(0).sum())


def of_digits(n, penalty, largest=3.0):
    """`Problem`: is the digit even (±1)? From n digits at 4×4, features to mean 0, λ_max `largest`.

    `largest` is that of xᵀx / N, so without the penalty.
    """
    train, _ = data.load("digits").split(n, seed=0)
    x = train.x.double().view(n, 4, 2, 4, 2).mean((2, 4)).reshape(n, 16).numpy()
    x = (x - x.mean(0)) / x.std(0)
    x *= np.sqrt(largest / np.linalg.eigvalsh(x.T @ x / n)[-1])
    return Problem(x, 1.0 - 2 * (train.y.numpy() % 2), penalty)


def of_clothes(n, penalty, largest=3.0):
    """As `of_digits`, of n pictures of Fashion-MNIST at 4×4: is the number of the class even?"""
    train, _ = data.load("fashion").split(n, seed=0)
    x = train.x.double().view(n, 4, 7, 4, 7).mean((2, 4)).reshape(n, 16).numpy()
    x = (x - x.mean(0)) / x.std(0)
    x *= np.sqrt(largest / np.linalg.eigvalsh(x.T @ x / n)[-1])
    return Problem(x, 1.0 - 2 * (train.y.numpy() % 2), penalty)


def lift(problem, eta, size, time, seeds):
    """½ (w − w*)ᵀH(w − w*) that noise keeps up, of each seed: (seeds,).

    Plain descent at rate η from the minimum, with batches of `size` drawn with replacement, until
    η times the updates is `time`; the mean over the last quarter of the updates. For small η it is
    η tr Σ / 4B.
    """
    x, y, h, minimum = problem.x, problem.y, problem.hessian, problem.minimum
    rng = chance.rng(0)
    w = np.tile(minimum, (seeds, 1))
    total = round(time / eta)
    lifts = []
    for update in range(total):
        rows = rng.integers(len(x), size=(seeds, size))
        w = w - eta * (_gradient(x[rows], y[rows], w) / size + problem.penalty * w)
        if update >= 0.75 * total:
            off = w - minimum
            lifts.append(0.5 * ((off @ h) * off).sum(1))
    return np.mean(lifts, axis=0)


def lifts(problem, sizes, time, seeds):
    """`lift` for all batch sizes of each rate, `sizes` being η -> sizes: (η, size) -> (seeds,)."""
    pairs = [(eta, size) for eta, each in sizes.items() for size in each]
    return {(eta, size): lift(problem, eta, size, time, seeds) for eta, size in pairs}


def expected_lift(problem, eta, size, time):
    """What `lift` is on average over all draws of batches, exactly.

    With batches drawn with replacement the deviation's second moment C follows

        C' = (1 − ηH) C (1 − ηH) + η²/B (Σ + E[x xᵀ C x xᵀ] − X C X),

    where X = xᵀx / N and Σ is the covariance of the examples' gradients at the minimum. For one
    direction of curvature λ and a noise that does not change it comes to η Σ / 2B (2 − ηλ).
    """
    x, h = problem.x, problem.hessian
    gradients = (x @ problem.minimum - problem.y)[:, None] * x
    own, square = np.cov(gradients.T, bias=True), x.T @ x / len(x)
    keep, products = np.eye(len(h)) - eta * h, np.einsum("ij,ik->ijk", x, x).reshape(len(x), -1)
    # C' = A C + c, with C as one vector; A is symmetric
    noise = products.T @ products / len(x) - np.kron(square, square)
    kept, ways = np.linalg.eigh(np.kron(keep, keep) + eta**2 / size * noise)
    total = round(time / eta)
    late = np.arange(total)[np.arange(total) >= 0.75 * total] + 1
    grown = ((1 - kept[:, None] ** late) / (1 - kept[:, None])).mean(1)  # Σ Aᵏ, of so many updates
    moment = ways @ (grown * (ways.T @ (eta**2 / size * own.ravel())))
    return float(0.5 * h.ravel() @ moment)


def of_line(n, slope, offset, noise, seed=0):
    """`Problem` of n points of a straight line: x is (n, 2) with a column of ones.

    `noise` is the standard deviation of the targets about the line.
    """
    rng = chance.rng(seed)
    x = np.column_stack([rng.normal(size=n), np.ones(n)])
    return Problem(x, x @ (slope, offset) + noise * rng.normal(size=n))


def walk(problem, start, batch, eta, epochs, orders):
    """Every order's weights from update to update: (orders, updates + 1, n), from `start`, (n,).

    Each seed gives one order, reshuffled each epoch.
    """
    x, y = problem.x, problem.y
    streams = [list(batches.stream(len(x), batch, seed, epochs=epochs)) for seed in range(orders)]
    w = np.tile(np.array(start), (orders, 1))
    path = [w]
    for parts in zip(*streams, strict=True):
        rows = np.sort(parts, axis=1)  # a sum in another order would round differently
        w = w - eta * _gradient(x[rows], y[rows], w) / batch
        path.append(w)
    return np.stack(path, axis=1)


def distances(problem, path, epochs):
    """‖w − w*‖ after each epoch, (orders, epochs + 1), of a `walk` over so many epochs."""
    each = path[:, :: path.shape[1] // epochs]
    return np.linalg.norm(each - problem.minimum, axis=2)


def _gradient(x, y, w):
    """Summed over each seed's examples, (seeds, n), of x (seeds, B, n), y (seeds, B)."""
    error = np.einsum("sbi,si->sb", x, w) - y
    return np.einsum("sb,sbi->si", error, x)


def best_step(problem, start):
    """Distance left by one full-batch update at 2/(λ_min + λ_max), the best rate in the long run"""
    start = np.array(start)
    gradient = problem.x.T @ (problem.x @ start - problem.y) / len(problem.x)
    curvatures = np.linalg.eigvalsh(problem.hessian)
    return float(np.linalg.norm(start - 2 / curvatures.sum() * gradient - problem.minimum))
