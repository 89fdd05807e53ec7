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


def test_gaps_are_of_pairs(values):
    found = splits.gaps({"a": values}, ["a"])["a"]
    for each, row in zip(found, values[1:], strict=True):
        expected = stats.ttest_rel(values[0], row).confidence_interval()
        assert (each.low, each.high) == pytest.approx(tuple(expected))
    each = values[0] - values[2]
    assert splits.gap(values, 2) == pytest.approx([each[:4].mean(), each[4:].mean()])


def test_times_are_ratios_of_pairs(values):
    sharp = {"a": np.array([[1.0, 1.0], [2.0, 8.0]])}
    first, second = splits.times(sharp, ["a"])["a"]
    assert first.mean == 1 and second.mean == pytest.approx(4)


def test_the_correlation_is_scipys_of_what_is_left(values):
    sharp = np.exp(values + np.random.default_rng(1).normal(size=values.shape))
    found = splits.correlation(sharp, values, 2, within=True, resamples=99)
    left = [splits.centred(each, 2, True).ravel() for each in (np.log(sharp), values)]
    assert found.mean == pytest.approx(stats.pearsonr(*left).statistic)
    assert found.low < found.mean < found.high and found.n == 8


def test_a_shift_of_one_split_does_not_count(values):
    sharp, shifted = np.exp(2 * values), values.copy()
    shifted[:, :4] += 100
    found = splits.correlation(sharp, shifted, 2, within=False, resamples=99)
    assert found.mean == pytest.approx(1)


def test_a_summary_holds_both_parts(values):
    accuracies = {"train": values, "test": values - 1}
    found = splits.summary(accuracies, 2)
    assert list(found)[:4] == ["train", "test", "train_gaps", "test_gaps"]
    assert found["worst"] == pytest.approx(values.min(1) - 1)
    assert found["test_gaps"][1].mean == pytest.approx((values[0] - values[2]).mean())


def test_a_control_stands_beside_its_batch_and_the_one_before():
    members = {"test_accuracy": np.array([[0.9, 0.8], [0.7, 0.5]]), "largest": np.ones((2, 2))}
    controls = {"test_accuracy": np.array([[0.8, 0.7]]), "largest": np.full((1, 2), 2.0)}
    found = splits.beside(members, controls, 0, 1)
    assert found["gain"].mean == pytest.approx(0.15)
    assert found["left"].mean == pytest.approx(0.1)
    assert found["times_left"].mean == pytest.approx(2)
