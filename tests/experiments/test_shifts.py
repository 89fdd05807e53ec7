"""Shifted minima: a quadratic's exact rises, and scikit-learn's logistic regression."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from trainingtips import data
from trainingtips.curvature import gradient
from trainingtips.experiments import shifts


@pytest.fixture(scope="module")
def digits():
    return shifts.pooled()


def test_pooling_takes_means_of_four_pixels(digits):
    picture = data.load("digits").x[7].double().reshape(8, 8)
    assert torch.isclose(digits.x[7].reshape(4, 4)[1, 2], picture[2:4, 4:6].mean())


def test_a_quadratic_pays_half_lambda_delta_squared():
    curvatures = torch.tensor([1.0, 9.0, 4.0], dtype=torch.float64)

    def bowl(theta):
        return 0.5 * (curvatures * theta**2).sum()

    theta, deltas = torch.zeros(3, dtype=torch.float64), np.array([0.1, 2.0])
    values, rises = shifts.along_eigenvectors(bowl, theta, [0, 2], deltas)
    assert values == pytest.approx([9, 1])
    assert np.array(rises) == pytest.approx(0.5 * values[:, None] * deltas**2)


def test_the_network_is_at_a_minimum(digits):
    loss, theta = shifts.network(digits, hidden=2, penalty=0.1, train=64)
    assert gradient(loss, theta).norm() < 1e-5
    rng = torch.Generator().manual_seed(0)
    around = [0.01 * torch.randn(len(theta), generator=rng, dtype=theta.dtype) for _ in range(20)]
    assert all(loss(theta + step) > loss(theta) for step in around)


def test_newton_finds_what_another_solver_finds(digits):
    rows, penalty = np.arange(300), 1e-2
    w, h = shifts.logistic(digits, rows, penalty)
    x = np.column_stack([digits.x[rows].numpy(), np.ones(300)])
    solver = LogisticRegression(
        C=1 / (penalty * 300), fit_intercept=False, tol=1e-12, max_iter=10_000
    )
    solver.fit(x, digits.y[rows].numpy() % 2)
    assert w == pytest.approx(solver.coef_[0], abs=1e-4)
    assert (np.linalg.eigvalsh(h) > penalty).all()


def test_halves_are_of_different_examples_and_differ(digits):
    curvatures, squared = shifts.between_halves(digits, half=200, penalty=1e-2, seeds=2)
    assert curvatures.shape == squared.shape == (2, 17)
    assert (np.diff(curvatures) >= 0).all() and (squared.sum(1) > 0).all()
    order = np.random.default_rng(1).permutation(len(digits))
    (first, _), (second, _) = (
        shifts.logistic(digits, order[part], 1e-2) for part in (slice(200), slice(200, 400))
    )
    assert squared[1].sum() == pytest.approx(((first - second) ** 2).sum())  # turned, as long


def test_what_new_data_cost_is_what_the_sandwich_says(digits):
    """The mean over many halvings, and for a model that is true without a penalty, 1/N."""
    values, squared = shifts.between_halves(digits, 898, 1e-3, seeds=200)
    expected = shifts.expected_paid(digits, 898, 1e-3)
    assert values.mean(0) == pytest.approx(expected[0], rel=0.1)
    paid = (0.5 * values * squared).mean(0)
    assert paid.mean() == pytest.approx(expected[1].mean(), rel=0.1)
    assert paid[:4].mean() == pytest.approx(expected[1][:4].mean(), rel=0.2)
    w, _ = shifts.logistic(digits, np.arange(len(digits)), 1e-3)
    x = np.column_stack([digits.x.numpy(), np.ones(len(digits))])
    true = np.random.default_rng(0).random(len(digits)) < 1 / (1 + np.exp(-x @ w))
    made = data.Dataset(digits.x, torch.from_numpy(true.astype(np.int64)), 2)
    assert shifts.expected_paid(made, 898, 0.0)[1] * 898 == pytest.approx(np.ones(17), rel=0.25)
