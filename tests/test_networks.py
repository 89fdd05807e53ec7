"""The networks against what numpy and scipy make of their weights."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d
from torch import nn

from trainingtips import data
from trainingtips.curvature import flat_loss
from trainingtips.data import Dataset
from trainingtips.derivatives import hvp
from trainingtips.ensemble import Ensemble
from trainingtips.losses import of_signs
from trainingtips.networks import (
    Attention,
    convolutional,
    filters,
    fitting,
    he,
    mlp,
    on_digits,
    residual,
    tanh,
    transformer,
)


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
        (lambda: filters(channels=(0,)), r"channels: .* received \(0,\)"),
        (lambda: residual(channels=6), "channels is a multiple of four; received 6"),
        (lambda: residual(blocks=0), "blocks: .* received 0"),
        (lambda: transformer(norm="both"), "norm is 'pre' or 'post'; received 'both'"),
        (lambda: transformer(width=30), "width is a multiple of heads, 4; received 30"),
        (lambda: transformer(layers=1.5), "layers: .* received 1.5"),
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


def weights(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(("side", "left"), [(14, 4), (28, 7), (8, 2), (5, 2)])
def test_filters_halve_any_side_rounding_up(side, left):
    module = filters(side, 3, (2, 4))
    assert weights(module) == (9 * 2 + 2) + (9 * 2 * 4 + 4) + (left**2 * 4 * 3 + 3)
    assert module(torch.rand(5, side**2)).shape == (5, 3)


def test_filters_are_those_of_the_other_network_where_it_takes_the_side():
    x = torch.rand(3, 64)
    with torch.random.fork_rng():
        torch.manual_seed(2)
        one = convolutional(8, 10, (8, 16))
        torch.manual_seed(2)
        other = filters(8, 10, (8, 16))
    assert torch.equal(one(x), other(x))


@pytest.mark.parametrize("side", [14, 28])
def test_a_residual_network_adds_what_its_blocks_say(side):
    module, channels = residual(side, 5, 8, 2).double(), 8
    block = 2 * (2 * channels + 9 * channels**2 + channels)
    assert weights(module) == 10 * channels + 2 * block + 2 * channels + 5 * channels + 5
    x = torch.rand(3, side**2, dtype=torch.double)
    h = module[1](x.view(3, 1, side, side))
    for plus in module[2:4]:
        norm, _, first, other, _, last = plus.block
        f = nn.functional.conv2d(norm(h).clamp(min=0), first.weight, first.bias, padding=1)
        h = h + nn.functional.conv2d(other(f).clamp(min=0), last.weight, last.bias, padding=1)
    places = module[4](h).clamp(min=0).mean((2, 3))
    torch.testing.assert_close(module(x), places @ module[-1].weight.T + module[-1].bias)


def test_attention_is_the_formula_place_by_place():
    module = Attention(6, 2).double()
    x = np.random.default_rng(0).normal(size=(4, 6))
    found = module(torch.from_numpy(x)[None]).detach().numpy()[0]
    w, b, out_w, out_b = arrays(module)
    q, k, v = np.split(x @ w.T + b, 3, axis=1)
    for t in range(4):
        heads = []
        for head in (slice(0, 3), slice(3, 6)):
            scores = np.exp([q[t, head] @ k[s, head] / np.sqrt(3) for s in range(t + 1)])
            heads.append(scores / scores.sum() @ v[: t + 1, head])
        np.testing.assert_allclose(found[t], out_w @ np.concatenate(heads) + out_b)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_transformers_layers_are_torchs(norm):
    module = transformer(7, 5, 8, 2, 1, norm).double()
    theirs = nn.TransformerEncoderLayer(
        8, 2, 32, 0.0, "gelu", batch_first=True, norm_first=norm == "pre", dtype=torch.double
    )
    attention, wide = module[1:3]
    pairs = [
        (theirs.self_attn.in_proj_weight, attention.block.all.weight),
        (theirs.self_attn.in_proj_bias, attention.block.all.bias),
        *zip(theirs.self_attn.out_proj.parameters(), attention.block.out.parameters(), strict=True),
        *zip(theirs.linear1.parameters(), wide.block[0].parameters(), strict=True),
        *zip(theirs.linear2.parameters(), wide.block[2].parameters(), strict=True),
    ]
    with torch.no_grad():
        for to, of in pairs:
            to.copy_(of)
        for p in [*attention.norm.parameters(), *wide.norm.parameters()]:
            p.normal_()
        for to, of in ((theirs.norm1, attention.norm), (theirs.norm2, wide.norm)):
            to.load_state_dict(of.state_dict())
    x = torch.randint(7, (3, 5))
    mask = nn.Transformer.generate_square_subsequent_mask(5, dtype=torch.double)
    inner = theirs(module[0](x), src_mask=mask)
    torch.testing.assert_close(module(x), module[3:](inner))


@pytest.mark.parametrize(("norm", "last"), [("pre", 2 * 32), ("post", 0)])
def test_a_transformer_has_some_thirty_thousand_weights_and_does_not_look_ahead(norm, last):
    module = transformer(norm=norm)
    layer = (4 * 32**2 + 4 * 32) + (8 * 32**2 + 5 * 32) + 2 * 2 * 32
    assert weights(module) == 41 * 32 + 64 * 32 + 2 * layer + last + 41 * 33
    x = torch.randint(41, (1, 64))
    other = x.clone()
    other[0, 40] = (x[0, 40] + 1) % 41
    moved = (module(x) - module(other)).abs().amax((0, 2))
    assert not moved[:40].any() and moved[40:].all()
    assert module(x[:, :10]).shape == (1, 10, 41)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_transformer_is_trained_by_an_ensemble_and_has_curvature(norm):
    train, _ = data.load("text").split(64, seed=0)
    small = lambda: transformer(width=8, heads=2, layers=1, norm=norm)  # noqa: E731
    adam = lambda p: torch.optim.Adam(p, lr=0.01)  # noqa: E731
    both, one = Ensemble(small, [3, 4]), Ensemble(small, [4])
    run, alone = (
        nets.train(train.x, train.y, adam, 16, 2, criterion=of_signs) for nets in (both, one)
    )
    assert (run.losses[-1] < run.losses[0]).all() and run.losses[0].max() < 1.2 * np.log(41)
    np.testing.assert_allclose(run.losses[:, 1], alone.losses[:, 0], rtol=1e-4)
    loss, theta = flat_loss(one.member(0).double(), of_signs, train.x[:4], train.y[:4])
    v = torch.randn(len(theta), dtype=torch.double, generator=torch.Generator().manual_seed(0))
    step = 1e-5 * v
    ahead, behind = (torch.func.grad(loss)(theta + sign * step) for sign in (1, -1))
    torch.testing.assert_close(hvp(loss, theta, v), (ahead - behind) / 2e-5, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("make", [lambda: filters(14, 10, (4, 8)), lambda: residual(14, 10, 4, 1)])
def test_networks_of_pictures_are_trained_by_an_ensemble(make):
    train = data.halved(data.parts("fashion")[0]).split(64, seed=0)[0]
    rule = lambda p: torch.optim.SGD(p, lr=0.1)  # noqa: E731
    run = Ensemble(make, [0, 1]).train(train.x, train.y, rule, 16, 3)
    alone = Ensemble(make, [1]).train(train.x, train.y, rule, 16, 3)
    assert (run.losses[-1] < run.losses[0]).all()
    np.testing.assert_allclose(run.losses[:, 1], alone.losses[:, 0], rtol=1e-4)
