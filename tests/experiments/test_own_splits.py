"""What members on splits of their own have, and what they learnt, against the data set's splits."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import own_splits as own
from trainingtips.experiments import own_training

SMALL = partial(networks.mlp, hidden=(6,))
SEEDS = [2, 5]


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def test_parts_are_those_of_the_data_sets_own_split(digits):
    found = own.split(SEEDS, train=96, validation=100)
    for i, seed in enumerate(SEEDS):
        train, rest = digits.split(96, seed=seed)
        assert torch.equal(found.pixels(found.train)[i], train.x)
        assert torch.equal(found.labels(found.validation)[i], rest.y[:100])
        assert torch.equal(found.pixels(found.test)[i], rest.x[100:])


def test_another_data_set_is_cut_the_same_way(digits):
    few = digits.split(300, seed=1)[1]
    found = own.split([3], train=64, dataset=few)
    train, test = few.split(64, seed=3)
    assert torch.equal(found.pixels(found.train)[0], train.x)
    assert torch.equal(found.labels(found.test)[0], test.y)


def test_parts_are_apart_and_wrong_labels_are_for_training_alone():
    parts = own.split([0, 1], train=1024, validation=386, wrong=0.2)
    for rows in zip(parts.train, parts.validation, parts.test, strict=True):
        assert len(torch.cat(rows).unique()) == len(parts.y)
    assert not torch.equal(parts.train[0], parts.train[1])
    assert torch.equal(parts.y, data.load("digits").y)
    share = (parts.told != parts.y).double().mean(1)  # a tenth of the drawn ones is right by chance
    np.testing.assert_allclose(share, 0.18, atol=0.03)
    assert not torch.equal(parts.told[0], parts.told[1])
    assert torch.equal(parts.labels(parts.test[:, :5])[0], parts.y[parts.test[0, :5]])


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
    assert torch.equal(test, parts.pixels(parts.test, slice(1, 2))[0])


def test_a_split_may_have_several_members():
    parts = own.split(SEEDS, train=32, validation=10, wrong=0.3)
    several = parts.only([0, 0, 1])
    for name in ("train", "validation", "test", "told"):
        assert torch.equal(getattr(several, name), getattr(parts, name)[[0, 0, 1]])


def test_what_is_learnt_is_judged_by_true_or_by_told_labels():
    parts = own.split(SEEDS, train=256, wrong=0.5)
    nets = Ensemble(SMALL, SEEDS)
    for told in (True, False):
        loss, wrong = own.judged(nets, parts, parts.train, told)
        for i in range(len(SEEDS)):
            output = nets.member(i)(parts.x[parts.train[i]])
            y = (parts.told[i] if told else parts.y)[parts.train[i]]
            assert loss[i] == pytest.approx(nn.functional.cross_entropy(output, y).item(), rel=1e-5)
            assert wrong[i] == pytest.approx((output.argmax(1) != y).double().mean().item())
        right = own.accuracy(nets, parts, parts.train, told)
        np.testing.assert_allclose(right, 1 - wrong)
    losses = own.judged(nets, parts, parts.train, told=True)[0]
    np.testing.assert_array_equal(own.training_losses(nets, parts), losses)
    assert (losses != own.judged(nets, parts, parts.train)[0]).all()


@pytest.mark.parametrize("make", [SMALL, networks.convolutional])
def test_many_members_are_judged_a_few_at_a_time(make):
    seeds = list(range(12))  # of 1,533 test digits each, five at a time
    nets, parts = Ensemble(make, seeds), own.split(seeds, train=264)
    assert len(own.few(parts.test)) == 3
    found = own.outputs(nets, parts, parts.test)
    for i in (0, 4, 5, 11):
        alone = nets.member(i)(parts.x[parts.test[i]])
        torch.testing.assert_close(found[i], alone, rtol=1e-4, atol=1e-5)


def test_in_train_mode_a_batch_is_normalized_by_itself():
    make, seeds = deep.network(nn.BatchNorm1d, depth=1), [0, 1]
    nets, parts = Ensemble(make, seeds), own.split(seeds, train=64)
    list(own_training.updates(nets, parts, own_training.descent(nets, 0.5), 16, 4))
    rows, before = parts.test[:, :10], own.accuracy(nets, parts)
    found = own.in_train_mode(nets, parts, rows, 4)
    for i in (0, 1):
        x, y = parts.x[rows[i, :8]], parts.y[rows[i, :8]]
        assert found[i] == pytest.approx(deep.in_train_mode(nets.member(i), x, y, 4))
    np.testing.assert_array_equal(own.accuracy(nets, parts), before)
