"""Adam without correction against its own lines."""

from functools import partial

import numpy as np
import pytest
import torch

from trainingtips import data, networks
from trainingtips.experiments import bias

START, ETA, BETAS = torch.tensor([1.5, -0.7, 0.3], dtype=torch.float64), 0.05, (0.9, 0.999)
NETWORK = partial(networks.mlp, hidden=(4,))


def test_torch_without_its_correction_is_adam_without_correction():
    theta = START.clone().requires_grad_()
    optimizer = torch.optim.Adam([theta], lr=ETA, betas=BETAS, eps=0.0)
    factor = partial(bias.uncorrected, beta1=BETAS[0], beta2=BETAS[1])
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    own, m, v = START, torch.zeros_like(START), torch.zeros_like(START)
    for _ in range(25):
        theta.grad = theta.detach() ** 3 + theta.detach().sum()
        optimizer.step()
        scheduler.step()
        g = own**3 + own.sum()
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        own = own - ETA * m / v.sqrt()
        torch.testing.assert_close(theta.detach(), own, rtol=1e-8, atol=1e-10)


def test_steps_of_a_network_are_the_factor_times_torchs():
    train, _ = data.load("digits").split(64)
    ratios = bias.measured(NETWORK, 0, train, 16, 30, 0.8, 0.99)
    np.testing.assert_allclose(ratios, bias.factor(np.arange(1, 31), 0.8, 0.99), rtol=1e-6)


def test_the_first_update_without_correction_is_one_at_the_root_of_ten_times_the_rate():
    rates, splits = np.array([1e-3, 1e-2]), [data.load("digits").split(64, s)[0] for s in (0, 1)]
    found = bias.compared(NETWORK, 2, 3, rates, 64, 64, 1, BETAS)  # one update
    longer = [
        bias.final(NETWORK, seeds, np.sqrt(10) * rates, train, 64, 1, BETAS, True)
        for seeds, train in zip((range(3), range(3, 6)), splits, strict=True)
    ]
    expected = np.log10(longer).mean((0, 2))
    assert {m.n for m in found["gap"]} == {2}
    np.testing.assert_allclose([m.mean for m in found["loss_without"]], expected, atol=1e-5)
    gaps = [a.mean - b.mean for a, b in zip(found["loss_with"], found["loss_without"], strict=True)]
    np.testing.assert_allclose([m.mean for m in found["gap"]], gaps, atol=1e-9)
    best = [int(np.argmin([m.mean for m in found[f"loss_{k}"]])) for k in ("with", "without")]
    tuned = found["tuned"]
    assert [tuned["rate_with"], tuned["rate_without"]] == [rates[k] for k in best]
    one, other = found["loss_with"][best[0]], found["loss_without"][best[1]]
    assert tuned["gap"].mean == pytest.approx(one.mean - other.mean, abs=1e-9)
