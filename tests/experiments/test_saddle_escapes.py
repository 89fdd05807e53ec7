"""Escapes from the saddle against the linear rule and against descent by hand."""

import numpy as np
import pytest
import torch

from trainingtips.experiments.saddle_escapes import noisy_updates, plain_updates
from trainingtips.surfaces import two_weights

UP = np.array([1.0, 1.0]) / np.sqrt(2)  # the way out


def by_hand(w, rate, loss):
    updates = 0
    while two_weights(w) >= loss:
        w = w - rate * -2 * (1 - w[0] * w[1]) * w[::-1]
        updates += 1
    return updates


@pytest.mark.parametrize("distance", [1e-6, 1e-3, 0.1])
def test_both_are_descent_where_there_is_no_noise(distance):
    start = distance * UP
    expected = by_hand(start, 0.05, 0.5)
    assert plain_updates(torch.from_numpy(start), 0.05, 0.5) == expected
    assert noisy_updates(start, 0.05, 0.5, 0.0, 3).tolist() == [expected] * 3


def test_noise_leaves_sooner_and_at_other_times():
    found = noisy_updates(1e-9 * UP, 0.05, 0.5, 1e-3, 16)
    assert found.max() < by_hand(1e-9 * UP, 0.05, 0.5)
    assert len(set(found)) > 1
