"""Wrong starts: two logits against closed forms, networks against a budget by hand."""

from functools import partial

import numpy as np
import torch
from scipy import special
from torch import nn

from trainingtips.experiments import wrong_starts
from trainingtips.losses import cross_entropy, squared_error

SETTING = wrong_starts.Setting(
    (0.0, 200.0), seeds=6, train=128, valid=200, batch=16, epochs=10, every=4, enough=0.5
)


def by_hand(margin, slope, eta, most):
    """Updates until the margin d is gone, by d ← d − 2η · slope(d)."""
    for update in range(1, most + 1):
        margin -= 2 * eta * slope(margin)
        if margin <= 0:
            return update
    return wrong_starts.NEVER


def test_descent_on_cross_entropy_takes_off_the_sigmoid():
    margins = np.array([0.5, 3.0, 12.0])
    rule = partial(torch.optim.SGD, lr=0.1)
    found = wrong_starts.two_logits(margins, cross_entropy, rule, most=200)
    assert found.tolist() == [by_hand(d, special.expit, 0.1, 200) for d in margins]


def test_descent_on_squared_error_is_stuck_far_out():
    margins = np.array([0.5, 3.0, 12.0])
    rule = partial(torch.optim.SGD, lr=0.1)
    found = wrong_starts.two_logits(margins, squared_error, rule, most=500)

    def slope(d):  # of 2 σ(d)², in the logit of the wrong class
        p = special.expit(d)
        return 4 * p**2 * (1 - p)

    assert found.tolist() == [by_hand(d, slope, 0.1, 500) for d in margins]
    assert found[-1] == wrong_starts.NEVER


def test_adam_moves_by_its_rate_each_update():
    rule = partial(torch.optim.Adam, lr=0.25)
    found = wrong_starts.two_logits(np.array([4.0]), squared_error, rule, most=100)
    assert found.tolist() in ([8], [9])  # 2 · 0.25 an update, the last a little short


def test_networks_start_sure_of_one_class_and_are_held_up_by_it():
    rule = partial(torch.optim.SGD, lr=0.4)
    near, far = wrong_starts.compared(SETTING, nn.functional.cross_entropy, [rule])["rows"]
    assert near["share"].mean == 1 and near["updates"].high < SETTING.budget
    assert far["share"].mean == 0 and "updates" not in far


def test_seeds_that_do_not_arrive_count_with_the_budget():
    updates = np.array([4, 8, 8, 12, 12, wrong_starts.NEVER])
    found = wrong_starts.summary(updates, SETTING)
    assert found["share"].mean == 5 / 6
    assert found["updates"].mean == 10 and found["updates"].high == SETTING.budget == 80
    assert found["capped"] == ["high"], "so many updates or more"
    assert wrong_starts.summary(updates[:5].repeat(2), SETTING)["capped"] == []


def test_the_best_rate_from_each_start_is_the_one_that_arrives_first_on_validation_digits():
    rules = [partial(torch.optim.SGD, lr=rate) for rate in (1e-4, 0.4, 1e-3)]
    found = wrong_starts.compared(SETTING, nn.functional.cross_entropy, rules)
    assert found["places"][0] == 1
    near, far = ([each["share"].mean for each in row] for row in found["tried"])
    assert near == [0, 1, 0] and far == [0, 0, 0]
    assert found["rows"] == [found["tried"][0][1], found["tried"][1][found["places"][1]]]
