"""Random symmetric matrices: the Gaussian orthogonal ensemble, its exact chance, and two others."""

import math

import numpy as np
from scipy import integrate, special

from trainingtips.statistics import proportion


def draw(n, count, rng):
    """`count` matrices (A + Aᵀ)/2, (count, n, n), with standard normal entries of A from `rng`.

    Their variance is 1 on the diagonal and ½ beside it, the same in every rotated frame.
    """
    a = rng.normal(size=(count, n, n))
    return (a + a.transpose(0, 2, 1)) / 2


def uniform(n, count, rng):
    """As `draw`, but the entries of A are uniform between −√3 and √3, which is variance 1 too."""
    a = rng.uniform(-(3**0.5), 3**0.5, size=(count, n, n))
    return (a + a.transpose(0, 2, 1)) / 2


def turned(n, count, rng):
    """`count` matrices QΛQᵀ, (count, n, n): independent standard normal eigenvalues, Q random.

    The chance that all eigenvalues are positive is ½ⁿ: that of as many coins.
    """
    q = np.linalg.qr(rng.normal(size=(count, n, n)))[0]
    return (q * rng.normal(size=(count, 1, n))) @ q.transpose(0, 2, 1)


def positive(matrices):
    """Which of the symmetric matrices, (m, n, n), are positive definite: (m,), by Sylvester.

    All eigenvalues are positive just where all pivots of Gaussian elimination are. A matrix leaves
    at its first pivot below zero, so few are carried to the end.

    >>> positive(np.array([[[2.0, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]]])).tolist()
    [True, False]
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


def positive_share(n, samples, chunk, rng, confidence=0.95, make=draw):
    """Share of `samples` matrices that are positive definite, as a `Measured`.

    `make` draws them, `chunk` at a time; the interval is Clopper and Pearson's.
    """
    hits = sum(int(positive(make(n, chunk, rng)).sum()) for _ in range(samples // chunk))
    return proportion(hits, samples, confidence, "exact")


def disagreements(n, count, rng):
    """How many of `count` matrices of `draw` `positive` and their eigenvalues judge differently."""
    matrices = draw(n, count, rng)
    return int((positive(matrices) != (np.linalg.eigvalsh(matrices)[:, 0] > 0)).sum())


def positive_chance(n):
    """The chance that all eigenvalues of an n × n matrix of `draw` are positive, exactly.

    The integral of |∏(λᵢ − λⱼ)| exp(−Σλ²/2) over λ > 0, over that over all λ. The numerator is n!
    times a Pfaffian (de Bruijn 1955), whose square is a determinant; the denominator is Mehta's
    integral. Good to 1e-10 up to n = 8 (checked with 40 digits). Raises ValueError for n that is
    not a whole number from 1.

    >>> round(positive_chance(2), 6)  # (2 − √2) / 4
    0.146447
    """
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"n is a whole number from 1; received {n!r}")
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
