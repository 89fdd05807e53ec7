"""Closed forms of small tanh networks against autograd, torch's layers and torch's Adam."""

import pytest
import torch
from torch import nn

from trainingtips.experiments.tanh_networks import Setting, components

KINDS = ("squared error", "cross-entropy")


def setting(kind, penalty=0.02):
    return Setting(kind, 3, *components(30, 4), penalty)


def test_components_are_uncorrelated_with_unit_variance():
    x, y = components(50, 5)
    torch.testing.assert_close(torch.cov(x.T), torch.eye(5).double(), atol=1e-8, rtol=0)
    assert y.shape == (50, 10) and (y.sum(1) == 1).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_is_torchs(kind):
    here = setting(kind)
    theta = here.start(1)
    network = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 10)).double()
    with torch.no_grad():
        network[0].weight.copy_(theta[:12].view(4, 3).T)
        network[0].bias.copy_(theta[12:15])
        network[2].weight.copy_(theta[15:45].view(3, 10).T)
        network[2].bias.copy_(theta[45:])
        z = network(here.x)
    if kind == "cross-entropy":
        expected = nn.functional.cross_entropy(z, here.y.argmax(1))
    else:
        expected = 10 * nn.functional.mse_loss(z, here.y)
    torch.testing.assert_close(here.loss(theta), expected + 0.01 * theta @ theta)


@pytest.mark.parametrize("kind", KINDS)
def test_the_derivatives_are_autograds(kind):
    here = setting(kind)
    theta = torch.stack([here.start(seed) for seed in range(3)])
    g, h = here.derivatives(theta)
    for each, gradient, matrix in zip(theta, g, h, strict=True):
        torch.testing.assert_close(gradient, torch.func.grad(here.loss)(each))
        torch.testing.assert_close(matrix, torch.func.hessian(here.loss)(each))


def test_trained_is_adam_on_each_network_alone():
    here = setting("cross-entropy")
    found = here.trained(2, 0.05, (0, 3))
    theta = here.start(1).requires_grad_()
    adam = torch.optim.Adam([theta], lr=0.05)
    torch.testing.assert_close(found[0, 1], theta.detach())
    for _ in range(3):
        adam.zero_grad()
        here.loss(theta).backward()
        adam.step()
    torch.testing.assert_close(found[1, 1], theta.detach())


@pytest.mark.parametrize("kind", KINDS)
def test_the_search_lowers_the_gradient_to_a_critical_point(kind):
    here = setting(kind, penalty=0.1)
    starts = here.trained(2, 0.05, (100,))[0]
    before = here.derivatives(starts)[0].norm(dim=1)
    after = here.derivatives(here.search(starts, 60, 1e-6))[0].norm(dim=1)
    assert (after < before).all()
    assert after.min() <= 1e-8


def test_networks_with_examples_of_their_own_learn_as_they_do_alone():
    own = [Setting("cross-entropy", 3, *components(30, 4, seed), 0.02) for seed in range(2)]
    x, y = (torch.stack([getattr(each, name) for each in own]) for name in "xy")
    assert not torch.equal(x[0], x[1])
    together = Setting("cross-entropy", 3, x, y, 0.02).trained(2, 0.05, (4,))
    for i, each in enumerate(own):
        torch.testing.assert_close(together[0, i], each.trained(2, 0.05, (4,))[0, i])
