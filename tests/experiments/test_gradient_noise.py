"""The noise of batches: gradients one by one, and theory for both ways of drawing."""

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import gradient_noise


@pytest.fixture(scope="module")
def trained():
    return gradient_noise.trained(n=24, eta=0.1, batch=8, epochs=2, seeds=2)


def test_losses_are_those_of_the_networks_at_the_end(trained):
    nets, train, losses = trained
    found = nn.functional.cross_entropy(nets.member(1)(train.x), train.y).item()
    assert losses[1] == pytest.approx(found, rel=1e-5)


def test_a_level_is_the_mean_of_the_last_epochs_looks():
    """Against the losses of the same runs ended after each of the last epoch's updates."""
    train, _ = data.load("digits").split(24, seed=0)
    found = gradient_noise.level_losses(24, {8: 0.1, 24: 0.2}, epochs=2, looks=3, seeds=2)
    nets = Ensemble(networks.mlp, range(2))
    run = nets.train(train.x, train.y, lambda p: torch.optim.SGD(p, lr=0.1), 8, 2, every=1)
    assert found[8] == pytest.approx(run.losses[4:].mean(0))
    _, _, last = gradient_noise.trained(n=24, eta=0.2, batch=24, epochs=2, seeds=2)
    assert found[24] == pytest.approx(last)  # one update an epoch, one look


def test_turned_gradients_are_as_far_from_one_another_as_autograds(trained):
    nets, train, _ = trained
    module, rows = nets.member(0), []
    for x, y in zip(train.x, train.y, strict=True):
        module.zero_grad()
        nn.functional.cross_entropy(module(x[None]), y[None]).backward()
        rows.append(torch.cat([p.grad.flatten() for p in module.parameters()]).double())
    expected = torch.cdist(torch.stack(rows), torch.stack(rows))
    found = gradient_noise.gradients(module, train)
    assert found.shape == (24, 24)
    assert torch.allclose(torch.cdist(found, found), expected, atol=1e-5)


def test_noise_is_that_of_theory(trained):
    nets, train, _ = trained
    found = gradient_noise.by_size(nets, train, [1, 4, 23], draws=600)
    for way in gradient_noise.WAYS:
        assert found[way] == pytest.approx(found[f"{way}_theory"], rel=0.15)
    assert found["over_mean"].shape == (2,)
    last = found["epochs"][:, -1] / found["replacement"][:, -1]
    assert (last < 0.4).all(), "little is left to scatter where nearly all are drawn"


def test_slopes_are_exponents():
    sizes = [1, 2, 8]
    noise = np.array([np.array(sizes) ** -0.5, 3 * np.array(sizes) ** -1.0])
    assert gradient_noise.slopes(sizes, noise) == pytest.approx([-0.5, -1])
