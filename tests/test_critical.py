"""The finder of critical points against surfaces whose critical points are known."""

import numpy as np
import pytest
import torch
from scipy.linalg import cho_factor
from torch import nn

from trainingtips import critical, curvature, surfaces


def double(*values):
    return torch.tensor(values, dtype=torch.float64)


def test_it_goes_to_the_saddle_and_not_downhill():
    point = critical.find(surfaces.two_weights, double(0.2, 0.1))
    assert point.converged and point.gradient_norm <= 1e-6
    np.testing.assert_allclose(point.theta, 0, atol=1e-6)
    np.testing.assert_allclose(point.eigenvalues, [-2, 2], atol=1e-6)
    assert point.signs() == (1, 0, 1)
    assert (point.minimum_ratio(), point.index()) == (0.5, 0.5)


def test_it_goes_to_the_valley_where_that_is_near():
    point = critical.find(surfaces.two_weights, double(1.5, 0.9))
    assert point.theta.prod() == pytest.approx(1)
    assert point.signs() == (0, 1, 1)
    assert point.eigenvalues[1] == pytest.approx(2 * float((point.theta**2).sum()))


def test_a_quadratic_takes_few_updates_whatever_the_signs():
    h = double(-3.0, -1.0, 0.5, 2.0)
    point = critical.find(surfaces.quadratic(h), double(1.0, 2.0, -1.0, 3.0), tolerance=1e-10)
    assert point.converged and point.updates <= 8
    np.testing.assert_allclose(point.eigenvalues, h)


def test_a_gradient_flat_point_is_told_from_a_critical_one():
    """L = w₁³/3 + w₁ + ½w₂² has no critical point; ‖g‖ is least at the origin, where g = (1, 0)."""
    point = critical.find(lambda t: t[0] ** 3 / 3 + t[0] + 0.5 * t[1] ** 2, double(0.8, 1.0))
    assert not point.converged
    assert point.gradient_norm == pytest.approx(1, abs=1e-4)
    assert point.flat_share == pytest.approx(1, abs=1e-3) or point.residual < 0.05
    np.testing.assert_allclose(point.theta, 0, atol=0.03)


def test_a_networks_critical_point_satisfies_an_independent_check():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    x, y = torch.randn(20, 3, dtype=torch.float64), torch.randint(2, (20,))
    loss, theta = curvature.flat_loss(network, nn.functional.cross_entropy, x, y)
    point = critical.find(loss, theta)
    assert point.converged
    there = point.theta.clone().requires_grad_()
    loss(there).backward()
    assert there.grad.norm() <= 1e-6
    expected = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, point.theta))
    np.testing.assert_allclose(point.eigenvalues, expected, atol=1e-9)


def test_a_start_that_is_critical_is_left_where_it_is():
    point = critical.find(surfaces.monkey_saddle, double(0.0, 0.0))
    assert point.converged and point.updates == 0
    assert point.signs() == (0, 2, 0)
    assert point.flat_share == 0


def test_a_slope_without_curvature_ends_at_once():
    point = critical.find(lambda t: t.sum(), double(1.0, 2.0))
    assert not point.converged and point.updates == 0
    assert point.flat_share == pytest.approx(1)


def test_walls_of_infinity_are_not_crossed():
    point = critical.find(lambda t: -torch.log(t[0]) + t[0] + t[1] ** 2, double(0.01, 1.0))
    np.testing.assert_allclose(point.theta, [1, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "words"), [({"steps": -1}, "-1"), ({"tolerance": 0}, "above 0")]
)
def test_wrong_arguments_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        critical.find(surfaces.two_weights, double(1.0, 1.0), **options)


def test_damping_below_rounding_is_raised_until_the_system_can_be_solved():
    v = torch.linspace(1, 2, 30, dtype=torch.float64)
    h, start = torch.outer(v, v).numpy(), torch.ones_like(v)  # of ½(vᵀt)²: of rank one
    with pytest.raises(np.linalg.LinAlgError):  # zeros become some that are below zero in floats
        cho_factor(h @ h + 1e-20 * np.eye(30))
    found = critical._step(lambda t: 0.5 * (v @ t) ** 2, start, h @ start.numpy(), h, 1e-20)
    assert found is not None
    assert np.linalg.norm(found[1]) < 1e-3 * np.linalg.norm(h @ start.numpy())


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_the_residual_is_the_share_of_the_gradient_that_the_hessian_sees(scale):
    def loss(t):
        return scale * (t[0] ** 2 + 3 * t[1] ** 2 + t[2])

    point = critical.find(loss, double(1.0, 1.0, 0.0), steps=0)
    g, h = scale * np.array([2.0, 6.0, 1.0]), scale * np.diag([2.0, 6.0, 0.0])
    exact = np.linalg.norm(h @ g) / (np.linalg.norm(h, 2) * np.linalg.norm(g))
    assert point.residual == pytest.approx(exact)
    assert critical.find(loss, double(0.0, 0.0, 0.0), steps=0).residual == 0
    assert critical.find(surfaces.bowl, double(0.0, 0.0)).residual == 0
