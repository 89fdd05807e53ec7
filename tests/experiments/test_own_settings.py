"""What a setting says is what is built and by which rule it is trained."""

import numpy as np
import pytest
import torch

from trainingtips import chance, data
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, own_settings, own_splits, own_training

FASHION = {"data": elsewhere.FASHION, "rows": 300}


@pytest.mark.parametrize("kind", ["perceptron", "convolution"])
@pytest.mark.parametrize("setting", [FASHION, {"data": "digits"}])
def test_a_network_fits_its_data(kind, setting):
    found = elsewhere.dataset(setting)
    made = own_settings.network({"network": kind}, found, 16)()
    assert made(found.x[:5]).shape == (5, found.classes)


def test_so_many_units_are_an_eighth_and_a_quarter_as_many_filters():
    found = data.load("digits")
    wide = own_settings.network({"network": "convolution"}, found, 64)()
    assert [each.out_channels for each in wide if hasattr(each, "out_channels")] == [8, 16]
    least = own_settings.network({"network": "convolution"}, found, 4)()
    assert [each.out_channels for each in least if hasattr(each, "out_channels")] == [1, 1]


@pytest.mark.parametrize("kind", ["perceptron", "convolution"])
def test_dropout_draws_nothing_at_the_start(kind):
    """Compared with and without, networks have the same start."""
    found, made = data.load("digits"), []
    for share in (0.0, 0.5):
        with chance.started(1):
            made.append(own_settings.network({"network": kind}, found, 16, share)())
    weights = [list(each.parameters()) for each in made]
    assert all(torch.equal(*pair) for pair in zip(*weights, strict=True))
    plain, dropped = (each.train()(found.x[:9]) for each in made)
    assert not torch.equal(plain, dropped)


@pytest.mark.parametrize("rule", own_settings.RULES)
def test_a_step_is_that_of_the_rule_at_the_rate(rule):
    found = data.load("digits")
    setting = {"network": "perceptron", "rule": rule, "rate": 0.01}
    make = own_settings.network(setting, found, 8)
    nets, parts = Ensemble(make, [0, 1]), own_splits.split([0, 1], 64)
    alone = nets.member(1)
    optimizer = own_settings.RULES[rule](alone.parameters(), lr=0.01)
    step = own_settings.step(nets, setting)
    order = own_splits.dealt([0, 1], 64, 32, 0)
    for _ in own_training.updates(nets, parts, step, 32, 1):
        pass
    for rows in parts.train.gather(1, order)[1].split(32):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(alone(parts.x[rows]), parts.y[rows]).backward()
        optimizer.step()
    for mine, its in zip(nets.member(1).parameters(), alone.parameters(), strict=True):
        np.testing.assert_allclose(mine.detach(), its.detach(), atol=2e-5)


@pytest.mark.parametrize("rule", own_settings.UPDATES)
def test_an_update_of_leaves_is_torchs(rule):
    """And stacked members know nothing of one another: one alone goes the same way."""
    start = torch.arange(6.0).view(2, 3)
    slopes = [torch.tensor([[1.0, -2, 0.5], [1e-3, 4, 0]]), torch.ones(2, 3)]
    leaf, alone = (each.clone().requires_grad_() for each in (start, start[1]))
    update = own_settings.UPDATES[rule]([leaf], 0.1)
    optimizer = own_settings.RULES[rule]([alone], lr=0.1)
    for slope in slopes:
        update([slope])
        alone.grad = slope[1]
        optimizer.step()
    np.testing.assert_allclose(leaf[1].detach(), alone.detach(), rtol=1e-6)
    assert not leaf.detach().isclose(start).all()
