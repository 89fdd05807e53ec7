"""A layer's shifts against the package's own internal covariate shift, and a case by hand."""

import pytest
import torch
from torch import nn

from trainingtips.experiments.deep_networks import network
from trainingtips.experiments.layer_shifts import mismatch, shifts
from trainingtips.experiments.normalizations import jolted


def built(norm=None, depth=3):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator = torch.Generator().manual_seed(1)
        x = torch.randn(32, 64, generator=generator, dtype=torch.float64)
        y = torch.randint(10, (32,), generator=generator)
        return network(norm, depth=depth)().double().train(), (x, y)


@pytest.mark.parametrize("norm", [None, nn.BatchNorm1d])
def test_the_turn_is_the_packages_where_there_is_no_noise(norm):
    assert mismatch(*built(norm), rate=0.5) < 1e-9


def test_nothing_moves_at_rate_zero_but_the_noise():
    still, batch = built(nn.BatchNorm1d)
    for move, cosine, relative in shifts(still, batch, 0.0, seed=0):
        assert (move, relative) == (0, 0)
        assert cosine == pytest.approx(1)
    noisy, batch = built(jolted(0.5))
    assert all(move > 0 and cosine < 1 for move, cosine, _ in shifts(noisy, batch, 0.0, seed=0))


def test_the_move_of_the_means_by_hand():
    plain, (x, y) = built(depth=2)
    (move, *_), _ = shifts(plain, (x, y), 0.1, seed=0)
    first = plain[0]
    loss = nn.functional.cross_entropy(plain(x), y)
    weight, bias = torch.autograd.grad(loss, [first.weight, first.bias])
    old = first(x)
    new = x @ (first.weight - 0.1 * weight).T + first.bias - 0.1 * bias
    rms = (new - old).mean(0).square().mean().sqrt()
    expected = rms / old.var(0, correction=0).mean().sqrt()
    assert move == pytest.approx(float(expected.detach()))
