"""The quadratic model of a loss at a point, and how soon descent gets to its minimum.

The model is L(θ) + g·δ + ½δᵀHδ, on the eigenvectors of H with eigenvalues far enough above zero:
on the others it has no minimum, or one very far away. Along an eigenvector with eigenvalue λ the
way from θ to the minimum is g/λ long.
"""

from dataclasses import dataclass

import numpy as np

from trainingtips import momentum
from trainingtips.curvature import gradient, hessian
from trainingtips.experiments.quadratics import overtakes


@dataclass(frozen=True)
class Model:
    """Eigenvalues, (m,), ascending and above zero, and where θ is from the minimum along each."""

    curvatures: np.ndarray
    start: np.ndarray

    @property
    def condition(self):
        """κ, the largest eigenvalue over the smallest."""
        return float(self.curvatures[-1] / self.curvatures[0])

    def within(self, condition):
        """The model on the eigenvectors whose eigenvalues are at least λ_max / `condition`.

        >>> Model(np.array([1.0, 4.0, 9.0]), np.ones(3)).within(3).curvatures.tolist()
        [4.0, 9.0]
        """
        held = self.curvatures * condition >= self.curvatures[-1]
        return Model(self.curvatures[held], self.start[held])

    def tuned(self):
        """The best pairs of rate and momentum, `momentum.Tuned`: "plain" and "heavy"."""
        ends = self.curvatures[0], self.curvatures[-1]
        return {"plain": momentum.tuned_plain(*ends), "heavy": momentum.tuned(*ends)}

    def errors(self, tuned, updates):
        """Where an update is from the minimum, the start and each after it: (updates + 1, m)."""
        eta, beta, _ = tuned
        return momentum.heavy_ball(lambda e: self.curvatures * e, self.start, eta, beta, updates)

    def distances(self, errors):
        """To the minimum: (T,)."""
        return np.sqrt((errors**2).sum(1))

    def losses(self, errors):
        """Above the minimum: (T,)."""
        return 0.5 * (self.curvatures * errors**2).sum(1)


def model(loss, theta):
    """The `Model` of `loss` at θ on all eigenvectors with positive eigenvalues."""
    values, vectors = np.linalg.eigh(hessian(loss, theta).numpy())
    slopes = gradient(loss, theta).numpy() @ vectors
    rising = values > 0
    return Model(values[rising], slopes[rising] / values[rising])


def enough(rate, share):
    """Updates after which no error along an eigenvector is above `share` of the start.

    With momentum tuned such an error is at most (1 + 2t) ρ^t of it, for ρ the `rate`; without, ρ^t.

    >>> t = enough(0.5, 1e-3)
    >>> bool((1 + 2 * t) * 0.5**t < 1e-3 <= (2 * t - 1) * 0.5 ** (t - 1))
    True
    """
    t = np.arange(1, 200_000)
    return int(overtakes(np.log1p(2 * t) + t * np.log(rate), np.full(len(t), np.log(share)))) + 1


def needed(sizes, share):
    """The first update from which on the sizes, (T,), stay below `share` of the first.

    >>> needed([8, 1, 3, 2, 1], 0.25)
    4
    """
    return overtakes(sizes, share * np.full(len(sizes), sizes[0]))
