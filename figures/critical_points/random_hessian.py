"""The chance that independent entries make a symmetric matrix positive definite is far below ½ⁿ.

The chance that all eigenvalues of a random $(A + A^\\top)/2$ are positive: exact (line), drawn with
normal (o) and uniform (x) entries, beside as many coins. Matrices with independent eigenvalues (+)
are no rarer than coins.

$A$ has independent entries of variance 1. Normal ones make the Gaussian orthogonal ensemble, the
same in every rotated frame; its exact chance is an integral over the density of the eigenvalues,
which repel each other: one more on the same side is less likely than one more coin. That is a
property of the ensemble: with independent eigenvalues, in a frame turned at random, the chance is
½ⁿ. Marks: shares among matrices of each size, with Clopper–Pearson intervals of 99.9 %, so 98.5 %
for all fifteen together.
"""

import math
from functools import partial

import numpy as np

from trainingtips import chance, plotting, random_matrices

SIZES = range(1, 6)  # n of the matrices that are drawn
LONGER = range(1, 9)  # n of the exact chances
SAMPLES, OTHERS, COINED, CHUNK, SEED = 2_000_000, 1_000_000, 200_000, 200_000, 0
CONFIDENCE = 0.999  # of each interval: 98.5 % for fifteen together
FAR = {4: 10, 5: 100}  # how many times below as many coins is far, by n
VERDICT = "regime"
CHECKED = 20_000  # matrices of each size whose eigenvalues are also computed

ALT = (
    "On a log axis, the chance against the matrix size from one to eight. Coin tosses fall along a "
    "straight line, one half to the power n. The measured chances lie on the exact curve, which "
    "bends down below that line: at n equal to five, more than two hundred times lower. Those with "
    "uniform entries lie beside them, those of independent eigenvalues on the coins' line."
)
NUMBER = (
    "chance for n = 5: {measured.4 | interval(5)}; that of five coins is {coins_over_chance.4 | "
    "digits(3)} times as large"
)


def compute():
    rng, exact = chance.rng(SEED), [random_matrices.positive_chance(n) for n in LONGER]
    drawn = partial(random_matrices.positive_share, chunk=CHUNK, rng=rng, confidence=CONFIDENCE)
    return {
        "sizes": list(SIZES),
        "measured": [drawn(n, SAMPLES) for n in SIZES],
        "uniform": [drawn(n, OTHERS, make=random_matrices.uniform) for n in SIZES],
        "turned": [drawn(n, COINED, make=random_matrices.turned) for n in SIZES],
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
        turned = result["turned"][n - 1]
        inside = turned.low <= 0.5**n <= turned.high
        assert inside, f"expected coins for independent eigenvalues at n = {n}, measured {turned}"
    for n, times in FAR.items():
        for name in ("measured", "uniform"):
            found = result[name][n - 1]
            far = found.high * times < 0.5**n
            assert far, f"{name}: expected {times} times less than coins at n = {n}: {found}"
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
MATRICES = "all $n$ eigenvalues positive\n(marks: drawn, line: exact)"


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1, height=3.9, **PANEL)
    n = result["exact_sizes"]
    plotting.theory(axes, n, 0.5**n, *COINS, look="--")
    plotting.theory(axes, n, result["exact"], "vermilion", MATRICES, (1, 3e-7))
    plotting.points(axes, result["sizes"], result["measured"], "vermilion", look="o", hollow=True)
    plotting.points(axes, result["sizes"], result["uniform"], "text", look="x")
    plotting.points(axes, result["sizes"], result["turned"], "blue", look="+")
