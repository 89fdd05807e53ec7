"""Members with splits of their own, against ensembles that each have one split."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import split_rows

SEEDS, TRAIN = [3, 5], 96
SMALL = partial(networks.mlp, hidden=(8,))


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def test_parts_are_those_of_the_data_sets_own_split(digits):
    found = split_rows.parts(len(digits), TRAIN, 100, SEEDS)
    for i, seed in enumerate(SEEDS):
        train, rest = digits.split(TRAIN, seed=seed)
        assert torch.equal(digits.x[found.train[i]], train.x)
        assert torch.equal(digits.y[found.valid[i]], rest.y[:100])
        assert torch.equal(digits.y[found.test[i]], rest.y[100:])


@pytest.mark.parametrize("rule", [torch.optim.SGD, torch.optim.Adam])
def test_a_member_learns_as_it_would_alone(digits, rule):
    nets = Ensemble(SMALL, SEEDS)
    rows = split_rows.parts(len(digits), TRAIN, 100, SEEDS)
    labels, make = digits.y[rows.train], partial(rule, lr=0.05)
    criterion = nn.functional.cross_entropy
    seen = list(split_rows.train(nets, digits.x, labels, rows.train, make, 20, 3, criterion))
    assert seen == [0, 5, 10, 15]
    right = split_rows.accuracy(nets, digits.x, digits.y, rows.test)
    for i, seed in enumerate(SEEDS):
        train, rest = digits.split(TRAIN, seed=seed)
        alone = Ensemble(SMALL, [seed])
        alone.train(train.x, train.y, make, 20, 3)
        for name, values in alone.parameters.items():
            torch.testing.assert_close(nets.parameters[name][i], values[0])
        assert right[i] == pytest.approx(alone.accuracy(rest.x[100:], rest.y[100:])[0])


def test_factors_are_learning_rates_of_plain_descent(digits):
    rows, rates = split_rows.parts(len(digits), TRAIN, 100, SEEDS), [0.02, 0.3]
    both, labels = Ensemble(SMALL, SEEDS), digits.y[rows.train]
    settings = (32, 2, nn.functional.cross_entropy)
    one = partial(torch.optim.SGD, lr=1.0)
    list(split_rows.train(both, digits.x, labels, rows.train, one, *settings, factors=rates))
    for i, rate in enumerate(rates):
        nets, rule = Ensemble(SMALL, SEEDS), partial(torch.optim.SGD, lr=rate)
        list(split_rows.train(nets, digits.x, labels, rows.train, rule, *settings))
        for name, values in nets.parameters.items():
            torch.testing.assert_close(both.parameters[name][i], values[i])


def test_looks_come_every_so_many_updates_and_training_may_be_left(digits):
    rows = split_rows.parts(len(digits), TRAIN, 100, SEEDS)
    nets, rule = Ensemble(SMALL, SEEDS), partial(torch.optim.SGD, lr=0.1)
    run = split_rows.train(
        nets, digits.x, digits.y[rows.train], rows.train, rule, 32, 4,
        nn.functional.cross_entropy, every=2,
    )  # fmt: skip
    assert [next(run) for _ in range(3)] == [0, 2, 4]


def test_accuracy_takes_a_members_own_labels(digits):
    rows = split_rows.parts(len(digits), TRAIN, 100, SEEDS)
    nets = Ensemble(SMALL, SEEDS)
    said = split_rows.outputs(nets, digits.x[rows.train]).argmax(-1)
    assert (split_rows.accuracy(nets, digits.x, said, rows.train) == 1).all()
    expected = (said == digits.y[rows.train]).double().mean(1)
    found = split_rows.accuracy(nets, digits.x, digits.y, rows.train)
    np.testing.assert_allclose(found, expected)
