"""Random matrices against their eigenvalues, closed forms and their own moments."""

import math

import numpy as np
import pytest

from trainingtips import random_matrices


def test_a_draw_is_symmetric_with_twice_the_variance_on_the_diagonal():
    found = random_matrices.draw(4, 50_000, np.random.default_rng(0))
    np.testing.assert_array_equal(found, found.transpose(0, 2, 1))
    expected = (1 + np.eye(4)) / 2
    error = math.sqrt(2 / 50_000)  # relative, of a normal variance
    assert (abs(found.var(0) / expected - 1) < 5 * error).all()
    assert (abs(found.mean(0)) < 5 * np.sqrt(expected / 50_000)).all()


@pytest.mark.parametrize("n", range(1, 6))
def test_pivots_and_eigenvalues_agree_on_what_is_positive(n):
    matrices = random_matrices.draw(n, 5000, np.random.default_rng(n)) + np.eye(n)
    lowest = np.linalg.eigvalsh(matrices)[:, 0]
    assert (lowest > 0).any() and (lowest < 0).any()
    np.testing.assert_array_equal(random_matrices.positive(matrices), lowest > 0)


@pytest.mark.parametrize(
    ("n", "closed"), [(1, 1 / 2), (2, (2 - 2**0.5) / 4), (3, 1 / 4 - 1 / (2**0.5 * math.pi))]
)
def test_the_chance_is_that_of_the_closed_forms(n, closed):
    assert random_matrices.positive_chance(n) == pytest.approx(closed, rel=1e-10)


def test_the_chance_for_four_is_that_of_drawn_matrices():
    drawn = random_matrices.draw(4, 400_000, np.random.default_rng(7))
    chance = random_matrices.positive_chance(4)
    share = random_matrices.positive(drawn).mean()
    assert abs(share - chance) < 5 * math.sqrt(chance / 400_000)


@pytest.mark.parametrize("n", [0, -1, 2.0])
def test_a_size_that_is_none_is_refused(n):
    with pytest.raises(ValueError, match="whole number"):
        random_matrices.positive_chance(n)


def test_the_share_is_near_the_chance():
    found = random_matrices.positive_share(2, 20_000, 5000, np.random.default_rng(3), 0.999)
    assert found.low < random_matrices.positive_chance(2) < found.high
    assert found.n == 20_000


def test_pivots_and_eigenvalues_are_compared():
    assert random_matrices.disagreements(3, 500, np.random.default_rng(0)) == 0


def test_uniform_entries_have_the_moments_of_normal_ones_and_are_bounded():
    found = random_matrices.uniform(3, 50_000, np.random.default_rng(1))
    np.testing.assert_array_equal(found, found.transpose(0, 2, 1))
    expected = (1 + np.eye(3)) / 2
    assert (abs(found.var(0) / expected - 1) < 5 * math.sqrt(2 / 50_000)).all()
    assert abs(found).max() <= math.sqrt(3)


def test_turned_matrices_have_independent_eigenvalues_in_a_frame_of_no_preference():
    found = random_matrices.turned(3, 50_000, np.random.default_rng(2))
    np.testing.assert_allclose(found, found.transpose(0, 2, 1), atol=1e-12)
    trace = np.trace(found, axis1=1, axis2=2)  # the sum of three standard normals
    assert abs(trace.var() / 3 - 1) < 5 * math.sqrt(2 / 50_000)
    positive = random_matrices.positive(found).mean()
    assert abs(positive - 1 / 8) < 5 * math.sqrt(1 / 8 * 7 / 8 / 50_000)
    diagonal = found.diagonal(axis1=1, axis2=2)
    assert (abs(diagonal.mean(0)) < 5 / math.sqrt(50_000)).all()
    assert np.ptp(diagonal.var(0)) < 0.05
