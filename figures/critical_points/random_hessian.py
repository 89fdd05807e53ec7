"""The chance that a random symmetric n × n matrix has no negative eigenvalue is far below ½ⁿ.

The chance that all eigenvalues of a random $(A + A^\\top)/2$ are positive, drawn and exact, beside
as many coins. Eigenvalues repel each other: one more on the same side is less likely than one more
coin.

$A$ has independent standard normal entries: in the symmetric matrix variance 1 on the diagonal, ½
beside it, the same in every rotated frame (the Gaussian orthogonal ensemble). Marks: shares among
4,000,000 drawn matrices of each size, with Clopper–Pearson intervals of 99 %, so 95 % for all five
together. Line: the exact chance, by integrating the density of the eigenvalues.
"""

import math

import numpy as np
from scipy import integrate, special, stats

from trainingtips import plotting
from trainingtips.statistics import Measured

SIZES = range(1, 6)  # n of the matrices that are drawn
LONGER = range(1, 9)  # n of the exact chances
SAMPLES, CHUNK, SEED = 4_000_000, 200_000, 0
CONFIDENCE = 0.99  # of each interval: 95 % for five together
CHECKED = 20_000  # matrices of each size whose eigenvalues are also computed

ALT = (
    "On a log axis, the chance against the matrix size from one to eight. Coin tosses fall along a "
    "straight line, one half to the power n. The measured chances lie on the exact curve, which "
    "bends down below that line: at n equal to five, more than two hundred times lower."
)
NUMBER = (
    "chance for n = 5: {measured.4 | interval(5)}; that of five coins is {coins_over_chance.4 | "
    "digits(3)} times as large"
)


def compute():
    rng = np.random.default_rng(SEED)
    measured = [share(n, rng) for n in SIZES]
    return {
        "sizes": list(SIZES),
        "measured": measured,
        "exact_sizes": list(LONGER),
        "exact": [exact(n) for n in LONGER],
        "coins_over_chance": [0.5**n / exact(n) for n in SIZES],
        "disagreements": [disagreements(n, rng) for n in SIZES],
    }


def share(n, rng):
    """Share of SAMPLES random n × n matrices that are positive definite, with its interval."""
    hits = sum(int(positive(draws(n, CHUNK, rng)).sum()) for _ in range(SAMPLES // CHUNK))
    test = stats.binomtest(hits, SAMPLES)
    ends = test.proportion_ci(confidence_level=CONFIDENCE, method="exact")
    return Measured(hits / SAMPLES, float(ends.low), float(ends.high), SAMPLES)


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


def disagreements(n, rng):
    """How many of CHECKED matrices `positive` and their eigenvalues judge differently."""
    matrices = draws(n, CHECKED, rng)
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


def claim(result):
    for n, measured, wrong in zip(
        result["sizes"], result["measured"], result["disagreements"], strict=True
    ):
        chance = result["exact"][list(result["exact_sizes"]).index(n)]
        inside = measured.low <= chance <= measured.high
        assert inside, f"expected the exact chance {chance:.6g} at n = {n}, measured {measured}"
        if n > 1:
            below = measured.high < 0.5**n
            assert below, f"expected less than {0.5**n} at n = {n}, measured {measured}"
        assert wrong == 0, f"expected pivots and eigenvalues to agree, measured {wrong} not to"
    closed = [1 / 2, (2 - 2**0.5) / 4, 1 / 4 - 1 / (2**0.5 * math.pi)]  # of n = 1, 2 and 3
    close = np.allclose(result["exact"][:3], closed, rtol=1e-4)
    assert close, f"expected {closed} for n = 1, 2, 3, measured {result['exact'][:3]}"


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1, height=3.9)
    blue, vermilion = plotting.colour("blue"), plotting.colour("vermilion")
    n = result["exact_sizes"]
    axes.semilogy(n, 0.5**n, "--", color=blue)
    axes.semilogy(n, result["exact"], "-", color=vermilion)
    mean, low, high = np.array([[m.mean, m.low, m.high] for m in result["measured"]]).T
    bars = (mean - low, high - mean)
    axes.errorbar(result["sizes"], mean, bars, fmt="o", color=vermilion, capsize=3)
    coins = "$n$ coins, all heads:\n$1/2^n$"
    plotting.label(axes, coins, (5.2, 0.06), color=blue)
    matrix = "all $n$ eigenvalues positive\n(marks: measured, line: exact)"
    plotting.label(axes, matrix, (1, 3e-7), color=vermilion)
    axes.set(
        xlabel="size $n$ of the random symmetric matrix", ylabel="chance", ylim=(3e-10, 1), xticks=n
    )
