"""What random directions and planes see: closed forms, projected eigenvalues, quadratic losses."""

import numpy as np
import pytest
import torch

from trainingtips.experiments import curvature_slices as slices
from trainingtips.surfaces import quadratic


def test_closed_planes_have_two_positive_eigenvalues():
    rng = np.random.default_rng(1)
    values, z = np.array([-1.0, 0.5, 2.0, 3.0]), rng.normal(size=(200, 2, 4))
    found = slices.closed(z, values)
    for pair, closed in zip(z, found, strict=True):
        basis = np.linalg.qr(pair.T)[0]
        assert closed == (np.linalg.eigvalsh(basis.T @ np.diag(values) @ basis)[0] > 0)
    assert 0 < found.mean() < 1


def test_circles_around_a_minimum_and_a_maximum_of_a_quadratic():
    bowl = quadratic(torch.tensor([1.0, 2, 3]).double())
    centre, settings = torch.zeros(3).double(), (0, 8, 12, (0.1, 2.0))
    assert slices.circles(centre, bowl, *settings) == {"closed": [8, 8], "disagree": [0, 0]}
    down = lambda theta: -bowl(theta)  # noqa: E731
    assert slices.circles(centre, down, *settings) == {"closed": [0, 0], "disagree": [0, 0]}


def test_a_wall_that_the_hessian_does_not_know_is_a_disagreement():
    walled = lambda theta: -(theta**2).sum(-1) + 100 * (theta**4).sum(-1)  # noqa: E731
    found = slices.circles(torch.zeros(3).double(), walled, 0, 8, 12, (0.01, 3.0))
    assert found == {"closed": [0, 8], "disagree": [0, 8]}


def test_in_the_plane_the_ends_are_the_eigenvalues():
    angles = np.linspace(0, 2 * np.pi, 361)
    found = slices.in_plane([-1.2, 1.8], np.radians(30), angles)
    assert found["kind"] == "saddle"
    assert found["curvature"][30] == pytest.approx(-1.2)
    assert found["curvature"][120] == pytest.approx(1.8)


def test_in_a_network_the_mean_is_the_trace_over_n():
    values = torch.tensor([-0.5, 0.1, 0.2, 2.0]).double()
    loss, theta = quadratic(values), torch.zeros(4).double()
    found = slices.in_network(loss, theta, 4000, 20, 0.999, seed=0)
    assert found["trace_over_n"] == pytest.approx(0.45)
    assert found["mean"].low < 0.45 < found["mean"].high
    np.testing.assert_allclose(found["eigenvalues"], [-0.5, 2.0], atol=1e-6)
    assert found["counts"].sum() == 4000
    assert -0.5 <= found["seen"][0] < found["seen"][1] <= 2


def test_a_saddle_is_seen_by_the_planes_that_hold_its_way_down():
    values, unit = np.array([-1e-3, 1.0, 2.0, 3.0]), np.eye(4)
    path = {"start": unit[0], "trained": unit[1], "first": unit[2], "second": unit[3]}
    found = slices.saddle(values, path, 0.5, 500, 1e-6, np.random.default_rng(0))
    assert found["index"] == 0.25
    assert (found["path_plane"], found["leading_plane"]) == (False, True)
    assert found["plane"] > 0.9 > found["plane_plain"]  # less 0.5 the way down is broad
    assert abs(found["line_z"]) < 4


def test_enlarging_keeps_the_index_and_is_a_change_of_units():
    values = np.array([-2.0, -0.5, 1.0, 3.0])
    found = slices.enlarged(values, 9.0)
    units = np.diag([3.0, 3.0, 1.0, 1.0])  # D H D, as of θ = Dφ
    np.testing.assert_allclose(np.sort(found), np.linalg.eigvalsh(units @ np.diag(values) @ units))
    assert ((found < 0) == (values < 0)).all()
    balanced = slices.enlarged(values, 1 / slices.weight(values))
    assert balanced.sum() == pytest.approx(0)


def test_slices_stop_hiding_a_saddle_whose_negative_eigenvalue_grows():
    saddle = [-0.1, *[1.0] * 9]
    rng = np.random.default_rng(0)
    found = slices.hiding([saddle], (0.1 / 9, 1.0, 1e3), 4000, rng)
    small, even, large = found["shares"][0]
    assert small > 0.99 and large < 0.05
    # closed where the plane has less than 1/10 of that one direction's square: Beta(1, 4)
    assert even == pytest.approx(1 - 0.9**4, abs=5 * (0.34 * 0.66 / 4000) ** 0.5)
    assert found["weights"][0] == pytest.approx(0.1 / 9)


def test_a_random_plane_sees_what_an_orthonormal_pair_does():
    values, draws = np.array([-2.0, 1.0, 4.0]), 2000
    rng = np.random.default_rng(0)
    planes = np.array([slices.random_plane(values, rng) for _ in range(draws)])
    np.testing.assert_allclose(planes, planes.mT, atol=1e-12)
    seen = np.linalg.eigvalsh(planes)  # Cauchy: they lie between the eigenvalues of the whole
    assert (seen[:, 0] >= -2).all() and (seen[:, 0] <= 1).all() and (seen[:, 1] >= 1).all()
    traces = np.trace(planes, axis1=1, axis2=2)  # 2/3 of the whole's in the mean
    assert abs(traces.mean() - 2) < 5 * traces.std() / draws**0.5
