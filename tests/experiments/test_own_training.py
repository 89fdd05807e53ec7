"""Members trained together on splits of their own, against networks that are trained one by one."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import batches, data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import criteria
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import own_splits as own
from trainingtips.experiments import own_training as training

SMALL = partial(networks.mlp, hidden=(4,))
SEEDS = [3, 5]


def alone(make, seed, train, rule, batch, epochs, factor=None, criterion=None):
    """One network by torch's own optimiser, and scheduler, on one split."""
    net = Ensemble(make, [seed]).member(0).train()
    optimizer = rule(net.parameters())
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor or (lambda t: 1.0))
    for number in range(epochs):
        for rows in batches.epoch(len(train), batch, seed, number):
            optimizer.zero_grad()
            (criterion or nn.functional.cross_entropy)(net(train.x[rows]), train.y[rows]).backward()
            optimizer.step()
            scheduler.step()
    return net.eval()


def run(nets, parts, step, batch, epochs, first=0):
    return list(training.updates(nets, parts, step, batch, epochs, first))


def assert_same(nets, i, network):
    for name, values in network.named_parameters():
        torch.testing.assert_close(nets.parameters[name][i], values, rtol=1e-4, atol=1e-5)


def is_at(target):
    return lambda nets, parts: own.training_losses(nets, parts) <= target


@pytest.mark.parametrize("make", [SMALL, deep.network(nn.BatchNorm1d, depth=1),
                                  networks.convolutional])  # fmt: skip
