"""A turned valley against scipy's search, and updates against a closed form."""

import numpy as np
import pytest
import torch
from scipy import optimize

from trainingtips.experiments import turning


@pytest.mark.parametrize("angle", [0.1, 0.5, 0.7])
def test_no_rates_leave_a_smaller_condition_number(angle):
    h = turning.turned(angle, 100)[1]

    def condition(log_ratio):
        scale = np.array([1.0, np.exp(log_ratio / 2)])
        values = np.linalg.eigvalsh(scale[:, None] * h * scale)
        return values[1] / values[0]

    best = optimize.minimize_scalar(
        condition, bounds=(-8, 8), method="bounded", options={"xatol": 1e-9}
    )
    assert abs(best.fun / turning.scaled_condition(angle, 100) - 1) < 1e-6


def test_descent_needs_the_updates_of_its_closed_form_at_every_angle():
    start, goal = np.array([[1.0, 0.0]]), 0.01  # along the valley, λ = 1
    rates, angles = np.array([0.05, 0.15]), np.array([0.0, 0.4])
    found = turning.updates(torch.optim.SGD, rates, angles, start, 10, goal, 500)
    expected = np.ceil(np.log(goal) / np.log(1 - rates))
    assert found[:, :, 0].tolist() == [expected.tolist()] * 2
    least, chosen = turning.best(torch.optim.SGD, rates, angles, start, 10, goal, 500)
    assert chosen.tolist() == [0.15] * 2
    assert least[:, 0].tolist() == [expected[1]] * 2


def test_who_does_not_arrive_has_the_limit():
    found = turning.updates(torch.optim.SGD, [1e-9], [0.3], turning.circle(3, 0), 10, 0.01, 20)
    assert found.tolist() == [[[20.0] * 3]]


def test_starts_lie_on_the_circle():
    np.testing.assert_allclose(np.linalg.norm(turning.circle(5, 1), axis=1), 1)
