"""Members of splits: means taken away by loops, and scipy's correlation."""

import numpy as np
import pytest
from scipy import stats

from trainingtips.experiments import splits


@pytest.fixture
def values():
    return np.random.default_rng(0).normal(size=(3, 8))


@pytest.mark.parametrize("within", [True, False])
def test_every_splits_mean_is_gone(values, within):
    found = splits.centred(values, 2, within)
    for first in (0, 4):
        part, own = found[:, first : first + 4], values[:, first : first + 4]
        means = own.mean(1, keepdims=True) if within else own.mean()
        assert part == pytest.approx(own - means)


def test_gaps_are_of_pairs_and_their_intervals_over_splits(values):
    found = splits.gaps({"a": values}, ["a"], 4)["a"]
    for each, row in zip(found, values[1:], strict=True):
        first, other = (v.reshape(4, 2).mean(1) for v in (values[0], row))
        expected = stats.ttest_rel(first, other).confidence_interval()
        assert (each.low, each.high) == pytest.approx(tuple(expected)) and each.n == 4
    each = values[0] - values[2]
    assert splits.gap(values, 2) == pytest.approx([each[:4].mean(), each[4:].mean()])


def test_members_of_one_split_count_as_one(values):
    """Ten times the starts that are all alike say nothing more."""
    few, many = (splits.over(np.repeat(values[0], k), 8) for k in (1, 10))
    assert (few.low, few.high) == pytest.approx((many.low, many.high))


def test_times_are_ratios_of_pairs():
    sharp = {"a": np.array([[1.0, 1.0], [2.0, 8.0]])}
    first, second = splits.times(sharp, ["a"], 2)["a"]
    assert first.mean == 1 and second.mean == pytest.approx(4)


def test_of_a_mean_the_jackknife_is_students(values):
    found = splits.jackknife(lambda kept: values[0][kept].mean(), 8)
    expected = stats.ttest_1samp(values[0], 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx(tuple(expected))


@pytest.mark.parametrize("within", [True, False])
def test_a_trend_is_scipys_of_what_is_left(values, within):
    sharp = np.exp(values + np.random.default_rng(1).normal(size=values.shape))
    found = splits.trend(sharp, values, 4, within)
    left = [splits.centred(each, 4, within).ravel() for each in (np.log(sharp), values)]
    fit = stats.linregress(*left)
    assert found["correlation"].mean == pytest.approx(fit.rvalue)
    assert found["slope"].mean == pytest.approx(fit.slope)
    assert found["spread"].mean == pytest.approx(left[0].std())
    apart = splits.slopes_apart(sharp, values, 4, 0.95)
    both = [splits.trend(sharp, values, 4, each)["slope"].mean for each in (True, False)]
    assert apart.mean == pytest.approx(both[0] - both[1]) and apart.low < apart.mean < apart.high


def test_a_shift_of_one_split_does_not_count(values):
    sharp, shifted = np.exp(2 * values), values.copy()
    shifted[:, :4] += 100
    assert splits.trend(sharp, shifted, 2, within=False)["correlation"].mean == pytest.approx(1)


def test_a_summary_holds_both_parts(values):
    accuracies = {"train": values, "test": values - 1}
    found = splits.summary(accuracies, 2)
    assert list(found)[:4] == ["train", "test", "train_gaps", "test_gaps"]
    assert found["worst"] == pytest.approx(values.min(1) - 1)
    assert found["test_gaps"][1].mean == pytest.approx((values[0] - values[2]).mean())


def test_a_control_stands_beside_its_batch_and_the_one_before():
    members = {"test_accuracy": np.array([[0.9, 0.8], [0.7, 0.5]]), "largest": np.ones((2, 2))}
    controls = {"test_accuracy": np.array([[0.8, 0.7]]), "largest": np.full((1, 2), 2.0)}
    found = splits.beside(members, controls, 0, 1, 2)
    assert found["gain"].mean == pytest.approx(0.15)
    assert found["gap_before"].mean == pytest.approx(0.1)
    assert found["times"].mean == found["times_before"].mean == pytest.approx(2)
