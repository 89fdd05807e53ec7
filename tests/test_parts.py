"""Which parameters a request chooses, counted by hand."""

import pytest
import torch
from torch import nn

from trainingtips import curvature, parts


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2))
        self.first = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        self.first10 = nn.Linear(3, 1)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("first10", ["first10.weight", "first10.bias"]),  # and not what only begins like it
        ("first.0", ["first.0.weight", "first.0.bias"]),
        ("first.0.bias", ["first.0.bias"]),
        ("*.bias", ["first.0.bias", "first.1.bias", "first10.bias"]),
        (["first10", "scale"], ["scale", "first10.weight", "first10.bias"]),  # in their own order
        (["first", "first.0"], [f"first.{i}.{n}" for i in (0, 1) for n in ("weight", "bias")]),
    ],
)
def test_names_patterns_and_lists(asked, expected):
    assert list(parts.choose(Nested(), asked)) == expected


def test_modules_and_parameters_themselves():
    network = Nested()
    assert list(parts.choose(network, network.first10)) == ["first10.weight", "first10.bias"]
    assert list(parts.choose(network, network.scale)) == ["scale"]
    assert parts.choose(network, network.scale)["scale"] is network.scale
    assert len(parts.choose(network, network)) == 7


def test_frozen_ones_are_left_out_unless_asked_for():
    network = Nested()
    network.first.requires_grad_(False)
    trained = ["scale", "first10.weight", "first10.bias"]
    assert list(parts.choose(network)) == trained
    assert list(parts.choose(network, "first.1")) == ["first.1.weight", "first.1.bias"]
    assert len(parts.choose(network, "*")) == 7
    assert list(parts.layers(network)) == ["scale", "first10"]


def test_tied_parameters_count_once():
    network = nn.ModuleDict({"a": nn.Embedding(3, 2), "b": nn.Linear(2, 3, bias=False)})
    network["b"].weight = network["a"].weight
    assert list(parts.choose(network)) == ["a.weight"]
    for asked in (network["b"], "b.weight", "b", "b.*", ["b.weight", "a.weight"]):
        assert list(parts.choose(network, asked)) == ["a.weight"]


def test_an_empty_request_is_refused():
    for none in ([], ()):
        with pytest.raises(ValueError, match="parameters is an empty list; None takes all"):
            parts.choose(Nested(), none)


@pytest.mark.parametrize("asked", ["second", "fir", nn.Linear(1, 1), nn.Parameter(torch.ones(2))])
def test_what_fits_nothing_is_told_with_what_there_is(asked):
    with pytest.raises(ValueError, match=r"fits none of the parameters scale, first\.0\.weight"):
        parts.choose(Nested(), asked)


def test_other_kinds_of_request_are_refused():
    with pytest.raises(TypeError, match=r"a name or pattern, a module.*received int"):
        parts.choose(Nested(), 3)
    with pytest.raises(ValueError, match="ReLU has no parameters"):
        curvature.layers(nn.ReLU())


def test_a_tied_weight_belongs_to_each_layer_that_holds_it():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.encode, self.decode = nn.Embedding(7, 3), nn.Linear(3, 7)
            self.decode.weight = self.encode.weight

        def forward(self, x):
            return self.decode(self.encode(x))

    tied, x = Tied().double(), torch.arange(7)
    own = ["encode.weight", "decode.bias"]
    assert curvature.layers(tied) == {"encode": own[:1], "decode": own}
    found = curvature.by_layer(curvature.trace, tied, nn.functional.cross_entropy, x, x)
    whole, theta = curvature.flat_loss(tied, nn.functional.cross_entropy, x, x, parameters=own)
    assert found["decode"].mean == pytest.approx(curvature.trace(whole, theta).mean)
