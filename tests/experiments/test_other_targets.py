"""Updates to a target by other rules, against torch's optimisers on one network at a time."""

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips.ensemble import Ensemble
from trainingtips.experiments import elsewhere, other_networks, other_targets, own_splits

RULES = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.3),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.3),
}


@pytest.mark.parametrize("name", RULES)
def test_a_step_is_torchs(name):
    make, y = lambda: nn.Linear(3, 4), torch.tensor([0, 1, 2, 3, 0])
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    nets = Ensemble(make, [1, 2])
    alone = nets.member(1)
    step, rule = other_targets.RULES[name](nets, [0.1, 0.3]), RULES[name](alone.parameters())
    for t in range(4):
        step(x.expand(2, 5, 3), y.expand(2, 5), t)
        rule.zero_grad()
        nn.functional.cross_entropy(alone(x), y).backward()
        rule.step()
    torch.testing.assert_close(nets.member(1).weight, alone.weight)


def test_needed_is_the_first_look_at_the_target():
    own = {"data": elsewhere.FASHION, "rows": 1797, "depth": 1, "rule": "SGD", "target": 0.5}
    make, seeds = other_networks.perceptron(own), [3, 4]
    found = other_targets.needed(own, make, 0.1, seeds, limit=64)
    assert np.isinf(other_targets.needed(own, make, 0.1, seeds, limit=0)).all()
    assert (found % other_targets.EVERY == 0).all() and found.max() <= 64
    never = other_targets.needed(own | {"target": 1.01}, make, 0.1, seeds, limit=16)
    assert np.isinf(never).all()
    whole = other_networks.dataset(own)
    parts = own_splits.split(seeds, dataset=whole)
    nets, before = Ensemble(make, seeds), int(found.min()) - other_targets.EVERY
    step = other_targets.RULES["SGD"](nets, [0.1, 0.1])
    right = {}
    for t in other_targets.own_training.updates(nets, parts, step, 64, 4):
        right[t] = own_splits.accuracy(nets, parts)
    for member, needed in enumerate(found):
        assert right[int(needed)][member] >= 0.5
    assert before == 0 or right[before][found.argmin()] < 0.5


def test_networks_that_burst_are_not_waited_for():
    nets = Ensemble(lambda: nn.Linear(2, 2), [0, 1, 2])
    with torch.no_grad():
        nets.parameters["bias"][1, 0] = torch.inf
    assert other_targets.finite(nets).tolist() == [True, False, True]
