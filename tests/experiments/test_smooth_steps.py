"""A step along the gradient, against autograd on the network itself."""

import numpy as np
import torch
from torch import nn

from trainingtips import data
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import smooth_steps


def test_a_probe_is_what_autograd_finds_at_both_ends():
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(20, 4, generator=generator), torch.arange(20) % 3
    network = nn.Linear(4, 3)
    loss, move, beta = smooth_steps.probe(network, x, y, (0.5,))

    def at(weight, bias):
        value = nn.functional.cross_entropy(x @ weight.T + bias, y)
        return value, torch.cat([g.flatten() for g in torch.autograd.grad(value, [weight, bias])])

    weight, bias = network.weight, network.bias
    before, g = at(weight, bias)
    moved = [p.detach() - 0.5 * part for p, part in zip(
        (weight, bias), (g[:12].view(3, 4), g[12:]), strict=True)]  # fmt: skip
    after, h = at(*(p.requires_grad_() for p in moved))
    np.testing.assert_allclose(loss, [(after / before).item()], rtol=1e-5)
    np.testing.assert_allclose(move, [((h - g).norm() / g.norm()).item()], rtol=1e-4)
    np.testing.assert_allclose(beta, move / 0.5)


def test_the_summary_is_of_the_time_that_is_shown():
    rng = np.random.default_rng(0)
    found = {name: rng.random((3, 16, 4)) for name in ("loss", "move", "beta")}
    told = smooth_steps.summary(found, shown=1, short=0, long=3)
    np.testing.assert_array_equal(told["loss"][1], np.median(found["loss"][1], axis=0))
    np.testing.assert_array_equal(told["move_at_start"][1], np.median(found["move"][0], axis=0))
    assert told["short"][2].mean == np.median(found["beta"][2, :, 0])
    assert told["largest"][0].mean == np.median(found["beta"][0].max(1))
    assert told["move_long"].mean == np.median(found["move"][1, :, 3])


def test_follow_probes_each_start_on_its_own_split():
    make = lambda: nn.Linear(64, 10)  # noqa: E731
    found = smooth_steps.follow(make, 0.1, (0.1, 1.0), (0, 1), [3, 5], 32)
    assert found["loss"].shape == (2, 2, 2)
    for place, seed in enumerate((3, 5)):
        part, _ = data.load("digits").split(smooth_steps.TRAIN, seed=seed)
        member = Ensemble(make, [seed]).member(0).train()
        direct = smooth_steps.probe(member, part.x[:32], part.y[:32], (0.1, 1.0))
        np.testing.assert_allclose(found["loss"][0, place], direct[0], rtol=1e-6)


def test_follow_trains_as_an_ensemble_of_one_on_that_split():
    """Batch normalization and its running averages included, at two times of one training."""
    make = lambda: nn.Sequential(nn.Linear(64, 8), nn.BatchNorm1d(8), nn.Linear(8, 10))  # noqa: E731
    found = smooth_steps.follow(make, 0.2, (0.1, 1.0), (1, 2), [4, 7], 32)
    part, _ = data.load("digits").split(smooth_steps.TRAIN, seed=7)
    for row, epochs in enumerate((1, 2)):
        nets, rule = Ensemble(make, [7]), lambda leaves: torch.optim.SGD(leaves, lr=0.2)
        nets.train(part.x, part.y, rule, smooth_steps.BATCH, epochs)
        direct = smooth_steps.probe(nets.member(0).train(), part.x[:32], part.y[:32], (0.1, 1.0))
        np.testing.assert_allclose(found["loss"][row, 1], direct[0], rtol=1e-4)
        np.testing.assert_allclose(found["move"][row, 1], direct[1], rtol=1e-3)
