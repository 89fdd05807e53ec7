"""The floor of the loss under noise against Lyapunov's equation."""

import numpy as np
from scipy import linalg

from trainingtips.experiments import floors


def expected(eta, beta):
    matrix = np.array([[1 + beta - eta, -beta], [1.0, 0.0]])
    return linalg.solve_discrete_lyapunov(matrix, np.diag([eta**2, 0.0]))[0, 0] / 2


def test_floors_are_lyapunovs():
    eta, beta = np.array([[0.1], [0.3]]), np.array([[0.0], [0.5]])
    found = floors.floors(eta, beta, seeds=64, burn_in=200, updates=2000, seed=0)
    assert found.shape == (2, 64)
    for row, each, memory in zip(found, eta[:, 0], beta[:, 0], strict=True):
        error = row.std(ddof=1) / 8
        assert abs(row.mean() - expected(each, memory)) < 4 * error


def test_traces_begin_at_the_start_and_fall_as_the_mean_does():
    found = floors.traces([(0.1, 0.0), (0.01, 0.9)], start=3.0, seeds=64, updates=50, seed=0)
    assert found.shape == (2, 51, 64)
    np.testing.assert_allclose(found[:, 0], 4.5)
    found = found.mean(2)
    # E θ² = (1 − η)²ᵗ θ₀² + η² Σ (1 − η)²ᵏ, without momentum
    t = np.arange(51)
    mean = 0.5 * (9 * 0.81**t + 0.01 * (1 - 0.81**t) / 0.19)
    np.testing.assert_allclose(found[0][:20], mean[:20], rtol=0.2)
