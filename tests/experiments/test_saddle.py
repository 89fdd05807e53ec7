"""The saddle: its gradient and Hessian against autograd, who leaves and who stays."""

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips.curvature import flat_loss, gradient, hessian
from trainingtips.experiments import saddle

SETTING = saddle.Setting(4, 8, 4, seeds=3, updates=150, every=10, target=0.9 * np.log(4))


@pytest.fixture(scope="module")
def problem():
    x, y = saddle.balanced(SETTING)
    return flat_loss(saddle.network(SETTING).double(), nn.functional.cross_entropy, x.double(), y)


def test_the_classes_are_balanced():
    _, y = saddle.balanced(SETTING)
    assert torch.bincount(y).tolist() == [8] * 4


def test_all_have_no_gradient_and_one_example_has(problem):
    assert saddle.largest_gradient(SETTING) == 0
    assert gradient(*problem).abs().max() < 1e-15
    x, y = saddle.balanced(SETTING)
    one = flat_loss(saddle.network(SETTING), nn.functional.cross_entropy, x[:1], y[:1])
    expected = float(gradient(*one).abs().max())
    assert saddle.largest_gradient(SETTING, examples=1) == pytest.approx(expected) != 0


def test_it_is_a_saddle_by_the_whole_hessian(problem):
    values = np.linalg.eigvalsh(hessian(*problem))
    assert saddle.eigenvalues(SETTING) == pytest.approx([values[0], values[-1]], abs=1e-6)
    assert values[0] < 0 < values[-1]
    assert len(values) == saddle.weights(SETTING)


def test_batches_leave_and_the_full_set_stays():
    one, full = saddle.runs(SETTING, [(1, 1.0, 0.1), (SETTING.n, 1.0, 0.1)])
    assert np.isfinite(saddle.escapes(one)).all()
    assert np.isinf(saddle.escapes(full)).all() and np.ptp(full.losses) == 0
    curve = saddle.curves(one, SETTING.every, 2)[1]
    assert curve[-1] <= SETTING.target < curve[:-1].min()
    (level,) = saddle.curves(full, SETTING.every, 2)
    assert level[-1] == pytest.approx(np.log(4))
