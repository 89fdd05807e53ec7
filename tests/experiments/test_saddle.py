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


def test_the_ways_out_are_those_of_single_gradients(problem):
    """By projectors onto eigenspaces, against autograd's gradients one by one."""
    whole = hessian(*problem).numpy()
    found, parts = saddle.ways_out(SETTING)
    values, vectors = np.linalg.eigh(whole)
    assert found[0] == pytest.approx(values[0]) and (np.diff(found) > 1e-9).all()
    x, y = saddle.balanced(SETTING)
    criterion, rows = torch.nn.functional.cross_entropy, []
    for i in range(len(y)):
        one = flat_loss(saddle.network(SETTING).double(), criterion, x[i : i + 1].double(), y[[i]])
        rows.append(gradient(*one).numpy())
    for value, part in zip(found, parts, strict=True):
        basis = vectors[:, abs(values - value) < 1e-9]
        expected = np.linalg.norm(np.array(rows) @ basis, axis=1)
        assert part == pytest.approx(np.sqrt(np.mean(expected**2)), abs=1e-12)
    assert parts[0] < 1e-12 < 1e-3 < parts.max()  # the steepest way has none of it


def test_batches_leave_and_the_full_set_stays():
    one, full = saddle.runs(SETTING, [(1, 1.0, 0.1), (SETTING.n, 1.0, 0.1)])
    assert np.isfinite(saddle.escapes(one)).all()
    assert np.isinf(saddle.escapes(full)).all() and np.ptp(full.losses) == 0
    curve = saddle.curves(one, SETTING.every, 2)[1]
    assert curve[-1] <= SETTING.target < curve[:-1].min()
    (level,) = saddle.curves(full, SETTING.every, 2)
    assert level[-1] == pytest.approx(np.log(4))
