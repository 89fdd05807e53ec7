"""Descent on wines: closed forms against updates made one by one, and numpy's least squares."""

import numpy as np
import pytest
import torch

from trainingtips.experiments import feature_scaling as scaling
from trainingtips.normalization import standardize


def test_the_wines_are_sklearns_less_the_alcohol():
    names, x, y = scaling.wines()
    assert x.shape == (178, 12) and y.shape == (178,)
    assert "alcohol" not in names and len(names) == 12
    assert 11 < float(y.min()) < float(y.max()) < 15  # percent


def test_whitened_features_have_covariance_one():
    x = scaling.whiten(scaling.wines()[1])
    np.testing.assert_allclose(np.cov(x.T.numpy(), bias=True), np.eye(12), atol=1e-8)


def test_the_closed_form_is_descent_one_by_one():
    _, x, y = scaling.wines()
    found = scaling.speed(standardize(x)[0], y, [1, 10], target=0.01, checked=50)
    assert found["descent"] == pytest.approx(found["closed_form"], rel=1e-9)
    assert found["excess"][1] < found["excess"][0] < 1
    full = np.column_stack([standardize(x)[0].numpy(), np.ones(178)])
    eigenvalues = np.linalg.eigvalsh(full.T @ full / 178)
    assert found["kappa"] == pytest.approx(eigenvalues[-1] / eigenvalues[0])


def test_the_path_goes_to_the_minimum_of_numpys_least_squares():
    _, x, y = scaling.wines()
    pair = standardize(x[:, :2])[0]
    found = scaling.path(pair, y, 300)
    assert found["error"].shape == (301, 2)
    np.testing.assert_allclose(found["error"][0] * found["scale"], [0.8, 0.8])
    assert abs(found["error"][-1]).max() < 1e-6
    h = torch.as_tensor(found["hessian"])
    np.testing.assert_allclose(h, np.cov(pair.T.numpy(), bias=True), atol=1e-12)


@pytest.mark.parametrize("size", [1e3, 1e5, 1e7])
def test_updates_are_counted_however_many_it_takes(size):
    """Two features of sizes apart by a factor: about κ log(1/target) / 4 updates, κ its square."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(400, 2, generator=generator, dtype=torch.float64)
    y = x.sum(1)  # each feature has its share of the loss
    found = scaling.speed(x * torch.tensor([1.0, size]), y, [1], target=1e-4, checked=1)
    share = np.log(0.5 / 1e-4) / 4  # half of the loss decays at twice the rate of the error
    assert found["updates"] == pytest.approx(found["kappa"] * share, rel=0.1)


def test_what_is_never_reached_takes_for_ever():
    assert scaling.first_below(lambda updates: np.ones_like(updates), 0.5) == np.inf
