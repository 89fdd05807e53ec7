"""Linear regression: numpy's least squares, and descent written out for one order."""

from itertools import product

import numpy as np
import pytest

from trainingtips import batches
from trainingtips.experiments import regression

LINE = regression.of_line(12, slope=1.5, offset=0.5, noise=0.3)


def test_the_minimum_is_numpys():
    expected = np.linalg.lstsq(LINE.x, LINE.y, rcond=None)[0]
    assert LINE.minimum == pytest.approx(expected)


def test_without_noise_the_minimum_is_the_line():
    exact = regression.of_line(12, slope=1.5, offset=0.5, noise=0.0)
    assert exact.minimum == pytest.approx([1.5, 0.5])
    assert exact.variance == pytest.approx(0)


@pytest.mark.parametrize("make", [regression.of_digits, regression.of_clothes])
def test_pictures_are_standardised_to_the_curvature_asked_for(make):
    problem = make(200, penalty=0.05, largest=2.0)
    assert problem.x.mean(0) == pytest.approx(0, abs=1e-12)
    assert np.linalg.eigvalsh(problem.hessian)[-1] == pytest.approx(2.05)
    gradient = problem.x.T @ (problem.x @ problem.minimum - problem.y) / 200
    assert gradient + 0.05 * problem.minimum == pytest.approx(0, abs=1e-12)
    assert set(problem.y) == {-1, 1}


@pytest.mark.parametrize("batch", [1, 4])
def test_a_walk_is_descent_written_out(batch):
    path = regression.walk(LINE, (-1.0, 2.0), batch, 0.1, epochs=2, orders=3)[2]
    w, expected = np.array([-1.0, 2.0]), [[-1.0, 2.0]]
    for rows in batches.stream(12, batch, seed=2, epochs=2):
        for_each = [(LINE.x[i] @ w - LINE.y[i]) * LINE.x[i] for i in rows]
        w = w - 0.1 * np.mean(for_each, axis=0)
        expected.append(w)
    assert path == pytest.approx(np.array(expected))


def test_distances_are_those_at_the_ends_of_epochs():
    path = regression.walk(LINE, (-1.0, 2.0), 4, 0.1, epochs=2, orders=3)
    found = regression.distances(LINE, path, epochs=2)
    expected = [np.linalg.norm(path[1, at] - LINE.minimum) for at in (0, 3, 6)]
    assert found[1] == pytest.approx(expected)


def test_the_best_step_is_best_for_the_worst_start():
    values, vectors = np.linalg.eigh(LINE.hessian)
    kept = (values[1] - values[0]) / (values[1] + values[0])
    for vector in vectors.T:  # along an eigenvector one update keeps this share of the distance
        left = regression.best_step(LINE, LINE.minimum + 2 * vector)
        assert left == pytest.approx(2 * kept)


def test_the_lift_is_that_of_theory_at_small_rates():
    # of one weight: half λ times a variance of η² Σ/B / (1 − (1 − ηλ)²), but for Σ's own change
    rng = np.random.default_rng(0)
    x = np.ones((400, 1))
    problem = regression.Problem(x, rng.normal(size=400))
    eta, size = 0.05, 4
    expected = 0.5 * eta**2 * problem.variance / size / (1 - (1 - eta) ** 2)
    found = regression.lift(problem, eta, size, time=400, seeds=64)
    assert abs(found.mean() - expected) < 4 * found.std() / 8
    assert regression.expected_lift(problem, eta, size, time=400) == pytest.approx(expected)
    pairs = regression.lifts(problem, {0.05: [4], 0.1: [2, 8]}, 1, 2)
    assert list(pairs) == [(0.05, 4), (0.1, 2), (0.1, 8)]


def test_the_expected_lift_is_the_mean_over_every_way_to_draw():
    """Two weights, three examples, four updates: all 81 ways, one by one."""
    rng = np.random.default_rng(0)
    problem = regression.Problem(rng.normal(size=(3, 2)), rng.normal(size=3), penalty=0.1)
    x, y, h, eta = problem.x, problem.y, problem.hessian, 0.3
    found = []
    for rows in product(range(3), repeat=4):
        w = problem.minimum
        for i in rows:
            w = w - eta * ((x[i] @ w - y[i]) * x[i] + problem.penalty * w)
        off = w - problem.minimum
        found.append(0.5 * off @ h @ off)
    # the last quarter of four updates is the last one
    expected = regression.expected_lift(problem, eta, 1, time=4 * eta)
    assert expected == pytest.approx(np.mean(found))
