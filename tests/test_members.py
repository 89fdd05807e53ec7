"""Rules and networks that must not be stacked, against those that may."""

import pytest
import torch
from torch import nn

from trainingtips.ensemble import Ensemble


def mlp(activation=nn.Tanh):
    return nn.Sequential(nn.Linear(3, 4), activation(), nn.Linear(4, 2))


X, Y = torch.randn(10, 3, generator=torch.Generator().manual_seed(0)), torch.arange(10) % 2


def trained(optimizer, make=mlp, seeds=range(3)):
    nets = Ensemble(make, seeds)
    nets.train(X, Y, optimizer, 5, 1)
    return nets


def by_axes(parameters):
    """The usual split: decay for matrices, none for biases."""
    parameters = list(parameters)
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.01},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=1e-3,
    )


class Clipped(torch.optim.SGD):
    """Clips by the norm over all that it is given."""

    def step(self, closure=None):
        parameters = self.param_groups[0]["params"]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        return super().step(closure)


class Layerwise(torch.optim.SGD):
    """LARS: a step in proportion to the tensor's own norm."""

    @torch.no_grad()
    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p -= 0.01 * p.norm() / p.grad.norm() * p.grad


@pytest.mark.parametrize(
    "optimizer",
    [by_axes, lambda p: Clipped(p, lr=0.1), lambda p: Layerwise(p, lr=0.1)],
    ids=["by axes", "clipped", "layerwise"],
)
@pytest.mark.parametrize("seeds", [[0], [0, 1, 2]])
def test_a_rule_that_mixes_members_is_refused(optimizer, seeds):
    with pytest.raises(TypeError, match=r"not that on each alone.*shape \(\d, .*one by one"):
        trained(optimizer, seeds=seeds)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "NAdam", "Rprop"])
def test_rules_that_work_element_by_element_are_taken(name):
    trained(lambda p: getattr(torch.optim, name)(p, lr=1e-3))


def test_groups_by_place_and_random_rules_are_taken():
    trained(lambda p: torch.optim.SGD([{"params": p[:2], "lr": 0.1}, {"params": p[2:]}], lr=0.2))

    class Noisy(torch.optim.SGD):
        @torch.no_grad()
        def step(self, closure=None):
            super().step(closure)
            for p in self.param_groups[0]["params"]:
                p += 0.01 * torch.randn_like(p)

    trained(lambda p: Noisy(p, lr=0.1))


def test_a_function_that_keeps_its_rule_keeps_the_one_that_trains():
    kept = []

    def optimizer(parameters):
        kept.append(torch.optim.SGD(parameters, lr=0.1))
        return kept[-1]

    nets = trained(optimizer)
    assert kept[-1].param_groups[0]["params"][0] is next(iter(nets.parameters.values()))


def test_trying_a_rule_leaves_torchs_random_state_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    trained(lambda p: torch.optim.SGD(p, lr=0.1))
    assert torch.equal(torch.rand(2), expected)


class Own(nn.Module):
    def __init__(self, act, scale=1.0):
        super().__init__()
        self.layer, self.act, self.scale = nn.Linear(3, 2), act, scale

    def forward(self, x):
        return self.act(self.layer(x)) * self.scale


def in_turn(*makers):
    """make() that returns another network each time."""
    rest = iter(makers)
    return lambda: next(rest)()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (in_turn(mlp, lambda: mlp(nn.ReLU)), "differ in 1: Tanh and ReLU"),
        (
            in_turn(lambda: mlp(lambda: nn.Dropout(0.1)), lambda: mlp(lambda: nn.Dropout(0.2))),
            r"differ in 1\.p: 0\.1 and 0\.2",
        ),
        (in_turn(lambda: Own(torch.tanh), lambda: Own(torch.relu)), r"\.act: tanh and relu"),
        (in_turn(lambda: Own(lambda x: x), lambda: Own(lambda x: x + 1)), r"differ in \.act"),
        (in_turn(lambda: Own(torch.tanh), lambda: Own(torch.tanh, 2.0)), r"\.scale: 1\.0 and 2"),
    ],
)
def test_members_that_differ_in_more_than_weights_are_refused(make, told):
    with pytest.raises(ValueError, match=told):
        Ensemble(make, [0, 1])


def test_members_with_functions_of_the_same_code_are_taken():
    assert len(Ensemble(lambda: Own(lambda x: x.tanh()), range(3))) == 3
