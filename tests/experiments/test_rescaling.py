"""Rescaled layers: one function whatever the scale, and filters as long as the weights."""

import pytest
import torch
from torch.nn.utils import vector_to_parameters

from trainingtips import data
from trainingtips.curvature import hessian
from trainingtips.experiments import rescaling


@pytest.fixture(scope="module")
def found():
    return rescaling.trained(rate=0.5, updates=20, hidden=(3, 3), train=64)


@pytest.mark.parametrize("scale", [0.1, 5.0])
def test_the_rescaled_network_answers_the_same(found, scale):
    module, _, theta = found
    x = data.load("digits").x[:50].double()
    answers = []
    for point in (theta, rescaling.rescaled(module, theta, scale)):
        vector_to_parameters(point, module.parameters())
        answers.append(module(x).detach())
    assert torch.allclose(*answers, rtol=1e-10)
    assert not torch.allclose(point, theta)


def test_training_lowers_the_loss(found):
    _, loss, theta = found
    _, _, start = rescaling.trained(rate=0.5, updates=0, hidden=(3, 3), train=64)
    assert loss(theta) < loss(start)


def test_the_largest_eigenvalue_is_that_of_the_whole_hessian(found):
    _, loss, theta = found
    expected = torch.linalg.eigvalsh(torch.as_tensor(hessian(loss, theta)))[-1]
    assert rescaling.largest(loss, theta) == pytest.approx(float(expected), rel=1e-6)


def test_filters_are_as_long_as_the_weights_and_point_as_before(found):
    module, _, theta = found
    direction = rescaling.direction(theta, seed=3)
    scaled = rescaling.parts(module, rescaling.by_filter(module, theta, direction))
    for got, raw, own in zip(
        scaled, rescaling.parts(module, direction), rescaling.parts(module, theta), strict=True
    ):
        if own.ndim == 1:
            assert (got == 0).all()
        else:
            assert torch.allclose(got.norm(dim=1), own.norm(dim=1))
            assert torch.allclose(torch.cosine_similarity(got, raw), torch.ones(len(raw)).double())
