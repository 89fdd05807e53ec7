"""Networks of another shape: each has the shapes that a setting says, and statistics as torch's."""

import pytest
import torch
from torch import nn

from trainingtips import chance
from trainingtips.curvature import gradient
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import elsewhere, normalizations
from trainingtips.experiments import other_networks as other

FASHION = {"data": elsewhere.FASHION, "rows": 60}
TEXT = {"data": elsewhere.TEXT, "width": 8, "length": 16, "examples": 3}


def test_a_short_text_is_the_beginning_of_each_window():
    found, whole = other.dataset(TEXT), elsewhere.dataset({"data": elsewhere.TEXT})
    assert torch.equal(found.x, whole.x[:, :16]) and torch.equal(found.y, whole.y[:, :16])
    assert other.tiny(TEXT, found)()(found.x[:2]).shape == (2, 16, found.classes)


@pytest.mark.parametrize(
    "shape", [{"hidden": [5]}, {"channels": [2, 3]}, TEXT], ids=["tanh", "filters", "text"]
)
def test_a_tiny_problem_is_the_mean_cross_entropy_of_the_seeds_network(shape):
    own = FASHION | {"examples": 3} | shape
    (loss, theta), again = other.problem(own, 1), other.problem(own, 1)[1]
    assert torch.equal(theta, again) and not torch.equal(theta, other.problem(own, 2)[1])
    found = other.dataset(own)
    train, _ = found.split(3, seed=1)
    module = other.tiny(own, found)().double()
    nn.utils.vector_to_parameters(theta, module.parameters())
    logits = module(train.x.double() if train.x.is_floating_point() else train.x)
    right = logits.log_softmax(-1).gather(-1, train.y[..., None])
    torch.testing.assert_close(loss(theta), -right.mean())
    (-right.mean()).backward()
    mine = torch.cat([p.grad.flatten() for p in module.parameters()])
    torch.testing.assert_close(gradient(loss, theta), mine)


@pytest.mark.parametrize("norm", [None, nn.BatchNorm1d])
def test_a_deep_perceptron_is_that_of_digits_but_for_its_inputs(norm):
    digits, own = deep.network(norm, depth=3)(), other.perceptron(FASHION | {"depth": 3}, norm)()
    shapes = [[p.shape for p in net.parameters()] for net in (digits, own)]
    assert shapes[0][1:] == shapes[1][1:] and shapes[1][0] == (32, 196)
    large = other.perceptron(FASHION | {"depth": 3})
    with chance.started(0):
        deviations = torch.stack([large()[0].weight.detach().std() for _ in range(20)])
    assert float(deviations.mean()) == pytest.approx((2 / 196) ** 0.5, rel=0.02)  # He's
    bound = other.default(FASHION | {"depth": 3})()[0].weight.abs().max()
    assert bound <= 196**-0.5  # torch's


def test_batch_normalization_of_pictures_is_torchs():
    x = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    ours, torchs = other.on_pictures(nn.BatchNorm1d(4), 9), nn.BatchNorm2d(4)
    torch.testing.assert_close(ours(x), torchs(x))
    torch.testing.assert_close(ours.layer.running_var, torchs.running_var)
    torch.testing.assert_close(ours.eval()(x), torchs.eval()(x))


def test_statistics_of_groups_are_of_so_many_pictures():
    x = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    ours = other.on_pictures(normalizations.ghost(2)(4), 9)(x)
    apart = torch.cat([nn.BatchNorm2d(4)(some) for some in x.split(2)])
    torch.testing.assert_close(ours, apart)


def test_statistics_of_an_example_are_over_its_places():
    x = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    layer = other.on_pictures(nn.LayerNorm(4), 9)(x)
    torch.testing.assert_close(layer, nn.LayerNorm([4, 3, 3])(x))
    group = other.on_pictures(nn.GroupNorm(2, 4), 9)(x)
    torch.testing.assert_close(group, nn.GroupNorm(2, 4)(x))


def test_normalized_filters_take_pictures():
    own = FASHION | {"channels": [4, 8, 8]}
    net = other.filters(own, nn.BatchNorm1d)()
    assert net(other.dataset(own).x[:5]).shape == (5, 10)
    assert sum(isinstance(layer, nn.ReLU) for layer in net) == 3
