"""The networks against what numpy and scipy make of their weights."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d

from trainingtips import data
from trainingtips.data import Dataset
from trainingtips.networks import convolutional, fitting, he, mlp, on_digits, tanh


def arrays(module):
    return [p.detach().double().numpy() for p in module.parameters()]


@pytest.mark.parametrize("hidden", [(), (5,), (7, 3, 4)])
def test_mlp_is_affine_maps_with_relu_between(hidden):
    x = np.random.default_rng(0).normal(size=(6, 4))
    module = mlp(4, 3, hidden).double()
    found = module(torch.from_numpy(x)).detach().numpy()
    weights = arrays(module)
    for w, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = np.maximum(x @ w.T + b, 0)
    np.testing.assert_allclose(found, x @ weights[-2].T + weights[-1])
    assert [w.shape[0] for w in weights[::2]] == [*hidden, 3]


def test_tanh_is_affine_maps_with_tanh_between():
    x = np.random.default_rng(0).normal(size=(6, 4))
    module = tanh(4, 3, (5,)).double()
    w1, b1, w2, b2 = arrays(module)
    found = module(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(found, np.tanh(x @ w1.T + b1) @ w2.T + b2)


def test_hes_start_keeps_the_size_of_what_passes_through():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = he(mlp(400, 300, (500,)), gain=3.0)
    w1, b1, w2, b2 = arrays(module)
    assert not b1.any() and not b2.any()
    assert abs(w1.std() / (3 * np.sqrt(2 / 400)) - 1) < 0.01
    assert abs(w2.std() / (3 * np.sqrt(2 / 500)) - 1) < 0.01


def test_convolutional_is_correlation_at_every_second_place():
    side, module = 8, convolutional(8, 3, (2, 4)).double()
    flat = np.random.default_rng(1).normal(size=(2, side * side))
    w1, b1, w2, b2, w3, b3 = arrays(module)
    for picture, found in zip(flat, module(torch.from_numpy(flat)).detach().numpy(), strict=True):
        maps = picture.reshape(1, side, side)
        for w, b in ((w1, b1), (w2, b2)):
            full = [sum(map(correlate2d, maps, each, ["same"] * len(maps))) for each in w]
            maps = np.maximum(np.array(full)[:, ::2, ::2] + b[:, None, None], 0)
        assert maps.shape == (4, 2, 2)
        np.testing.assert_allclose(found, w3 @ maps.ravel() + b3)


def test_every_build_draws_its_weights_anew_from_torch():
    for build in (mlp, convolutional):
        with torch.random.fork_rng():
            torch.manual_seed(3)
            first, second = arrays(build()), arrays(build())
            torch.manual_seed(3)
            again = arrays(build())
        assert all((a == b).all() for a, b in zip(first, again, strict=True))
        assert not (first[0] == second[0]).any()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: mlp(0), "features: whole numbers from 1 are right; received 0"),
        (lambda: mlp(hidden=(32, 2.5)), r"hidden: .* received \(32, 2.5\)"),
        (lambda: mlp(classes=True), "classes: .* received True"),
        (lambda: convolutional(channels=(8, -1)), r"channels: .* received \(8, -1\)"),
        (lambda: convolutional(side=6), r"side is a multiple of 2\^2 for 2 layers; received 6"),
    ],
)
def test_wrong_sizes_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize("features", [64, 48])
def test_networks_are_fitted_to_grey_and_coloured_pictures(features):
    dataset = Dataset(torch.rand(5, features), torch.arange(5) % 3, 3)
    for make in (mlp, convolutional):
        assert fitting(make, dataset)()(dataset.x).shape == (5, 3)


def test_three_colours_are_three_planes():
    module = convolutional(4, 2, (3,), colours=3)
    x = torch.rand(2, 48)
    first = torch.nn.functional.conv2d(x.view(2, 3, 4, 4), module[1].weight, module[1].bias, 2, 1)
    torch.testing.assert_close(module[1](module[0](x)), first)


def test_filters_need_a_picture():
    with pytest.raises(ValueError, match="received 50 features"):
        fitting(convolutional, Dataset(torch.rand(2, 50), torch.zeros(2).long(), 1))


def test_a_start_on_digits_is_the_seeds_own_and_leaves_the_random_state():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    loss, theta = on_digits(lambda: mlp(hidden=(4,)), seed=3, examples=100)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(3)
    module = mlp(hidden=(4,)).double()
    assert torch.equal(theta, torch.cat([p.detach().ravel() for p in module.parameters()]))
    train, _ = data.load("digits").split(100, seed=3)
    expected = torch.nn.functional.cross_entropy(module(train.x.double()), train.y)
    assert float(loss(theta)) == pytest.approx(expected.item())
