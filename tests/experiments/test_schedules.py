"""Schedules against torch's schedulers, and training under one against torch's own loop."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from trainingtips import batches, data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import schedules

N, WARM = 768, 76


def factors(make, updates):
    """What a torch scheduler multiplies the rate by, at each update."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, found = make(optimizer), []
    for _ in range(updates):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.parametrize(
    ("ours", "theirs", "first"),
    [
        (schedules.constant, lambda o: lr_scheduler.ConstantLR(o, 1.0), 0),
        (
            partial(schedules.step, updates=N),
            lambda o: lr_scheduler.MultiStepLR(o, [N // 2, 3 * N // 4]),
            0,
        ),
        (
            partial(schedules.cosine, updates=N),
            lambda o: lr_scheduler.CosineAnnealingLR(o, N),
            0,
        ),
        (
            partial(schedules.warm_up_cosine, updates=N, warm=WARM),
            lambda o: lr_scheduler.CosineAnnealingLR(o, N - WARM),
            WARM,
        ),
        (
            partial(schedules.warm_up, warm=WARM),
            lambda o: lr_scheduler.LinearLR(o, 1 / WARM, 1.0, WARM - 1),
            0,
        ),
    ],
)
def test_a_schedule_is_torchs(ours, theirs, first):
    expected = factors(theirs, N - first)
    np.testing.assert_allclose([ours(t) for t in range(first, N)], expected, rtol=1e-9, atol=1e-9)


def test_warm_up_precedes_the_cosine_and_none_is_constant():
    both = [schedules.warm_up_cosine(t, N, WARM) for t in range(WARM)]
    assert both == [schedules.warm_up(t, WARM) for t in range(WARM)]
    assert schedules.warm_up(0, 0) == 1


def looped(make, seed, rate, train, batch, epochs, factor):
    """The training loss at the end of torch's own loop."""
    net = Ensemble(make, [seed]).member(0).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    scheduler = lr_scheduler.LambdaLR(optimizer, factor)
    for number in range(epochs):
        for rows in batches.epoch(len(train), batch, seed, number):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(train.x[rows]), train.y[rows]).backward()
            optimizer.step()
            scheduler.step()
    return nn.functional.cross_entropy(net(train.x), train.y).item()


def test_final_losses_are_those_of_torchs_loop():
    train, _ = data.load("digits").split(48)
    make, rates = partial(networks.mlp, hidden=(4,)), [0.05, 0.5]
    factor = partial(schedules.cosine, updates=9)
    _, losses = schedules.final(make, 2, rates, train, 16, 3, factor)
    expected = [
        [looped(make, seed, rate, train, 16, 3, factor) for seed in (0, 1)] for rate in rates
    ]
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_a_run_that_blows_up_has_the_ceilings_loss():
    train, _ = data.load("digits").split(48)
    losses = schedules.final(networks.mlp, 2, [1e6], train, 16, 4)[1]
    assert (losses == schedules.CEILING).all()


def test_no_rate_is_usable_where_all_fail():
    assert schedules.usable([0.1, 0.2], [2.0, 3.0], limit=0.5) == 0


def test_schedules_are_compared_at_their_own_best_rates():
    constant = np.array([[1.0, 0.1], [10.0, 10.0]])  # (rates, seeds), in powers of ten
    later = np.array([[1.0, 1.0], [0.01, 0.01]])
    found = schedules.compared([0.1, 0.2], {"constant": constant, "later": later}, limit=0.5)
    assert found["best_rate"] == {"constant": 0.1, "later": 0.2}
    assert found["usable"] == {"constant": 0.1, "later": 0.2}
    assert found["gain"].mean == pytest.approx(1.5)  # of −½ and −2
    assert found["best_loss"]["later"] == pytest.approx(0.01)


def test_errors_are_compared_with_those_of_the_constant_rate():
    accuracies = {"constant": 0.9, "cosine": 0.95, "warm_up_cosine": 0.94}
    runs = {
        name: (np.ones((2, 2)), np.array([[0.5, 0.5], [each, each]]))  # by rate and seed
        for name, each in accuracies.items()
    }
    found = schedules.errors([0.1, 0.2], runs)
    assert found["gain"]["cosine"].mean == pytest.approx(0.05)
    assert found["warm_up_gain"].mean == pytest.approx(-0.01)
    assert set(found["best_rate"].values()) == set(found["usable"].values()) == {0.2}


def test_on_splits_a_network_has_its_own_digits_at_every_rate():
    make, rates = partial(networks.mlp, hidden=(4,)), [0.05, 0.5]
    factor = partial(schedules.cosine, updates=8)
    losses, validation, test = schedules.on_splits(make, 2, rates, 16, 2, factor, train=64)
    for seed in (0, 1):
        train, _ = data.load("digits").split(64, seed=seed)
        expected = [looped(make, seed, rate, train, 16, 2, factor) for rate in rates]
        np.testing.assert_allclose(losses[:, seed], expected, rtol=1e-4)
    assert losses.shape == validation.shape == test.shape == (2, 2)
    assert (validation != test).any()
    assert (schedules.on_splits(make, 2, [1e9], 16, 2, train=64)[0] == schedules.CEILING).all()


def test_peaks_are_chosen_on_validation_and_judged_on_test_errors():
    loss, high = np.full((2, 3), 0.1), np.array([[0.3], [0.4]]) * np.ones(3)
    runs = {
        "constant": (loss, high, high + 0.1),
        "step": (loss / 10, high[::-1], np.array([[0.0], [0.2]]) * np.ones(3)),
        "cosine": (loss, high, np.array([[0.15], [0.0]]) * np.ones(3)),
    }
    found = schedules.chosen([0.1, 0.2], runs)
    assert found["best_rate"] == {"constant": 0.1, "step": 0.2, "cosine": 0.1}
    assert found["gain"]["step"].mean == pytest.approx(0.4 - 0.2)  # not the 0 of its test errors
    assert found["loss_gain"]["step"].mean == pytest.approx(1.0)
    assert found["gap"]["step_cosine"].mean == pytest.approx(0.05)
    assert found["nearer"].mean == pytest.approx(0.2 - 0.05)
