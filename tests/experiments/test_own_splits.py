"""Members on splits of their own against networks that are trained one by one."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import batches, data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import own_splits as own


def trained(make, seed, rate, batch, epochs, train, factor=lambda t: 1.0):
    """One network by torch's own optimiser on one split."""
    net, t = Ensemble(make, [seed]).member(0).train(), 0
    for number in range(epochs):
        for rows in batches.epoch(len(train), batch, seed, number):
            optimizer = torch.optim.SGD(net.parameters(), lr=rate * factor(t))
            nn.functional.cross_entropy(net(train.x[rows]), train.y[rows]).backward()
            optimizer.step()
            optimizer.zero_grad()
            t += 1
    return net.eval()


@pytest.mark.parametrize("make", [partial(networks.mlp, hidden=(4,)),
                                  deep.network(nn.BatchNorm1d, depth=1)])  # fmt: skip
def test_a_member_is_the_network_that_is_trained_alone_on_its_split(make):
    seeds, rates = [3, 5], [0.1, 0.4]
    nets, parts = Ensemble(make, seeds), own.split(seeds, train=64)
    made = list(own.updates(nets, parts, rates, 16, 2, factor=lambda t: 1 / (1 + t)))
    assert made == list(range(1, 9))
    for i, (seed, rate) in enumerate(zip(seeds, rates, strict=True)):
        train, test = data.load("digits").split(64, seed=seed)
        alone = trained(make, seed, rate, 16, 2, train, lambda t: 1 / (1 + t))
        torch.testing.assert_close(nets.member(i)(test.x), alone(test.x), rtol=1e-4, atol=1e-5)
        right = (alone(test.x).argmax(1) == test.y).double().mean().item()
        assert own.accuracy(nets, parts)[i] == pytest.approx(right, abs=2e-3)
        loss = nn.functional.cross_entropy(alone(train.x), train.y).item()
        assert own.training_losses(nets, parts)[i] == pytest.approx(loss, rel=1e-3)


def test_parts_are_apart_and_wrong_labels_are_for_training_alone():
    parts = own.split([0, 1], train=1024, validation=386, wrong=0.2)
    for rows in zip(parts.train, parts.validation, parts.test, strict=True):
        assert len(torch.cat(rows).unique()) == len(parts.y)
    assert not torch.equal(parts.train[0], parts.train[1])
    assert torch.equal(parts.y, data.load("digits").y)
    share = (parts.told != parts.y).double().mean(1)  # a tenth of the drawn ones is right by chance
    np.testing.assert_allclose(share, 0.18, atol=0.03)
    assert not torch.equal(parts.told[0], parts.told[1])


def test_pixels_are_standardized_by_the_members_own_training_digits():
    parts = own.split([0, 1], train=64).standardized()
    x = parts.pixels(parts.train)
    np.testing.assert_allclose(x.mean(1), 0, atol=1e-5)
    variance = x.var(1, correction=0)
    assert ((variance - 1).abs() < 1e-4).logical_or(variance < 1e-9).all()
    raw = parts.x[parts.train[1]]
    np.testing.assert_allclose(
        x[1, :, 20], (raw[:, 20] - raw[:, 20].mean()) / raw[:, 20].std(correction=0), atol=1e-5
    )
    test = parts.only([1]).pixels(parts.only([1]).test)[0]
    assert torch.equal(test, parts.pixels(parts.test)[1])


def test_some_members_go_on_as_they_would_among_all():
    make, seeds = partial(networks.mlp, hidden=(4,)), [0, 1, 2]
    nets, parts = Ensemble(make, seeds), own.split(seeds, train=64)
    few, fewer = own.only(nets, [2, 0]), parts.only([2, 0])
    for ensemble, its in ((nets, parts), (few, fewer)):
        made = [
            t
            for n in (0, 1)
            for t in own.updates(ensemble, its, [0.1] * len(its.told), 16, 1, first=n)
        ]
        assert made == list(range(1, 9))
    np.testing.assert_allclose(few.outputs(parts.x)[0], nets.outputs(parts.x)[2], atol=1e-6)
    np.testing.assert_allclose(few.outputs(parts.x)[1], nets.outputs(parts.x)[0], atol=1e-6)
    assert few.seeds == [2, 0]


def test_in_train_mode_a_batch_is_normalized_by_itself():
    make, seeds = deep.network(nn.BatchNorm1d, depth=1), [0, 1]
    nets, parts = Ensemble(make, seeds), own.split(seeds, train=64)
    list(own.updates(nets, parts, [0.5, 0.5], 16, 4))
    rows, before = parts.test[:, :10], own.accuracy(nets, parts)
    found = own.in_train_mode(nets, parts, rows, 4)
    for i in (0, 1):
        x, y = parts.x[rows[i, :8]], parts.y[rows[i, :8]]
        assert found[i] == pytest.approx(deep.in_train_mode(nets.member(i), x, y, 4))
    np.testing.assert_array_equal(own.accuracy(nets, parts), before)
