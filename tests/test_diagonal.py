"""The Hessian's diagonal against the whole Hessian's."""

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import curvature

DOUBLE = torch.float64


def made():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(6, 10), nn.Tanh(), nn.Linear(10, 3)).double()
    x, y = torch.randn(30, 6, dtype=DOUBLE), torch.randint(3, (30,))
    return curvature.flat_loss(network, nn.functional.cross_entropy, x, y)


def test_it_is_exact_where_products_suffice():
    loss, theta = made()
    exact = torch.autograd.functional.hessian(loss, theta).diagonal()
    found = curvature.diagonal(loss, theta, products=len(theta))
    torch.testing.assert_close(found.values, exact)
    assert not found.half_width.any()


def test_its_intervals_cover_and_shrink():
    loss, theta = made()
    exact = torch.autograd.functional.hessian(loss, theta).diagonal()
    found = [curvature.diagonal(loss, theta, 50, seed) for seed in range(40)]
    covered = [float(((f.values - exact).abs() <= f.half_width).double().mean()) for f in found]
    # nominal 0.95; the entries of one run are not independent, so the runs are the sample
    assert abs(np.mean(covered) - 0.95) < 4 * np.std(covered) / np.sqrt(40)
    mean = torch.stack([f.values for f in found]).mean(0)
    spread = torch.stack([f.values for f in found]).std(0) / 40**0.5
    assert float(((mean - exact).abs() > 4.5 * spread).double().mean()) < 0.01  # no bias
    few, many = (curvature.diagonal(loss, theta, k).half_width.mean() for k in (20, 80))
    assert 1.5 < few / many < 3  # like 1/√products


def test_a_diagonal_matrix_is_found_by_two_products():
    d = torch.linspace(-1, 2, 300, dtype=DOUBLE)
    found = curvature.diagonal(lambda t: 0.5 * (d * t**2).sum(), torch.zeros_like(d), 2)
    torch.testing.assert_close(found.values, d)
    with pytest.raises(ValueError, match=r"from 2; received 1"):
        curvature.diagonal(lambda t: t.sum(), d, 1)
