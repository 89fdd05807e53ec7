"""The line's valley against autograd, and Adagrad there against the lecture's form."""

import numpy as np
import torch

from trainingtips.experiments import valley
from trainingtips.experiments.valley import LINE

START = (-120.0, -4.0)


def test_the_bowl_is_its_own_loss():
    theta = torch.tensor([-150.0, 1.0], dtype=torch.float64)
    x, y = torch.from_numpy(LINE.x), torch.from_numpy(LINE.y)

    def loss(theta):
        return 0.5 * ((theta[0] + theta[1] * x - y) ** 2).mean()

    assert abs(float(loss(theta)) - LINE.loss(theta.numpy())) < 1e-9
    found = torch.autograd.functional.hessian(loss, theta).numpy()
    np.testing.assert_allclose(found, LINE.hessian, rtol=1e-12)
    path, rate = valley.walk(LINE, 1e-3, 1, start=theta.tolist()), 1e-3
    expected = theta - rate * torch.func.grad(loss)(theta)
    np.testing.assert_allclose(path[1], expected.numpy(), rtol=1e-12)


def test_the_mean_over_history_is_the_lectures():
    found = valley.adagrad(0.5, True, 40, START)
    h, design = LINE.hessian, LINE.design
    theta, history = np.array(START), []
    for t in range(40):
        np.testing.assert_allclose(found["path"][t], theta, rtol=1e-7)
        gradient = design.T @ (design @ theta - LINE.y) / len(LINE.y)
        history.append(gradient)
        sigma = np.sqrt(np.mean(np.square(history), axis=0))
        largest = np.abs(np.linalg.eigvals(0.5 * h / sigma[:, None])).max()
        assert abs(found["step"][t] / largest - 1) < 1e-6
        theta = theta - 0.5 * gradient / sigma


def test_an_update_keeps_the_larger_of_two_shares():
    values, vectors = np.linalg.eigh(LINE.hessian)
    for rate in (1e-4, 1.9 / values[1]):
        expected = np.abs(1 - rate * values).max()
        assert abs(valley.kept(rate, vectors) - expected) < 1e-9


def test_rates_of_each_weight_make_the_diagonal_equal():
    scaled = LINE.weight_rates[:, None] * LINE.hessian
    assert abs(scaled[0, 0] - scaled[1, 1]) < 1e-12
    values = np.linalg.eigvals(scaled)
    assert abs(values.sum() - 2) < 1e-9  # the best common factor: both ends shrink alike
    error = 0.9 ** np.arange(41)[:, None] * [3.0, -1.0]
    assert abs(valley.tail(error) - 0.9) < 1e-12
    assert abs(valley.per_ten(0.9) - 1) < 1e-12


def test_a_burst_is_found_with_its_growth():
    step, across = np.full(100, 1.0), np.full(100, 0.5)
    step[60:64] = 2.5
    across[60:64] = [0.5, 1.0, 2.0, 4.0]
    found = valley.bursts({"step": step, "across": across})
    assert (found["updates"], found["ends"], found["growth"]) == ([60], [64], [4.0])
    assert found["outside"] == 1.0 / 1.0
