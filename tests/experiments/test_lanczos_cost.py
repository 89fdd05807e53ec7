"""The cost of the lowest eigenpair: counted by hand, and the eigenvalue by numpy."""

import numpy as np
import pytest
import torch

from trainingtips.curvature import hessian
from trainingtips.experiments import lanczos_cost
from trainingtips.surfaces import quadratic


def test_products_are_counted_one_by_one():
    values = torch.linspace(-1, 5, 100).double()
    counted = lanczos_cost.Counted(quadratic(values))
    theta = torch.zeros(100).double()
    times = counted.products(theta, None)
    v = torch.randn(100, generator=torch.Generator().manual_seed(0)).double()
    torch.testing.assert_close(times(v), values * v)
    times(v)
    assert counted.count == 2 and counted(theta) == quadratic(values)(theta)


def test_crowded_ends_take_more_products_than_an_eigenvalue_that_stands_out():
    theta, crowd = torch.zeros(400).double(), torch.linspace(0, 10, 399).double()
    far = torch.cat([torch.tensor([-5.0]).double(), crowd])
    near = torch.cat([torch.tensor([-1e-4]).double(), crowd])
    (low, few), (_, many) = (lanczos_cost.lowest(quadratic(v), theta, 1e-3) for v in (far, near))
    assert low == pytest.approx(-5, rel=1e-3) and 20 < few < many


def test_along_training_the_eigenvalue_is_numpys():
    found = lanczos_cost.along((2, 3), 64, 0.02, (0, 20), 1e-6)
    assert found["n"] == 64 * 2 + 2 + 2 * 10 + 10
    assert found["loss"][1] < found["loss"][0] and min(found["products"]) > 20
    loss, theta = lanczos_cost.on_digits(lambda: lanczos_cost.tanh(hidden=(2,)), 3, 64)
    expected = np.linalg.eigvalsh(hessian(loss, theta).numpy())[0]
    assert found["lowest"][0] == pytest.approx(expected, rel=1e-4)
