"""Losses compared: against torch's own losses, and small tables by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips.experiments import criteria
from trainingtips.losses import squared_error


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(20, 5, generator=generator, dtype=torch.float64)
    return logits, torch.randint(5, (20,), generator=generator)


def test_squared_error_on_softmax_is_that_of_losses(batch):
    expected = squared_error(*batch).mean()
    assert torch.isclose(criteria.squared_softmax(*batch), expected)


def test_squared_error_on_logits_is_torchs_over_all_entries(batch):
    logits, y = batch
    target = nn.functional.one_hot(y, 5).double()
    expected = nn.functional.mse_loss(logits, target, reduction="sum") / len(y)
    assert torch.isclose(criteria.squared_logits(logits, y), expected)


def test_a_share_of_the_labels_is_another_class():
    y = torch.arange(10).repeat(1000)
    spoiled = criteria.spoil(y, 0.3)
    wrong = spoiled != y
    assert abs(wrong.double().mean() - 0.3) < 4 * (0.3 * 0.7 / len(y)) ** 0.5
    assert spoiled.min() >= 0 and spoiled.max() < 10
    shifts = torch.bincount((spoiled - y)[wrong] % 10, minlength=10)
    assert shifts[0] == 0 and (shifts[1:] > 200).all(), "every other class, alike"
    assert torch.equal(criteria.spoil(y, 0.0), y)


def test_equal_fit_is_looked_at_where_each_seed_first_reaches_it():
    fit = np.array([[0.1, 0.1], [0.5, 0.6], [0.9, 0.7]])
    quick = (np.array([[0.0, 0.0], [0.8, 0.7], [0.6, 0.5]]), fit)
    slow = (np.array([[0.0, 0.0], [0.3, 0.3], [0.7, 0.9]]), fit - 0.1)
    found = criteria.equal_fit({"cross_entropy": quick, "slow": slow})
    assert found["fit"].mean == pytest.approx((0.8 + 0.6) / 2)  # what the slower one reaches
    assert found["accuracy"]["cross_entropy"].mean == pytest.approx((0.6 + 0.7) / 2)
    assert found["accuracy"]["slow"].mean == pytest.approx((0.7 + 0.9) / 2)
    assert found["gain"]["slow"].mean == pytest.approx((0.1 + 0.2) / 2)


def test_a_small_comparison_chooses_among_its_rates():
    rates = dict.fromkeys(criteria.CRITERIA, (1e-6, 0.4))
    setting = criteria.Setting(
        rates,
        seeds=3,
        train=96,
        valid=64,
        batch=16,
        epochs=16,
        noisy_epochs=2,
        enough=0.2,
        averaged=2,
    )
    found, best = criteria.tuned(setting)
    assert set(best.values()) == {0.4}, "no network learns at a rate of a millionth"
    assert found["losses"]["cross_entropy"]["accuracy"][1].mean > 0.5
    noise = criteria.noisy(setting, best, {"none": 0.0})["none"]
    assert len(noise["cross_entropy"]["accuracy"]) == 3
    assert set(noise["last_gain"]) == {"squared_softmax", "squared_logits"}


def test_each_seed_has_its_own_split_start_and_wrong_labels():
    setting = criteria.Setting({}, 2, 96, 64, 16, 1, 1, enough=0.2, averaged=1)
    nets, parts = criteria.members(setting, times=2)
    assert nets.seeds == [0, 1, 0, 1]
    assert torch.equal(parts.train[0], parts.train[2])
    assert not torch.equal(parts.train[0], parts.train[1])
    once, again = (criteria.spoil(parts.y[:200], 0.5, seed) for seed in (1, 2))
    assert not torch.equal(once, again)
