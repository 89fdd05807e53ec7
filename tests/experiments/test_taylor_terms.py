"""The terms of a loss's change against autograd's Hessian, and losses that are their models."""

import numpy as np
import pytest
import torch

from trainingtips.curvature import hessian
from trainingtips.experiments import taylor_terms as terms

A = torch.tensor([[2.0, 0.5, 0], [0.5, 1, 0], [0, 0, -1]]).double()
B = torch.tensor([1.0, -2, 0.5]).double()


def quadratic(theta):
    return 0.5 * theta @ A @ theta + B @ theta


def cubic(theta):
    return quadratic(theta) + (theta**3).sum()


def test_the_start_is_torchs_network_with_its_penalty():
    plain, theta = terms.start(1, 4)
    same, again = terms.start(1, 4, penalty=0.1)
    assert torch.equal(theta, again) and theta.shape == (64 * 4 + 4 + 4 * 10 + 10,)
    assert float(same(theta) - plain(theta)) == pytest.approx(0.05 * float(theta @ theta))
    assert 2 < float(plain(theta)) < 3  # near log 10
    assert not torch.equal(theta, terms.start(2, 4)[1])


def test_both_terms_by_the_whole_hessian():
    theta, delta = torch.tensor([0.3, -0.2, 0.7]).double(), terms.directions(5, 0, B)
    torch.testing.assert_close(delta.norm(dim=1), torch.ones(5).double())
    first, second = terms.both(cubic, theta, delta)
    h, g = hessian(cubic, theta), A @ theta + B + 3 * theta**2
    np.testing.assert_allclose(first, delta @ g)
    np.testing.assert_allclose(second, [0.5 * d @ h @ d for d in delta])
    exact = terms.changes(cubic, theta, delta)
    np.testing.assert_allclose(exact, first + second + (delta**3).sum(1).numpy(), atol=1e-12)


def test_the_errors_are_the_terms_that_are_left_out():
    theta, deltas = torch.zeros(3).double(), terms.directions(6, 1, B)
    found = terms.errors(cubic, theta, deltas, [0.5, 2.0])
    third = (deltas**3).sum(1).abs().numpy()
    np.testing.assert_allclose(found["second"], np.outer([0.125, 8], third), atol=1e-12)
    second = 0.5 * (deltas @ A * deltas).sum(1).numpy()
    signed = np.outer([0.25, 4], second) + np.outer([0.125, 8], (deltas**3).sum(1))
    np.testing.assert_allclose(found["first"], abs(signed), atol=1e-12)


def test_the_cut_of_a_quadratic_is_its_second_model():
    found = terms.cut(
        quadratic, torch.ones(3).double(), terms.directions(1, 2, B)[0], np.arange(3.0)
    )
    np.testing.assert_allclose(found["loss"], found["second"])
    assert found["loss"][0] == pytest.approx(float(found["first"][0]))
    assert abs(found["loss"] - np.asarray(found["first"]))[2] > 0.01


def test_along_the_start_and_the_rest_of_a_bowl():
    bowl = lambda theta: 0.5 * (theta**2).sum()  # noqa: E731
    points = torch.tensor([[3.0, 0, 0], [1e-6, 0, 0]]).double()
    lengths = np.array([0.01, 0.1])
    found = terms.along(bowl, points, terms.directions(200, 0, points), 0.1, lengths)
    np.testing.assert_allclose(found["second"], 0.005)
    np.testing.assert_allclose(found["first"][0] / found["first"][1], 3e6)
    assert found["gradient_norm"] == pytest.approx([3, 1e-6])
    assert found["kind_at_rest"] == "minimum"
    assert found["change_at_rest"] == pytest.approx(1, abs=1e-4)


def test_rested_goes_down_and_comes_to_rest():
    loss, points = terms.rested(0, 2, 0.1, 0.01, 20, 10, [0, 10, 20, 60, 220])
    values = [float(loss(point)) for point in points]
    assert values == sorted(values, reverse=True)
    norms = [float(torch.func.grad(loss)(point).norm()) for point in points]
    assert norms[-1] < 1e-4 * norms[0]
    torch.testing.assert_close(points[0], terms.start(0, 2)[1])


def test_descended_is_full_batch_descent():
    loss, theta = terms.descended(0, 2, 0.5, 2)
    _, here = terms.start(0, 2)
    for _ in range(2):
        here = here - 0.5 * torch.func.grad(loss)(here)
    torch.testing.assert_close(theta, here)


def test_remainders_are_the_errors_of_a_loss_whose_fifth_derivative_is_zero():
    theta, steps = torch.tensor([0.3, -0.2, 0.1]).double(), np.array([0.1, 0.5])
    deltas = terms.directions(5, 0, theta)

    def quartic(t):
        return cubic(t) + (t**4).sum()

    found, errors = (f(quartic, theta, deltas, steps) for f in (terms.remainders, terms.errors))
    np.testing.assert_allclose(found["second"], errors["second"], rtol=1e-8)
    beyond = np.outer(steps**4, (deltas**4).sum(1).numpy())  # the first model's third order
    assert (abs(found["first"] - errors["first"]) <= beyond * (1 + 1e-8)).all()
