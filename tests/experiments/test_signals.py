"""Signals through layers, against scipy's integrals, closed forms and autograd through a module."""

import numpy as np
import pytest
import torch
from scipy import integrate
from torch import nn

from trainingtips.experiments import signals


@pytest.mark.parametrize("name", signals.ACTIVATIONS)
@pytest.mark.parametrize("q", [0.01, 1.0, 9.0])
def test_mean_is_the_integral(name, q):
    phi = signals.ACTIVATIONS[name]

    def integrand(z):
        value = phi(torch.tensor(q**0.5 * z, dtype=torch.float64)).item()
        return value**2 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    expected = integrate.quad(integrand, -12, 0)[0] + integrate.quad(integrand, 0, 12)[0]
    assert signals.mean(lambda x: phi(x) ** 2, q) == pytest.approx(expected, rel=1e-6)


def test_relu_halves_both():
    forward, backward = signals.expected(torch.relu, 1.0, 5)
    assert forward == pytest.approx(0.5 ** np.arange(5), rel=1e-3)
    assert backward == pytest.approx(0.5 ** np.arange(5)[::-1], rel=1e-3)


def test_orthogonal_matrices_are():
    weights = signals.drawn("orthogonal", 2, 6, [0, 1])
    assert weights.shape == (2, 2, 6, 6)
    assert torch.allclose(weights @ weights.mT, torch.eye(6).expand(2, 2, 6, 6), atol=1e-5)


def test_gaussian_weights_have_the_variance():
    assert signals.drawn("gaussian", 4, 50, range(4)).var().item() == pytest.approx(1 / 50, rel=0.1)


def test_measured_as_through_a_module():
    weights = signals.drawn("gaussian", 3, 5, [0, 1])
    rng = np.random.default_rng(0)
    x, back = (torch.from_numpy(rng.normal(size=(2, 4, 5))).float() for _ in range(2))
    forward, backward = signals.measured(torch.tanh, 1.5, weights, x, back)
    for member in range(2):
        h = x[member]
        kept = []
        for layer in range(3):
            linear = nn.Linear(5, 5, bias=False)
            linear.weight.data = 1.5 * weights[member, layer]
            h = linear(torch.tanh(h) if kept else h)
            kept.append(h)
        gradients = torch.autograd.grad((h * back[member]).sum(), kept)
        assert forward[member] == pytest.approx([v.square().mean().item() for v in kept], rel=1e-4)
        assert backward[member] == pytest.approx(
            [g.square().mean().item() for g in gradients], rel=1e-4
        )
