"""Rules and networks that must not be stacked, against those that may."""

import dataclasses
import threading
import weakref
from collections import OrderedDict, defaultdict
from functools import partial

import numpy as np
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


@dataclasses.dataclass
class Kept:
    values: object


class Slotted:
    __slots__ = ("inner",)

    def __init__(self, inner):
        self.inner = inner


class Scaled:
    """A function with state, and without a repr."""

    def __init__(self, factor):
        self._factor = factor

    def __call__(self, x):
        return x * self._factor

    def times(self, x):
        return x * self._factor


def enclosed(scale):
    return lambda x: x * scale


def by_default(value):
    def scaled(x, s=value):
        return x * s

    return scaled


def by_name(value):
    def scaled(x, *, s=value):
        return x * s

    return scaled


def looped(value):
    found = {"value": value}
    found["itself"] = [found]
    return found


def hidden(value):
    """A class of the caller's own, made anew each time."""

    class Within:
        def __call__(self, x):
            return x * value

    return Within()


def vars_of(**values):
    found = Scaled(1.0)
    vars(found).update(values)
    return found


def unregistered(value):
    layer = nn.Linear(1, 1)
    with torch.no_grad():
        layer.weight.fill_(value)
        layer.bias.fill_(0)
    return [layer]


KINDS = {
    "tensor": lambda v: torch.tensor([1.0, v]),
    "scalar tensor": torch.tensor,
    "array": lambda v: np.array([1.0, v]),
    "array with gaps": lambda v: np.array([np.nan, v]),
    "numpy number": np.float64,
    "list": lambda v: [torch.tensor(1.0), torch.tensor(v)],
    "dict": lambda v: {"a": {"b": np.array(v)}},
    "ordered": lambda v: OrderedDict(a=v),
    "default": lambda v: defaultdict(list, a=[v]),
    "keys": lambda v: {v: 1},
    "set": lambda v: {1.5, v},
    "dataclass": lambda v: Kept([torch.tensor(v)]),
    "slots": lambda v: Slotted(torch.tensor(v)),
    "partial": lambda v: partial(torch.mul, other=v),
    "partial's place": lambda v: partial(torch.add, torch.tensor(v)),
    "closure": enclosed,
    "closure on a tensor": lambda v: enclosed(torch.tensor(v)),
    "default argument": by_default,
    "named default": by_name,
    "callable": Scaled,
    "bound method": lambda v: Scaled(v).times,
    "builtin method": lambda v: torch.tensor(v).mul,
    "cycle": looped,
    "own class": hidden,
    "weights of nobody": unregistered,
    "generator": lambda v: torch.Generator().manual_seed(int(v)),
    "numpy's generator": lambda v: np.random.default_rng(int(v)),
    "complex": lambda v: v * 1j,
    "objects": lambda v: np.array([None, torch.tensor(v)], dtype=object),
}


class Holder(nn.Module):
    def __init__(self, held, name="held"):
        super().__init__()
        self.layer = nn.Linear(3, 2)
        setattr(self, name, held)

    def forward(self, x):
        return self.layer(x)


@pytest.mark.parametrize("name", ["held", "_held"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_members_that_hold_other_values_are_refused_and_alike_ones_taken(kind, name):
    def inside(value):
        return lambda: nn.Sequential(Holder(kind(value), name))

    with pytest.raises(ValueError, match=rf"make\(\) builds networks that differ in 0\.{name}"):
        Ensemble(in_turn(inside(2.0), inside(2.0), inside(3.0)), range(3))
    assert len(Ensemble(in_turn(inside(2.0), inside(2.0)), range(2))) == 2


def test_what_differs_is_told_at_its_place():
    def told(one, two):
        with pytest.raises(ValueError, match="stacked, all would be like the first") as found:
            Ensemble(in_turn(lambda: Holder(one), lambda: Holder(two)), range(2))
        return str(found.value)

    one, two = torch.zeros(2, 300), torch.zeros(2, 300)
    two[1, 250] = 7
    text = told({"a": [one]}, {"a": [two]})
    assert "differ in .held['a'][0][1, 250]: 0.0 and 7.0" in text and "register_buffer" in text
    assert "`scale`: 2 and 3" in told(enclosed(2), enclosed(3))
    assert "float32" in told(one, one.double()) and "(2, 3)" in told(one, one[:, :3])
    assert "['.a'] and ['.b']" in told(vars_of(a=1), vars_of(b=1))
    assert "[] and ['[1]']" in told([1], [1, 2])
    assert len(told("a" * 9999, "b" * 9999)) < 500


def test_hooks_that_differ_are_refused():
    def make(scale):
        net = mlp()
        net[0].register_forward_hook(lambda module, inputs, output: output * scale)
        return net

    with pytest.raises(ValueError, match=r"differ in 0\._forward_hooks\[0\]'s `scale`"):
        Ensemble(in_turn(lambda: make(1.0), lambda: make(2.0)), range(2))
    assert len(Ensemble(lambda: make(2.0), range(2))) == 2


class Referring(nn.Module):
    """Holds its own parts again, and what is new each time without a value that counts."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
        self.register_buffer("shift", torch.randn(2))
        self.again = [self.layer, self.layer.weight, {"shift": self.shift}]
        self.weak = weakref.ref(self)
        self.rule = torch.optim.Adam(self.parameters())
        self.lock, self.thing, self._me = threading.Lock(), object(), {"me": self}
        self.method = self.activated
        self.large = torch.zeros(2000, 1000)
        self.missing = torch.full((3,), torch.nan)

    def activated(self, x):
        return x.tanh()

    def forward(self, x):
        return self.method(self.layer(x)) + self.shift


TORCHS = {
    "referring": Referring,
    "weight norm": lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))),
    "spectral": lambda: nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2))),
    "recurrent": lambda: nn.LSTM(3, 2),
    "encoder": lambda: nn.TransformerEncoderLayer(4, 2, 8),
    "stack": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 2),
    "normalized": lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)),
    "older weight norm": lambda: nn.Sequential(nn.utils.weight_norm(nn.Linear(3, 2))),
    "adaptive": lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2]),
}


@pytest.mark.filterwarnings("ignore:.*weight_norm.*deprecated", "ignore:enable_nested_tensor")
@pytest.mark.parametrize("make", TORCHS.values(), ids=TORCHS)
def test_members_that_differ_in_weights_alone_are_taken(make):
    assert len(Ensemble(make, range(3))) == 3
