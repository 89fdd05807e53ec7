"""Ensembles on the whole of a data set: its updates against those of a network trained alone."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from figures.batch import _budgets_whole, _gap_whole
from figures.learning_rate import _warm_up_whole
from trainingtips import data, networks
from trainingtips.curvature import eigenpairs, flat_loss
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import whole_sets

SMALL = partial(networks.mlp, 64, 10, (4,))
SEEDS = [3, 5]
DEVICES = [
    "cpu",
    pytest.param(
        "cuda",
        marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU"),
    ),
]


def small(device="cpu", repeats=(1, 1)):
    """Two members on splits of the digits into 64 and the rest."""
    given = whole_sets.examples(data.load("digits"), 2, 64, repeats, device, seeds=SEEDS)
    return Ensemble(SMALL, np.repeat(SEEDS, np.prod(repeats)), device), given


def orders(descent, epochs):
    """The places of each epoch, (S, N), as that descent will deal them."""
    found, twin = [], whole_sets.Descent(descent.nets, descent.given, descent.batch, 0.0)
    for _ in range(epochs):
        twin._deal()
        found.append(twin.order.cpu().clone())
    return found


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("batch", [16, 20])  # 20 leaves four of an epoch
def test_a_member_is_the_network_that_is_trained_alone(batch, device):
    nets, given = small(device)
    alone = [nets.member(i).train().cpu() for i in range(2)]
    rates, factors = [0.1, 0.4], [0.25, 0.5, 1.0]
    descent = whole_sets.Descent(nets, given, batch, rates, factors)
    dealt, count = orders(descent, 2), 64 // batch
    descent.make(2 * count)
    whole = data.load("digits")
    for i, (network, rate) in enumerate(zip(alone, rates, strict=True)):
        rule = torch.optim.SGD(network.parameters(), lr=rate)
        for t in range(2 * count):
            epoch, place = divmod(t, count)
            rows = dealt[epoch][i, place * batch : (place + 1) * batch]
            rule.param_groups[0]["lr"] = rate * factors[min(t, 2)]
            rule.zero_grad()
            nn.functional.cross_entropy(network(whole.x[rows]), whole.y[rows]).backward()
            rule.step()
        for ours, right in zip(nets.member(i).parameters(), network.parameters(), strict=True):
            torch.testing.assert_close(ours.cpu(), right, rtol=1e-4, atol=1e-5)


def test_each_epoch_is_an_order_of_the_members_own_examples():
    nets, given = small()
    first, second = orders(whole_sets.Descent(nets, given, 16, 0.1), 2)
    assert not torch.equal(first, second)
    for order in (first, second):
        assert torch.equal(order.sort(1).values, given.train.sort(1).values)
    together = torch.cat([given.train, given.test], 1).sort(1).values
    assert torch.equal(together, torch.arange(1797).expand(2, -1))


def test_in_parts_and_whole_the_same_updates_are_made():
    (whole, given), (parts, _) = small(), small()
    whole_sets.Descent(whole, given, 16, 0.1).make(7)
    descent = whole_sets.Descent(parts, given, 16, 0.1)
    for updates in (1, 4, 2):
        descent.make(updates)
    for name, values in whole.parameters.items():
        assert torch.equal(values, parts.parameters[name])


@pytest.mark.parametrize("device", DEVICES)
def test_judged_in_parts_as_each_alone(device, monkeypatch):
    nets, given = small(device, repeats=(1, 2))
    monkeypatch.setattr(whole_sets, "ROOM", 64 * 4 * 50)  # 50 examples at once
    loss, right = whole_sets.judged(nets, given, given.test)
    whole = data.load("digits")
    for i, row in enumerate([0, 0, 1, 1]):
        rows, network = given.test[row].cpu(), nets.member(i).cpu()
        found = network(whole.x[rows]).detach()
        assert loss[i] == pytest.approx(float(nn.functional.cross_entropy(found, whole.y[rows])))
        hits = int((found.argmax(1) == whole.y[rows]).sum())
        assert round(right[i] * len(rows), 9) == hits


@pytest.mark.parametrize("device", DEVICES)
def test_until_a_member_is_there_and_no_further(device):
    nets, given = small(device)
    descent = whole_sets.Descent(nets, given, 16, [0.5, 0.0])
    reached = whole_sets.until(descent, 1.0, every=4, limit=400)
    assert reached[1] == -1 and 0 < reached[0] < 400 and descent.made == 400
    loss, _ = whole_sets.judged(nets, given, given.train)
    assert loss[0] <= 1.0
    again, _ = small(device)
    whole_sets.Descent(again, given, 16, [0.5, 0.0]).make(int(reached[0]))
    for name, values in nets.parameters.items():
        torch.testing.assert_close(values[0], again.parameters[name][0], rtol=1e-5, atol=1e-6)


def test_the_largest_eigenvalue_is_that_of_the_members_own_loss():
    nets, given = small()
    found = whole_sets.largest(nets, given)
    whole = data.load("digits")
    for i, value in enumerate(found):
        rows = given.train[i]
        problem = flat_loss(
            nets.member(i).double(), nn.functional.cross_entropy,
            whole.x[rows].double(), whole.y[rows],
        )  # fmt: skip
        assert value == pytest.approx(eigenpairs(*problem, 1, "largest")[0][0], rel=1e-5)


def test_a_batch_larger_than_the_set_is_refused():
    with pytest.raises(ValueError, match="at most 64 examples: 65"):
        whole_sets.Descent(*small(), 65, 0.1)


def test_the_gap_on_a_part_of_clothes():
    setting = replace(
        _gap_whole.SETTING, hidden=(8,), train=256, splits=2, starts=2, seeds=(0, 1),
        batches=(16, 64), every=(8, 8), scaled=((64, 0.4, 8),), target=1.5, limit=400,
    )  # fmt: skip
    found = _gap_whole.experiment(setting, data.load("fashion"), "cpu")
    members = found["members"]
    assert members["updates"].shape == (2, 4) and (members["updates"] > 0).all()
    assert (members["train_loss"] <= 1.5).all() and (members["largest"] > 0).all()
    assert found["controls"]["test_accuracy"].shape == (1, 4)
    assert found["test_examples"] == 6000 - 256


def test_the_budgets_on_a_part_of_clothes():
    setting = replace(
        _budgets_whole.SETTING, hidden=(8,), train=256, validation=64, splits=2, starts=2,
        seeds=(0, 1), batches=(16, 64), rates=(0.0, 0.1, 0.2), updates=8, epochs=2,
    )  # fmt: skip
    found = _budgets_whole.experiment(setting, data.load("fashion"), "cpu")
    assert found["tuned"]["test"].shape == (2, 4) and all(rate > 0 for rate in found["chosen"])
    assert found["test_examples"] == 6000 - 256 - 64
    # two epochs of batches of 64 are eight updates: one budget is the other
    np.testing.assert_array_equal(found["epochs"]["train"][1], found["updates"]["train"][1])


def test_warm_up_on_a_part_of_clothes():
    setting = replace(
        _warm_up_whole.SETTING, train=256, splits=2, seeds=(0, 1), batch=32, updates=24, warm=4,
        rates={"sharp": (0.01, 50.0), "flat": (0.05, 0.2, 0.8)}, depths={"deep": (8, 8)},
        watched=4, looks=2, watched_splits=1, curved=128,
    )  # fmt: skip
    found = _warm_up_whole.experiment(setting, data.load("fashion"), "cpu")
    sharp, flat = found["sharp"]["deep"], found["flat"]["deep"]
    assert sharp["constant"].shape == (2, 2) and flat["warm_up"].shape == (3, 2)
    assert sharp["constant"].max() <= 1e3 and sharp["curvature"].shape == (2, 1)
    assert sharp["curvature"][0, 0] > flat["curvature"][0, 0]
