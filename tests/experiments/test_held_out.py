"""Members watched on what was held out, against networks that torch trains one by one."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips import batches, data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import held_out as held

MAKE = partial(networks.mlp, hidden=(6,))
SEEDS = [2, 5]


def alone(seed, train, optimizer):
    """One network on its split, by torch's own optimiser and weight decay."""
    net = Ensemble(MAKE, [seed]).member(0).train()
    rule = optimizer(net.parameters())
    for number in range(3):
        for rows in batches.epoch(len(train), 16, seed, number):
            rule.zero_grad()
            nn.functional.cross_entropy(net(train.x[rows]), train.y[rows]).backward()
            rule.step()
    return net.eval()


@pytest.mark.parametrize(
    ("decay", "theirs"),
    [
        ({}, partial(torch.optim.Adam, lr=0.01)),
        ({"coupled": [0.1, 0.1]}, partial(torch.optim.Adam, lr=0.01, weight_decay=0.1)),
        ({"decoupled": [0.1, 0.1]}, partial(torch.optim.AdamW, lr=0.01, weight_decay=0.1)),
    ],
)
def test_a_member_is_trained_as_torch_trains_it(decay, theirs):
    nets, digits = Ensemble(MAKE, SEEDS), data.load("digits")
    parts = held.deal(digits, SEEDS, train=64, validation=100)
    rule = torch.optim.Adam(nets.parameters.values(), lr=0.01)
    assert list(held.updates(nets, parts, rule, 16, 3, **decay)) == list(range(1, 13))
    for i, seed in enumerate(SEEDS):
        train, rest = digits.split(64, seed=seed)
        other, test = alone(seed, train, theirs), data.Dataset(rest.x[100:], rest.y[100:], 10)
        found = held.judged(nets, parts, parts.test)
        output = other(test.x)
        loss = nn.functional.cross_entropy(output, test.y).item()
        assert found[0][i] == pytest.approx(loss, rel=1e-3)
        assert found[1][i] == pytest.approx((output.argmax(1) != test.y).double().mean().item())


def test_decay_is_each_member_s_own():
    nets = Ensemble(MAKE, [1, 1])
    parts = held.deal(data.load("digits"), [1, 1], train=64)
    rule = torch.optim.SGD(nets.parameters.values(), lr=0.1)
    for _ in held.updates(nets, parts, rule, 16, 2, decoupled=[0.0, 1.0]):
        pass
    none, some = nets.parameters["0.weight"].detach().flatten(1).norm(dim=1)
    assert some < 0.7 * none  # eight times 1 − 0.1


def test_wrong_labels_are_told_and_not_tested():
    parts = held.deal(data.load("digits"), [0, 3], train=256, wrong=0.5)
    wrong = (parts.told != parts.y).double().mean(1)
    np.testing.assert_allclose(wrong, 0.45, atol=0.05)
    nets = Ensemble(MAKE, [0, 3])
    answers = held.answers(nets, parts, parts.train).argmax(-1)
    expected = (answers != parts.told.gather(1, parts.train)).double().mean(1)
    np.testing.assert_allclose(held.judged(nets, parts, parts.train, told=True)[1], expected)


def test_what_is_trained_on_can_be_changed():
    nets, seen = Ensemble(MAKE, SEEDS), []
    parts = held.deal(data.load("digits"), SEEDS, train=32)

    def change(x):
        seen.append(x.shape)
        return torch.zeros_like(x)

    before = nets.parameters["0.weight"].detach().clone()
    rule = torch.optim.SGD(nets.parameters.values(), lr=0.1)
    assert len(list(held.updates(nets, parts, rule, 16, 1, change=change))) == len(seen) == 2
    assert seen[0] == (2, 16, 64)
    assert torch.equal(nets.parameters["0.weight"], before)  # no input, no gradient of its weights
