"""The page on intervals: its lines of Python, its formulas and its exercises, by simulation.

Means of normal samples are drawn; the package's own formulas are not used.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, stats

PAGE = (Path(__file__).parents[2] / "docs/how_we_know.md").read_text(encoding="utf-8")
CODE = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
TRIES, NOISE = 400_000, 0.003  # of a share of so many tries: four standard deviations


def inside(runs=1, between=0.0):
    """Share of repetitions within 1.96 s/√n of a mean, for σ/√n = 1.

    `runs` is how many times as many runs a repetition has; `between` the spread of splits.
    """
    rng = np.random.default_rng(1)
    spread = np.hypot(1, between), np.hypot(runs**-0.5, between)
    kept, new = (rng.normal(scale=each, size=TRIES) for each in spread)
    return np.mean(np.abs(new - kept) < 1.96)


def number(pattern):
    found = re.findall(pattern, PAGE)
    assert len(found) == 1, (pattern, found)
    return float(found[0])


def test_the_lines_of_python_give_students_interval():
    space = {}
    exec(CODE, space)
    x = np.random.default_rng(0).normal(size=12)
    mean, low, high = space["interval"](x)
    expected = stats.ttest_1samp(x, 0).confidence_interval(0.95)
    assert (mean, low, high) == pytest.approx((x.mean(), expected.low, expected.high))


def test_one_repetition_in_six_lies_outside():
    assert inside() == pytest.approx(number(r"\\right\) - 1 = (0\.\d+)"), abs=NOISE)
    assert 1 - inside() == pytest.approx(1 / 6, abs=NOISE)


def test_splits_move_means_out():
    assert "only two of three repetitions lie inside" in PAGE
    assert inside(between=1.0) == pytest.approx(2 / 3, abs=0.01)
    assert "three times as large, not even one of\ntwo does" in PAGE
    assert inside(between=3.0) < 1 / 2


def test_four_times_the_runs():
    assert inside(runs=4) == pytest.approx(number(r"1\.25}\) - 1 = (0\.\d+)"), abs=NOISE)


def test_half_of_all_repetitions():
    stated = number(r"and \$r = (\d\.\d+)\$")
    found = optimize.brentq(lambda r: inside(between=r) - 0.5, 0.5, 5)
    assert found == pytest.approx(stated, abs=0.02)


def test_all_of_thirty_two():
    assert stats.binomtest(32, 32).proportion_ci(method="wilson").low == pytest.approx(
        number(r"Wilson's interval begins at \$(0\.\d+)\$"), abs=0.005
    )
    assert stats.binom.pmf(32, 32, 0.99) == pytest.approx(
        number(r"0\.99\^\{32\} = (0\.\d+)"), abs=5e-4
    )


def test_nineteen_of_twenty():
    passes = stats.binom.sf(18, 20, 0.9)
    assert passes == pytest.approx(number(r"0\.9\^\{19\} = (0\.\d+)"), abs=5e-4)
    assert "two of five series" in PAGE and passes == pytest.approx(2 / 5, abs=0.01)
