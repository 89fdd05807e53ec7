"""Paths against torch.optim's own loop, closed forms, and losses that misbehave."""

import numpy as np
import pytest
import torch

from trainingtips.descent import descend

START = torch.tensor([1.5, -0.5], dtype=torch.float64)


def curved(theta):
    return (1 - theta[0] * theta[1]) ** 2 + 0.1 * theta.cos().sum()


def bowl(theta):
    return (theta**2).sum()


def sgd(rate):
    return lambda p: torch.optim.SGD(p, lr=rate)


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "NAdam"])
def test_descent_is_torch_optims_loop(name):
    rule_of = getattr(torch.optim, name)
    path = descend(curved, START, lambda p: rule_of(p, lr=0.05), 12)
    theta = START.clone().requires_grad_()
    rule = rule_of([theta], lr=0.05)
    for t in range(13):
        rule.zero_grad()
        value = curved(theta)
        value.backward()
        assert path.losses[t] == value.item()
        np.testing.assert_array_equal(path.points[t], theta.detach())
        assert path.gradient_norms[t] == pytest.approx(np.linalg.norm(theta.grad))
        rule.step()
    assert (len(path), path.diverged) == (13, False)


def test_lbfgs_which_evaluates_the_loss_itself():
    hilly = torch.tensor([1.0, 100.0], dtype=torch.float64)
    path = descend(lambda t: (hilly * t**2).sum(), START, torch.optim.LBFGS, 3)
    assert path.losses[-1] < 1e-6


def test_schedulers():
    start = torch.ones(1, dtype=torch.float64)
    halved = descend(
        bowl, start, sgd(0.25), 2, lambda o: torch.optim.lr_scheduler.StepLR(o, 1, 0.5)
    )
    np.testing.assert_allclose(halved.points[:, 0], [1, 0.5, 0.375])  # rates .25, .125
    flipping = descend(  # η = 1 sends w to −w: no progress, until the plateau is seen
        bowl,
        start,
        sgd(1.0),
        4,
        lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=1),
    )
    np.testing.assert_allclose(flipping.points[:, 0], [1, -1, 1, -1, 0])


def test_stop_ends_the_path_at_the_point_that_met_it():
    path = descend(bowl, torch.ones(1), sgd(0.25), 50, stop=lambda value, _: value < 0.1)
    np.testing.assert_allclose(path.points[:, 0], [1, 0.5, 0.25])
    at = descend(bowl, torch.ones(1), sgd(0.25), 50, stop=lambda _, theta: theta[0] < 0.6)
    assert len(at) == 2


def test_divergence_is_marked_and_the_path_stays_finite():
    path = descend(lambda t: (t**4).sum(), 10 * torch.ones(1), sgd(1.0), 50)
    assert path.diverged
    assert 0 < len(path) < 50
    for numbers in (path.points, path.losses, path.gradient_norms):
        assert np.isfinite(numbers).all()
        assert len(numbers) == len(path)


def test_a_gradient_that_is_not_finite():
    def root(theta):  # |w| as the root of a square: 0 at 0, its derivative there is 0/0
        return (theta**2).sqrt().sum()

    path = descend(root, torch.tensor([0.5], dtype=torch.float64), sgd(0.5), 5)
    assert path.diverged
    np.testing.assert_array_equal(path.points[:, 0], [0.5])
    with pytest.raises(ValueError, match="gradient at the start"):
        descend(root, torch.zeros(1), sgd(0.5), 5)


def test_start_and_the_callers_tensors_are_left_alone():
    start = START.clone().requires_grad_()
    descend(bowl, start, sgd(0.1), 3)
    assert torch.equal(start.detach(), START)
    assert start.grad is None


def test_degenerate_losses():
    still = descend(lambda t: torch.tensor(2.0), torch.ones(1), sgd(0.1), 3)
    assert still.losses.tolist() == [2.0] * 4
    assert still.gradient_norms.tolist() == [0.0] * 4
    assert len(descend(bowl, torch.ones(1), sgd(0.1), 0)) == 1


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"start": torch.tensor([1, 2])}, TypeError, "int64"),
        ({"start": torch.zeros(2, 2)}, ValueError, r"\(2, 2\)"),
        ({"loss": lambda t: t}, ValueError, "scalar"),
        ({"loss": lambda t: t.sum() * float("nan")}, ValueError, "nan"),
        ({"optimizer": torch.optim.SGD([START.clone()], lr=1)}, TypeError, "lambda p"),
        ({"optimizer": "sgd"}, TypeError, "str"),
        ({"steps": -1}, ValueError, "-1"),
        ({"steps": 1.5}, ValueError, "1.5"),
    ],
)
def test_bad_input_is_named(options, error, words):
    good = {"loss": bowl, "start": START, "optimizer": sgd(1.0), "steps": 1}
    with pytest.raises(error, match=words):
        descend(**(good | options))
