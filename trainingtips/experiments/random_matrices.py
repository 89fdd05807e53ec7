"""Random symmetric matrices: which are positive definite, and the exact chance of it.

(A + Aᵀ)/2 of independent standard normal entries is of the Gaussian orthogonal ensemble.
"""

import math

import numpy as np
from scipy import integrate, special

from trainingtips.statistics import proportion


def draws(n, count, rng):
    """`count` matrices of the Gaussian orthogonal ensemble, shape (count, n, n)."""
    a = rng.normal(size=(count, n, n))
    return (a + a.transpose(0, 2, 1)) / 2


def positive(matrices):
    """Which of the symmetric matrices, (m, n, n), are positive definite: (m,), by Sylvester.

    All eigenvalues are positive just where all pivots of Gaussian elimination are. A matrix leaves
    at its first pivot below zero, so few are carried to the end.
    """
    left, rest = np.arange(len(matrices)), matrices
    for _ in range(matrices.shape[-1]):
        keep = rest[:, 0, 0] > 0
        left, rest = left[keep], rest[keep]
        column = rest[:, 1:, 0]
        pivot = rest[:, :1, :1]
        rest = rest[:, 1:, 1:] - column[:, :, None] * column[:, None, :] / pivot
    definite = np.zeros(len(matrices), dtype=bool)
    definite[left] = True
    return definite


def share(n, samples, chunk, rng, confidence):
    """Share of `samples` random n × n matrices that are positive definite, as a `Measured`.

    They are drawn `chunk` at a time; the interval is Clopper and Pearson's.
    """
    hits = sum(int(positive(draws(n, chunk, rng)).sum()) for _ in range(samples // chunk))
    return proportion(hits, samples, confidence, "exact")


def disagreements(n, count, rng):
    """How many of `count` matrices `positive` and their eigenvalues judge differently."""
    matrices = draws(n, count, rng)
    return int((positive(matrices) != (np.linalg.eigvalsh(matrices)[:, 0] > 0)).sum())


def exact(n):
    """The chance itself: the integral of |∏(λᵢ − λⱼ)| exp(−Σλ²/2) over λ > 0, over that over all λ.

    The numerator is n! times a Pfaffian (de Bruijn 1955), whose square is a determinant; the
    denominator is Mehta's integral. Good to 1e-10 up to n = 8 (checked with 40 digits).
    """
    size = n + n % 2  # an odd n takes one more row: the moments
    a = np.zeros((size, size))
    for i in range(n):
        for j in range(i):
            a[i, j] = integrate.quad(_signed, 0, np.inf, (i, j), epsabs=0, epsrel=1e-12)[0]
        if n % 2:
            a[n, i] = _moment(i)
    a -= a.T
    everywhere = (2 * math.pi) ** (n / 2) * math.prod(
        math.gamma(1 + k / 2) / math.gamma(1.5) for k in range(1, n + 1)
    )
    return float(math.factorial(n) * math.sqrt(abs(np.linalg.det(a))) / everywhere)


def _moment(i):
    """∫ xⁱ exp(−x²/2) over x > 0."""
    return 2 ** ((i - 1) / 2) * math.gamma((i + 1) / 2)


def _signed(y, i, j):
    """yʲ exp(−y²/2) ∫ sign(y − x) xⁱ exp(−x²/2) dx over x > 0."""
    below = special.gammainc((i + 1) / 2, y**2 / 2)
    return y**j * math.exp(-(y**2) / 2) * _moment(i) * (2 * below - 1)