@pytest.mark.parametrize("batch", [16, 20, 64])
def test_a_member_is_the_network_that_is_trained_alone_on_its_split(make, batch):
    rates, factor = [0.1, 0.4], lambda t: 1 / (1 + t)
    nets, parts = Ensemble(make, SEEDS), own.split(SEEDS, train=64)
    made = run(nets, parts, training.descent(nets, rates, factor), batch, 2)
    assert made == list(range(1, 1 + 2 * -(-64 // batch)))
    for i, (seed, rate) in enumerate(zip(SEEDS, rates, strict=True)):
        train, test = data.load("digits").split(64, seed=seed)
        other = alone(make, seed, train, partial(torch.optim.SGD, lr=rate), batch, 2, factor)
        assert_same(nets, i, other)
        right = (other(test.x).argmax(1) == test.y).double().mean().item()
        assert own.accuracy(nets, parts)[i] == pytest.approx(right, abs=2e-3)
        loss = nn.functional.cross_entropy(other(train.x), train.y).item()
        assert own.training_losses(nets, parts)[i] == pytest.approx(loss, rel=1e-3)


def test_a_few_at_a_time_learn_as_all_at_once():
    seeds = list(range(10))  # of batches of 1,024: eight at a time
    nets, parts = Ensemble(SMALL, seeds), own.split(seeds, train=1024)
    run(nets, parts, training.descent(nets, 0.3), 1024, 2)
    for i in (0, 7, 8, 9):
        train, _ = data.load("digits").split(1024, seed=i)
        assert_same(nets, i, alone(SMALL, i, train, partial(torch.optim.SGD, lr=0.3), 1024, 2))


def test_a_member_learns_what_it_is_told():
    nets, parts = Ensemble(SMALL, SEEDS), own.split(SEEDS, train=64, wrong=0.5)
    run(nets, parts, training.descent(nets, 0.5), 16, 2)
    for i, seed in enumerate(SEEDS):
        train, _ = data.relabelled(data.load("digits"), 0.5, seed).split(64, seed=seed)
        assert_same(nets, i, alone(SMALL, seed, train, partial(torch.optim.SGD, lr=0.5), 16, 2))


@pytest.mark.parametrize("rule", [torch.optim.SGD, torch.optim.Adam])
@pytest.mark.parametrize("criterion", [None, criteria.squared_logits])
def test_any_optimiser_and_criterion_do_as_alone(rule, criterion):
    nets, parts = Ensemble(SMALL, SEEDS), own.split(SEEDS, train=96)
    run(nets, parts, training.optimized(nets, partial(rule, lr=0.05), criterion), 20, 3)
    for i, seed in enumerate(SEEDS):
        train, _ = data.load("digits").split(96, seed=seed)
        other = alone(SMALL, seed, train, partial(rule, lr=0.05), 20, 3, criterion=criterion)
        assert_same(nets, i, other)


def test_factors_are_learning_rates_of_plain_descent():
    rates, parts = [0.02, 0.3], own.split(SEEDS, train=96)
    both, one = Ensemble(SMALL, SEEDS), partial(torch.optim.SGD, lr=1.0)
    run(both, parts, training.optimized(both, one, factors=rates), 32, 2)
    for i, rate in enumerate(rates):
        nets = Ensemble(SMALL, SEEDS)
        run(nets, parts, training.optimized(nets, partial(torch.optim.SGD, lr=rate)), 32, 2)
        for name, values in nets.parameters.items():
            torch.testing.assert_close(both.parameters[name][i], values[i])


def test_looks_come_every_so_many_updates_and_training_may_be_left():
    nets, parts = Ensemble(SMALL, SEEDS), own.split(SEEDS, train=96)
    made = training.updates(nets, parts, training.descent(nets, 0.1), 32, 4)
    looks, before = training.looks(made, 2), nets.member(0)(parts.x)
    assert next(looks) == 0 and torch.equal(nets.member(0)(parts.x), before)
    assert [next(looks) for _ in range(2)] == [2, 4]


def test_some_members_go_on_as_they_would_among_all():
    seeds = [0, 1, 2]
    nets, parts = Ensemble(SMALL, seeds), own.split(seeds, train=64)
    few, fewer = training.only(nets, [2, 0]), parts.only([2, 0])
    for ensemble, its in ((nets, parts), (few, fewer)):
        step = training.descent(ensemble, 0.1)
        made = [t for n in (0, 1) for t in run(ensemble, its, step, 16, 1, first=n)]
        assert made == list(range(1, 9))
    np.testing.assert_allclose(few.outputs(parts.x)[0], nets.outputs(parts.x)[2], atol=1e-6)
    np.testing.assert_allclose(few.outputs(parts.x)[1], nets.outputs(parts.x)[0], atol=1e-6)
    assert few.seeds == [2, 0]


@pytest.mark.parametrize("leave", [True, False])
@pytest.mark.parametrize("batch", [8, 96])
def test_a_member_stops_where_it_would_alone(batch, leave):
    parts = own.split([0, 1], train=96).only([0, 0, 1, 1])
    nets, epochs = Ensemble(networks.mlp, range(4)), 5 * batch  # of 480 updates
    reached = training.until(nets, parts, 0.4, batch, epochs, 4, is_at(0.5), leave)
    expected = []
    for split in range(2):
        train, _ = data.load("digits").split(96, seed=split)
        two = Ensemble(networks.mlp, range(2 * split, 2 * split + 2))
        found = two.train(
            train.x, train.y, deep.sgd(0.4), batch, epochs, target=0.5, every=4
        ).reached
        expected += found.tolist()
        for i in range(2):
            assert_same(nets, 2 * split + i, two.member(i))
    assert reached.tolist() == expected and len(set(expected)) > 1
    assert (own.training_losses(nets, parts) <= 0.5).all()


def test_who_is_not_there_has_made_all_updates():
    nets, parts = Ensemble(SMALL, SEEDS), own.split(SEEDS, train=96)
    other = Ensemble(SMALL, SEEDS)
    assert (training.until(nets, parts, 0.2, 32, 2, 1, is_at(0.0)) == -1).all()
    run(other, parts, training.descent(other, 0.2), 32, 2)
    for name, values in other.parameters.items():
        assert torch.equal(nets.parameters[name], values)


def test_who_diverges_is_left_out_and_the_others_go_on():
    nets, parts, asked = Ensemble(SMALL, [3, 3, 5]), own.split([3, 3, 5], train=96), []

    def there(few, its):
        asked.append(len(few))
        return is_at(1.5)(few, its)

    reached = training.until(nets, parts, [0.5, 1e20, 0.5], 32, 40, 3, there)
    assert reached[1] == -1 and reached[0] > 0 and reached[2] > 0
    assert asked[0] == 3 and max(asked[-1], asked[-2]) <= 2


def test_rates_are_the_members_own():
    parts = own.split([0, 1], train=96).only([0, 0, 1, 1])
    each, same = (Ensemble(networks.mlp, [0, 0, 1, 1]) for _ in range(2))
    run(each, parts, training.descent(each, np.array([0.1, 0.3, 0.1, 0.3])), 24, 2)
    run(same, parts, training.descent(same, 0.3), 24, 2)
    for name, values in each.parameters.items():
        assert torch.equal(values[[1, 3]], same.parameters[name][[1, 3]])
        assert not torch.equal(values[[0, 2]], same.parameters[name][[0, 2]])
