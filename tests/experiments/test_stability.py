"""Curvature along training against dense eigenvalues and torch's own steps."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn, optim

from trainingtips import data, networks
from trainingtips.curvature import flat_loss, hessian
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import schedules, stability

START = torch.tensor([1.5, -0.7, 0.3])
ETA = 0.05


def test_the_preconditioner_is_that_of_adams_next_step():
    theta = START.clone().requires_grad_()
    optimizer = optim.Adam([theta], lr=ETA, betas=(0.0, 0.999))  # no average: m̂ = g
    for _ in range(3):
        theta.grad = theta.detach() ** 3 + theta.detach().sum()
        scale = stability.preconditioner(optimizer, theta)
        before = theta.detach().clone()
        optimizer.step()
        torch.testing.assert_close(before - theta.detach(), ETA * scale**2 * theta.grad)


def test_top_is_the_largest_eigenvalue_of_the_scaled_hessian():
    matrix = torch.from_numpy(np.cov(np.random.default_rng(0).normal(size=(12, 40))))
    scale = torch.linspace(0.5, 2, 12, dtype=torch.float64)
    theta, scaled = torch.ones(12, dtype=torch.float64), scale[:, None] * matrix * scale
    expected = float(torch.linalg.eigvalsh(scaled)[-1])
    found, vector = stability.top(lambda t: 0.5 * t @ matrix @ t, theta, scale)
    assert abs(found / expected - 1) < 1e-3
    again, _ = stability.top(lambda t: 0.5 * t @ matrix @ t, theta, scale, start=vector)
    assert abs(again / expected - 1) < 1e-3


def test_momentum_as_an_average_diverges_beyond_adams_edge():
    edge = stability.adam_edge(0.9)
    assert abs(edge - 38) < 1e-9
    for step, grows in ((0.99 * edge, False), (1.01 * edge, True)):
        theta, m = 1.0, 0.0
        for _ in range(3000):
            m = 0.9 * m + 0.1 * theta
            theta = theta - step * m
        assert (abs(theta) > 1) == grows


def cubes(theta):
    """In twelve weights, with 1, 2, … 12 the curvatures at one."""
    return (torch.arange(1.0, 13) * theta**3 / 6).sum()


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam])
def test_a_walk_is_torchs_and_sees_its_curvature(make):
    found = stability.walk(cubes, torch.ones(12), partial(make, lr=0.01), 2.0, 6, 3)
    theta = torch.ones(12).requires_grad_()
    optimizer, losses, curvatures = make([theta], lr=0.01), [], []
    for _ in range(7):
        optimizer.zero_grad()
        value = cubes(theta)
        value.backward()
        losses.append(value.item())
        curvatures.append(float((torch.arange(1.0, 13) * theta.detach()).max()))
        optimizer.step()
    np.testing.assert_allclose(found["losses"], losses, rtol=1e-6)
    np.testing.assert_allclose(found["sharpness"], curvatures[::3], rtol=1e-3)
    if make is optim.SGD:
        np.testing.assert_allclose(found["ratio"], np.divide(curvatures[::3], 2.0), rtol=1e-3)
    else:  # at first √v̂ is |g| = i/2 for the curvature i: each direction has twice its own
        assert abs(found["ratio"][0] - 2.0 / 2.0) < 1e-3


def test_what_is_left_and_what_rises_of_a_loss():
    losses = np.concatenate([np.full(200, 4.0), np.full(200, 1.0)])
    losses[200:300] = 2.0
    assert stability.loss_left(losses) == 0.5
    walk = {"ratio": np.array([0.5, 1.0, 1.0]), "losses": np.array([9, 8, 9, 8, 9.0])}
    assert stability.share_rising(walk, every=2) == 0.5
    walk["ratio"] = np.array([0.5, 0.9, 1.0])  # reached by the last update: none is left to rise
    assert stability.share_rising(walk, every=2) == 0.0


def test_curvature_along_training_is_that_of_the_whole_hessian():
    train, _ = data.load("digits").split(32)
    train = data.Dataset(train.x[:, 24:32], train.y, 10)
    make = partial(networks.mlp, 8, 10, (4,))
    factor = partial(schedules.warm_up, warm=4)
    updates, found = stability.along(make, 2, 0.1, train, 16, 1, 2, factor)
    assert updates.tolist() == [0, 2]
    for seed in (0, 1):
        member = Ensemble(make, [seed]).member(0)
        matrix = hessian(*flat_loss(member, nn.functional.cross_entropy, train.x, train.y))
        assert abs(found[0, seed] / float(torch.linalg.eigvalsh(matrix)[-1]) - 1) < 0.02
    kept = stability.summary(updates, found)
    np.testing.assert_allclose(kept["curvature"][0], found.mean(1))
    assert kept["curvature_start"].mean == pytest.approx(found[0].mean())


def test_levels_are_those_of_each_walk():
    ratio, losses = np.array([0.5, 2.0, 1.0, 1.0]), np.linspace(4, 1, 301)
    low = {"ratio": ratio / 4, "sharpness": 10 * ratio, "losses": losses}
    high = {"ratio": ratio, "sharpness": 40 * ratio, "losses": losses}
    found = stability.levels([[low, low], [low, high]], slice(-2, None), every=100)
    assert [each.mean for each in found["level"]] == [0.25, 0.625]
    assert [each.mean for each in found["peak"]] == pytest.approx([0.5, 1.0])  # √(0.5 · 2)
    assert found["rising"][0].mean == 0  # it never reaches the edge
    assert [each.n for each in found["start"]] == [2, 2]
