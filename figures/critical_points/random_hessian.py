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

from trainingtips import plotting, random_matrices
from trainingtips.statistics import proportion

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
        "exact": [random_matrices.positive_chance(n) for n in LONGER],
        "coins_over_chance": [0.5**n / random_matrices.positive_chance(n) for n in SIZES],
        "disagreements": [disagreements(n, rng) for n in SIZES],
    }


def share(n, rng):
    """Share of SAMPLES random n × n matrices that are positive definite, with its interval."""
    chunks = (random_matrices.draw(n, CHUNK, rng) for _ in range(SAMPLES // CHUNK))
    hits = sum(int(random_matrices.positive(matrices).sum()) for matrices in chunks)
    return proportion(hits, SAMPLES, CONFIDENCE, "exact")


def disagreements(n, rng):
    """How many of CHECKED matrices `positive` and their eigenvalues judge differently."""
    matrices = random_matrices.draw(n, CHECKED, rng)
    return int(
        (random_matrices.positive(matrices) != (np.linalg.eigvalsh(matrices)[:, 0] > 0)).sum()
    )


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


PANELS = {
    "": {
        "x": "size $n$ of the random symmetric matrix",
        "xticks": LONGER,
        "y": "chance",
        "ylim": (3e-10, 1),
        "log": "y",
    }
}
COINS = ("$n$ coins, all heads:\n$1/2^n$", (5.2, 0.06))
MATRIX = ("all $n$ eigenvalues positive\n(marks: measured, line: exact)", (1, 3e-7))


def draw(result, figure):
    (axes,) = plotting.panels(figure, PANELS, height=3.9)
    n = np.array(result["exact_sizes"])
    plotting.theory(axes, n, 0.5**n, "blue", *COINS, look="--")
    plotting.theory(axes, n, result["exact"], "vermilion", *MATRIX)
    plotting.points(axes, result["sizes"], result["measured"], "vermilion")
