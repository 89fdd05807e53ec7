"""Effective rates against the gradients themselves, added up by hand."""

from functools import partial

import numpy as np
import torch
from torch import nn

from trainingtips import data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import effective_rates

OPTIMIZERS = {
    "Adagrad": partial(torch.optim.Adagrad, lr=0.02),
    "RMSprop": partial(torch.optim.RMSprop, lr=0.01, alpha=0.9),
}
MAKE = partial(networks.mlp, hidden=(4,))


def test_rates_on_noise_are_those_of_its_squares():
    times, found = effective_rates.on_noise(OPTIMIZERS, 3, 20, seed=1)
    squares = np.random.default_rng(1).normal(size=(20, 3)) ** 2
    mean, means = 0.0, []
    for each in squares:
        mean = 0.9 * mean + 0.1 * each
        means.append(mean)
    for name, kept in {"Adagrad": squares.cumsum(0), "RMSprop": np.array(means)}.items():
        np.testing.assert_allclose(found[name], kept.mean(1)[times - 1] ** -0.5)


def test_rates_of_a_network_are_those_of_its_gradients():
    train, _ = data.load("digits").split(16, seed=1)  # the second member's own
    times, found = effective_rates.on_networks(OPTIMIZERS, MAKE, 2, 16, 16, 3, every=1)
    assert times.tolist() == [1, 2, 3]
    net = Ensemble(MAKE, [1]).member(0).train()  # batches of all: no order of examples
    optimizer, total = OPTIMIZERS["Adagrad"](net.parameters()), 0.0
    for rate in found["Adagrad"][:, 1]:
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(train.x), train.y).backward()
        total = total + torch.cat([p.grad.flatten() for p in net.parameters()]) ** 2
        optimizer.step()
        assert abs(rate / float(total.mean()) ** -0.5 - 1) < 1e-4


def test_a_power_law_has_its_slope():
    times = np.arange(1, 101)
    rates = times[:, None] ** -0.5 * [1.0, 3.0]
    found = effective_rates.summary(times, {"Adagrad": rates})
    assert abs(found["network_slopes"]["Adagrad"].mean + 0.5) < 1e-9
    assert abs(found["network_factor"]["Adagrad"].mean - 0.1) < 1e-9
    assert found["network"]["Adagrad"][0].mean == 1
