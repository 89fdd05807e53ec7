"""Intervals against scipy's own tests, closed forms and their coverage in simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trainingtips.statistics import (
    Measured,
    bootstrap,
    columns,
    exponent,
    median,
    over_clusters,
    paired,
    proportion,
    ratio,
    share,
    student,
)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
def test_student_is_scipys_interval(confidence):
    samples = np.random.default_rng(0).normal(3, 2, 20)
    measured = student(samples, confidence)
    expected = stats.ttest_1samp(samples, 0).confidence_interval(confidence)
    assert (measured.low, measured.high) == pytest.approx((expected.low, expected.high))
    assert measured.mean == pytest.approx(sum(samples) / 20)
    assert measured.n == 20


def test_paired_is_scipys_interval_and_narrower_than_unpaired():
    rng = np.random.default_rng(1)
    level = rng.normal(0, 10, 30)  # what the pairs share
    a, b = level + rng.normal(1, 1, 30), level + rng.normal(0, 1, 30)
    measured = paired(a, b)
    expected = stats.ttest_rel(a, b).confidence_interval()
    assert (measured.low, measured.high) == pytest.approx((expected.low, expected.high))
    unpaired = stats.ttest_ind(a, b).confidence_interval()
    assert measured.high - measured.low < (unpaired.high - unpaired.low) / 5


@pytest.mark.parametrize(("n", "confidence"), [(2, 0.95), (8, 0.95), (8, 0.6), (30, 0.99)])
def test_student_covers_at_its_rate(n, confidence):
    trials = 3000
    draws = np.random.default_rng(n).normal(5, 3, size=(trials, n))
    intervals = [student(row, confidence) for row in draws]
    inside = sum(m.low <= 5 <= m.high for m in intervals)
    # four standard deviations of a count with that chance
    spread = np.sqrt(trials * confidence * (1 - confidence))
    assert abs(inside - trials * confidence) < 4 * spread


@settings(deadline=None, derandomize=True)
@given(
    st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20),
    st.floats(-100, 100),
    st.floats(0.01, 0.99),
)
def test_student_shifts_with_its_samples_and_ignores_their_order(samples, shift, confidence):
    one = student(samples, confidence)
    moved = student(np.array(samples[::-1]) + shift, confidence)
    assert moved.mean - shift == pytest.approx(one.mean, abs=1e-6)
    assert moved.low - shift == pytest.approx(one.low, abs=1e-6)
    assert moved.high - shift == pytest.approx(one.high, abs=1e-6)
    wider = student(samples, (1 + confidence) / 2)
    assert wider.low <= one.low <= one.mean <= one.high <= wider.high


def test_bootstrap_of_a_mean_agrees_with_students_interval():
    samples = np.random.default_rng(2).normal(1, 2, 200)
    measured, expected = bootstrap(samples), student(samples)
    width = expected.high - expected.low
    assert measured.mean == pytest.approx(expected.mean)
    assert measured.low == pytest.approx(expected.low, abs=0.06 * width)
    assert measured.high == pytest.approx(expected.high, abs=0.06 * width)


def test_bootstrap_covers_at_its_rate():
    draws = np.random.default_rng(3).exponential(size=(300, 60))
    intervals = [bootstrap(row, resamples=400, seed=i) for i, row in enumerate(draws)]
    inside = np.mean([m.low <= 1 <= m.high for m in intervals])
    assert abs(inside - 0.95) < 0.05  # three standard deviations and BCa's own error


def test_bootstrap_takes_any_statistic_and_repeats_itself():
    samples = np.random.default_rng(4).normal(size=41)
    measured = bootstrap(samples, np.median, seed=7)
    assert measured.mean == sorted(samples)[20]
    assert measured == bootstrap(samples, np.median, seed=7)
    assert bootstrap(samples, seed=7) != bootstrap(samples, seed=8)


def test_bootstrap_where_bca_is_not_defined():
    assert bootstrap([2.0, 2.0, 2.0]) == Measured(2.0, 2.0, 2.0, 3)
    ties = bootstrap([0.0] * 9 + [1.0], np.median)  # the jackknife's medians are all zero
    assert (ties.low, ties.mean) == (0, 0)


@pytest.mark.parametrize(("found", "n"), [(0, 7), (3, 10), (32, 32), (64, 64)])
def test_share_is_wilsons_closed_form(found, n):
    measured = share(np.arange(n) < found)
    z, p = stats.norm.ppf(0.975), found / n
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    assert (measured.mean, measured.n) == (p, n)
    assert (measured.low, measured.high) == pytest.approx((centre - half, centre + half), abs=1e-12)


@pytest.mark.parametrize("n", [6, 15, 32, 64])
def test_median_covers_at_least_at_its_rate_whatever_the_distribution(n):
    draws = np.random.default_rng(n).exponential(size=(2000, n))
    intervals = [median(row) for row in draws]
    inside = np.mean([m.low <= np.log(2) <= m.high for m in intervals])
    below = max(k for k in range(1, n) if stats.binom.cdf(k - 1, n, 0.5) <= 0.025)
    exact = 1 - 2 * stats.binom.cdf(below - 1, n, 0.5)
    assert exact >= 0.95
    assert abs(inside - exact) < 4 * np.sqrt(exact * (1 - exact) / 2000)


def test_median_of_what_was_looked_at_now_and_then_holds_the_median_itself():
    times = np.random.default_rng(5).integers(1, 500, size=(500, 32))
    seen = -(-times // 20) * 20  # the first look at or after each
    for row, late in zip(times, seen, strict=True):
        own, found = median(row), median(late, looked=20)
        assert found.low <= own.low and own.high <= found.high
    assert median([120.0] * 32, looked=20) == Measured(120.0, 101.0, 120.0, 32)


def test_median_and_share_refuse_too_little():
    with pytest.raises(ValueError, match="too few samples"):
        median([1.0, 2.0, 3.0, 4.0, 5.0])
    with pytest.raises(ValueError, match="expected samples"):
        share([])


@pytest.mark.parametrize("interval", [student, bootstrap])
@pytest.mark.parametrize(
    ("samples", "words"),
    [([1.0], "two"), ([[1.0, 2.0]], "shape"), ([1.0, np.nan], "finite"), ([], "two")],
)
def test_intervals_refuse(interval, samples, words):
    with pytest.raises(ValueError, match=words):
        interval(samples)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_confidence_is_a_share(confidence):
    with pytest.raises(ValueError, match=str(confidence)):
        student([1.0, 2.0], confidence)


def test_pairs_need_equal_shapes():
    with pytest.raises(ValueError, match=r"\(3,\) and \(2,\)"):
        paired([1.0, 2.0, 3.0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((1, 2, 3, 4), "low <= mean"),
        ((np.nan, np.nan, np.nan, 4), "low <= mean"),
        ((1, 0, 3, 0), "n counts"),
        ((1, 0, 3, 2.5), "n counts"),
    ],
)
def test_measured_refuses_nonsense(numbers, words):
    with pytest.raises(ValueError, match=words):
        Measured(*numbers)


def test_one_sample_is_a_count_and_none_is_not():
    assert Measured(1.0, 0.5, 1.5, 1).n == 1
    with pytest.raises(ValueError, match="received 0"):
        Measured(1.0, 0.5, 1.5, 0)


def test_columns_are_the_means_and_both_ends():
    means, lows, highs = columns([Measured(1.0, 0.5, 1.5, 3), Measured(2.0, 1.0, 4.0, 5)])
    assert (means.tolist(), lows.tolist(), highs.tolist()) == ([1, 2], [0.5, 1], [1.5, 4])
    assert all(each.shape == (0,) for each in columns([]))


@pytest.mark.parametrize(("hits", "n"), [(0, 12), (3, 12), (12, 12), (600, 1000)])
def test_a_share_has_the_ends_that_a_test_of_them_would_just_not_reject(hits, n):
    measured = proportion(hits, n, confidence=0.9)
    z = stats.norm.ppf(0.95)
    for end in {measured.low, measured.high} - {0.0, 1.0}:  # Wilson: the score test's own edge
        assert abs(hits / n - end) / np.sqrt(end * (1 - end) / n) == pytest.approx(z)
    exact = proportion(hits, n, confidence=0.9, method="exact")
    if hits:  # Clopper and Pearson: one tail is 5 %
        assert stats.binom.sf(hits - 1, n, exact.low) == pytest.approx(0.05)
    if hits < n:
        assert stats.binom.cdf(hits, n, exact.high) == pytest.approx(0.05)
    assert measured.mean == exact.mean == hits / n and measured.n == n


@pytest.mark.parametrize(("hits", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_a_share_of_what_was_not_tried_is_refused(hits, n):
    with pytest.raises(ValueError, match=f"received {hits} of {n}"):
        proportion(hits, n)


def test_a_ratio_is_scipys_geometric_mean_and_turns_over_with_its_pair():
    rng = np.random.default_rng(5)
    a, b = rng.lognormal(1, 0.5, 20), rng.lognormal(0, 0.5, 20)
    one, other = ratio(a, b), ratio(b, a)
    assert one.mean == pytest.approx(stats.gmean(a / b))
    ends = (other.high, other.mean, other.low)
    assert (one.low, one.mean, one.high) == pytest.approx([1 / each for each in ends])
    expected = stats.ttest_1samp(np.log(a / b), 0).confidence_interval()
    assert (one.low, one.high) == pytest.approx((np.exp(expected.low), np.exp(expected.high)))
    with pytest.raises(ValueError, match="above zero"):
        ratio([1.0, 0.0], [1.0, 1.0])


def test_an_exponent_is_that_of_a_power_and_of_scipys_regression():
    x = np.geomspace(1, 100, 9)
    assert exponent(x, 3 * x**-0.5) == pytest.approx(-0.5)
    noisy = x**2 * np.random.default_rng(6).lognormal(0, 0.3, 9)
    assert exponent(x, noisy) == pytest.approx(stats.linregress(np.log(x), np.log(noisy)).slope)


@pytest.mark.parametrize("confidence", [0, 1, -0.1, 1.5])
def test_a_share_without_doubt_or_without_belief_is_refused(confidence):
    with pytest.raises(ValueError, match=f"received {confidence}"):
        proportion(3, 5, confidence)


@pytest.mark.parametrize("k", [12, 30])  # with fewer the resampled means are not yet normal
def test_over_clusters_of_one_each_is_students_interval(k):
    samples = np.random.default_rng(k).normal(3, 2, k)
    expected = student(samples)
    measured = over_clusters(np.mean, np.arange(k), samples, resamples=9999)
    width = expected.high - expected.low
    assert (measured.mean, measured.n) == (pytest.approx(expected.mean), k)
    assert measured.low == pytest.approx(expected.low, abs=0.1 * width)
    assert measured.high == pytest.approx(expected.high, abs=0.1 * width)


def test_members_that_repeat_their_cluster_tell_nothing_new():
    once = np.random.default_rng(0).normal(size=8)
    one = over_clusters(np.median, np.arange(8), once)
    assert over_clusters(np.median, np.repeat(np.arange(8), 5), np.repeat(once, 5)) == one


def test_over_clusters_covers_where_an_interval_over_members_does_not():
    trials, k, members = 400, 8, 4
    rng, clusters = np.random.default_rng(1), np.repeat(np.arange(k), members)
    inside, naive = 0, 0
    for _ in range(trials):
        samples = rng.normal(size=k)[clusters] + rng.normal(0, 0.5, k * members)
        found, plain = over_clusters(np.mean, clusters, samples, resamples=299), student(samples)
        inside += found.low <= 0 <= found.high
        naive += plain.low <= 0 <= plain.high
    spread = np.sqrt(trials * 0.95 * 0.05)
    assert inside > trials * 0.95 - 4 * spread
    assert naive < trials * 0.95 - 8 * spread


def test_over_clusters_resamples_several_samples_together():
    rng = np.random.default_rng(2)
    x, clusters = rng.normal(size=60), np.repeat(np.arange(10), 6)
    found = over_clusters(lambda a, b: stats.spearmanr(a, b).statistic, clusters, x, np.exp(x))
    assert (found.low, found.mean, found.high) == pytest.approx((1, 1, 1))


@pytest.mark.parametrize(
    ("clusters", "words"), [([0, 1, 2, 3, 4], "six"), (list(range(7)), r"\(7,\) and \[\(5,\)\]")]
)
def test_over_clusters_refuses(clusters, words):
    with pytest.raises(ValueError, match=words):
        over_clusters(np.mean, clusters, np.arange(5.0))


MASKED = np.ma.array(np.arange(1.0, 13.0), mask=[False] * 11 + [True])
SAMPLED = {
    "student": student,
    "paired": lambda samples: paired(samples, np.arange(12.0)),
    "paired with": lambda samples: paired(np.arange(12.0), samples),
    "bootstrap": lambda samples: bootstrap(samples, resamples=99),
    "median": median,
    "over clusters": lambda samples: over_clusters(np.mean, range(12), samples, resamples=99),
    "ratio": lambda samples: ratio(samples, np.arange(1.0, 13.0)),
    "ratio to": lambda samples: ratio(np.arange(1.0, 13.0), samples),
    "exponent": lambda samples: exponent(samples, np.arange(1.0, 13.0)),
    "exponent of": lambda samples: exponent(np.arange(1.0, 13.0), samples),
}
ODD = {
    "masked": (MASKED, ValueError, r"masked samples; fill them, or drop them"),
    "texts": ([str(k) for k in range(1, 13)], TypeError, "expected numbers, received .*1"),
    "a text": ("abc", TypeError, "received str"),
    "among others": ([*range(1, 12), "12"], TypeError, "expected numbers, received .*'"),
    "None": (None, TypeError, "received NoneType"),
    "one None": ([*range(1, 12), None], ValueError, r"finite.*received nan"),
    "nan": ([*range(1, 12), np.nan], ValueError, r"finite.*received nan"),
    "inf": ([*range(1, 12), np.inf], ValueError, r"finite.*received -?inf"),
    "complex": (np.arange(1, 13) * 1j, TypeError, "expected numbers, received"),
    "dates": (np.arange(1, 13).astype("datetime64[D]"), TypeError, "expected numbers"),
    "a generator": ((k for k in range(12)), TypeError, "received generator"),
    "too large": ([*range(1, 12), 10**400], ValueError, "beyond a float's"),
    "empty": ([], ValueError, "shape|above zero|two values"),
    "two axes": (np.ones((12, 2)), ValueError, r"shape|\(12, 2\)"),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", SAMPLED)
def test_what_are_no_samples_is_refused_everywhere(name, odd):
    samples, error, words = ODD[odd]
    with pytest.raises(error, match=words):
        SAMPLED[name](samples)


@pytest.mark.parametrize("name", SAMPLED)
def test_every_kind_of_number_is_taken(name):
    plain = np.arange(1.0, 13.0) ** 2
    expected = SAMPLED[name](plain)
    for same in (plain.tolist(), plain.astype(np.int64), plain.astype(object), np.ma.array(plain)):
        assert SAMPLED[name](same) == expected


@pytest.mark.parametrize("other", [2, 0.5, np.nan, None, "yes", -1])
def test_a_share_of_what_is_neither_true_nor_false_is_refused(other):
    for found in ([1, 0, other], np.array([1, 0, other], dtype=object)):
        with pytest.raises(ValueError, match="is of what is true or false"):
            share(found)
    with pytest.raises(ValueError, match="masked"):
        share(np.ma.array([True, False], mask=[True, False]))


def test_a_share_of_ones_and_zeros_is_that_of_true_and_false():
    expected = share([True, False, True])
    kinds = (int, float, np.uint8, object)
    assert all(share(np.array([1, 0, 1], dtype=kind)) == expected for kind in kinds)


@pytest.mark.parametrize(
    ("hits", "n"), [(2.5, 10), (3, 10.5), (np.nan, 10), (3, np.inf), ("3", 10), (None, 10)]
)
def test_a_share_of_no_whole_trials_is_refused(hits, n):
    with pytest.raises(ValueError, match=f"whole numbers.*received {hits} of {n}"):
        proportion(hits, n)
    assert proportion(np.int64(3), 10.0) == proportion(3, 10)


@pytest.mark.parametrize(
    "names",
    [
        [*range(11), np.nan],
        [*"abcdefghijk", None],
        np.array([*range(11), "NaT"], dtype="datetime64[D]"),
        np.ma.array(range(12), mask=[True] + [False] * 11),
    ],
)
def test_a_sample_without_a_cluster_is_refused(names):
    with pytest.raises(ValueError, match=r"received (nan or None|masked)"):
        over_clusters(np.mean, names, np.arange(12.0))


def test_a_statistic_without_a_value_has_no_interval():
    nothing = lambda samples, axis=None: np.nan  # noqa: E731
    with pytest.raises(ValueError, match="statistic of the samples is nan"):
        bootstrap([1.0, 2.0, 3.0], nothing)
    with pytest.raises(ValueError, match="statistic of the samples is nan"):
        over_clusters(nothing, range(6), np.arange(6.0))
    with pytest.raises(ValueError, match=r"resamples.*received 0"):
        over_clusters(np.mean, range(6), np.arange(6.0), resamples=0)


@pytest.mark.parametrize("looked", [0, -3, 2.5, np.nan])
def test_what_was_looked_at_less_than_once_is_refused(looked):
    with pytest.raises(ValueError, match=f"looked.*received {looked}"):
        median(range(12), looked=looked)


def test_an_exponent_needs_a_range_and_pairs():
    with pytest.raises(ValueError, match="two values of x"):
        exponent([2.0, 2.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"\(3,\) and \(2,\)"):
        exponent([1.0, 2.0, 3.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="above zero; received 0"):
        exponent([1.0, 2.0, 3.0], [1.0, 0.0, 3.0])
    with pytest.raises(ValueError, match="above zero; received -1"):
        exponent([-1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    half = np.array([1, 2, 4], dtype=np.float16)
    assert exponent(half, half**2) == pytest.approx(2)
