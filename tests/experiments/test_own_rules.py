"""Each member at a rate of its own: against torch's optimisers on each network alone."""

import torch
from torch import nn

from trainingtips.ensemble import Ensemble
from trainingtips.experiments import own_rules


def factor(t):
    return 1 / (1 + t)


def squares(z, y):
    return (z - nn.functional.one_hot(y, 2)).square().mean()


def test_each_member_of_adam_has_its_own_rate():
    """Against torch's optimiser on each network alone, of 3 weights and an offset a class."""
    rates, generator = [1e-3, 3e-2], torch.Generator().manual_seed(1)
    x, y = torch.randn(2, 6, 3, generator=generator), torch.randint(2, (2, 6), generator=generator)
    nets = Ensemble(lambda: nn.Linear(3, 2), [4, 5])
    alone = [nn.Linear(3, 2) for _ in rates]
    for k, net in enumerate(alone):
        net.load_state_dict({name: w[k].detach().clone() for name, w in nets.parameters.items()})
        rule = torch.optim.Adam(net.parameters())
        for t in range(5):
            rule.param_groups[0]["lr"] = rates[k] * factor(t)
            rule.zero_grad()
            squares(net(x[k]), y[k]).backward()
            rule.step()
    step = own_rules.adam(nets, rates, squares, factor)
    for t in range(5):
        step(x, y, t)
    for k, net in enumerate(alone):
        for name, w in net.named_parameters():
            assert torch.allclose(nets.parameters[name][k], w, atol=2e-6), (k, name)


def test_plain_descent_with_another_criterion_goes_by_the_rates():
    generator = torch.Generator().manual_seed(2)
    x, y = torch.randn(2, 6, 3, generator=generator), torch.randint(2, (2, 6), generator=generator)
    nets = Ensemble(lambda: nn.Linear(3, 2), [4, 5])
    before = nets.parameters["bias"].detach().clone()
    own_rules.descent(nets, [0.0, 0.5], squares)(x, y, 0)
    moved = (nets.parameters["bias"] - before).abs().sum(1)
    assert moved[0] == 0 and moved[1] > 0
