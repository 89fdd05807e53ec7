"""First losses of the cases: the record is of the files of today, a guess is what theory says."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from tests.checkup import first_losses, gallery

CASES = sorted(gallery.CASES.glob("*.py"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_record_has_each_case_as_its_file_is_now(path):
    assert first_losses.kept()[path.stem]["file"] == gallery.digest(path)


def made(criterion, model, x, y):
    """A case that trains `model` on one batch."""

    def loop(t, on_step, steps):
        for _ in range(steps):
            on_step(criterion(model(x), y), x, y)

    def setup(seed, fixed):
        return SimpleNamespace(batches=[(x, y)], criterion=criterion)

    return SimpleNamespace(setup=setup, loop=loop)


def test_zeros_cost_what_a_guess_does():
    classes = made(nn.CrossEntropyLoss(), lambda x: 0 * x, torch.ones(6, 4), torch.arange(6) % 4)
    assert first_losses.first(classes, 0, False) == pytest.approx((math.log(4), math.log(4)))
    marks = made(nn.BCEWithLogitsLoss(), lambda x: 0 * x, torch.ones(6), torch.arange(6) % 2.0)
    assert first_losses.first(marks, 0, False) == pytest.approx((math.log(2), math.log(2)))


def test_targets_that_are_not_centred_cost_their_mean_squared_more():
    y = torch.tensor([9.0, 11.0])
    loss, usual = first_losses.first(made(nn.MSELoss(), torch.zeros_like, y, y), 0, False)
    assert usual == pytest.approx(1.0) and loss == pytest.approx(101.0)


def test_a_loss_of_one_s_own_has_no_guess_that_is_known():
    case = made(lambda z, y: (z - y).abs().mean(), lambda x: x, torch.ones(3), torch.zeros(3))
    assert first_losses.first(case, 0, False) == (1.0, None)
