"""Weight decay of each member's own, against torch's own optimisers on a member alone."""

from functools import partial

import pytest
import torch
from torch import nn

from trainingtips import networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import decays, own_splits, own_training

SEEDS, STRENGTHS, RATE = [0, 1, 2], torch.tensor([0.0, 0.1, 3.0]), 0.003
ADAM = partial(torch.optim.Adam, lr=RATE)
TORCH = {
    "coupled": lambda p, decay: torch.optim.Adam(p, lr=RATE, weight_decay=decay),
    "decoupled": lambda p, decay: torch.optim.AdamW(p, lr=RATE, weight_decay=decay),
}


@pytest.mark.parametrize("kind", TORCH)
def test_each_member_decays_as_torch_has_it(kind):
    nets = Ensemble(partial(networks.mlp, hidden=(8,)), SEEDS)
    parts = own_splits.split(SEEDS, 64)
    alone = [nets.member(i).train() for i in range(3)]
    step = getattr(decays, kind)(nets, torch.optim.Adam, RATE, STRENGTHS)
    rules = [
        TORCH[kind](each.parameters(), float(s)) for each, s in zip(alone, STRENGTHS, strict=True)
    ]
    seen = []

    def both(x, y, t):
        seen.append((x, y))
        step(x, y, t)

    for _ in own_training.updates(nets, parts, both, 16, 3):
        pass
    for i, (net, rule) in enumerate(zip(alone, rules, strict=True)):
        for x, y in seen:
            rule.zero_grad()
            nn.functional.cross_entropy(net(x[i]), y[i]).backward()
            rule.step()
        for name, weights in net.named_parameters():
            assert torch.allclose(nets.parameters[name][i], weights, atol=1e-5), (i, name)
    assert len(seen) == 12


def test_with_plain_descent_both_are_one_rule():
    runs = []
    for kind in TORCH:
        nets = Ensemble(partial(networks.mlp, hidden=(8,)), SEEDS)
        step = getattr(decays, kind)(nets, torch.optim.SGD, 0.1, STRENGTHS)
        for _ in own_training.updates(nets, own_splits.split(SEEDS, 64), step, 16, 3):
            pass
        runs.append(nets.parameters)
    for name, weights in runs[0].items():
        assert torch.allclose(weights, runs[1][name], atol=1e-5), name
        assert not torch.allclose(weights[0], weights[2], atol=1e-2), "decay does nothing"
