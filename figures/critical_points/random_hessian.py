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

from trainingtips import chance, plotting, random_matrices

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
    rng, exact = chance.rng(SEED), [random_matrices.positive_chance(n) for n in LONGER]
    measured = [random_matrices.positive_share(n, SAMPLES, CHUNK, rng, CONFIDENCE) for n in SIZES]
    return {
        "sizes": list(SIZES),
        "measured": measured,
        "exact_sizes": list(LONGER),
        "exact": exact,
        "coins_over_chance": [0.5**n / exact[LONGER.index(n)] for n in SIZES],
        "disagreements": [random_matrices.disagreements(n, CHECKED, rng) for n in SIZES],
    }


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


PANEL = {
    "x": "size $n$ of the random symmetric matrix",
    "y": "chance",
    "log": "y",
    "ylim": (3e-10, 1),
    "xticks": list(LONGER),
}
COINS = ("blue", "$n$ coins, all heads:\n$1/2^n$", (5.2, 0.06))
MATRICES = "all $n$ eigenvalues positive\n(marks: measured, line: exact)"


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1, height=3.9, **PANEL)
    n = result["exact_sizes"]
    plotting.theory(axes, n, 0.5**n, *COINS, look="--")
    plotting.theory(axes, n, result["exact"], "vermilion", MATRICES, (1, 3e-7))
    plotting.points(axes, result["sizes"], result["measured"], "vermilion", look="o")
