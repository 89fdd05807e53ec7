"""The record of a run with momentum against the rule written out."""

import numpy as np
import torch

from trainingtips import data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import memory

ETA, BETA = 0.1, 0.8


def test_steps_recorded_obey_the_rule_and_give_back_its_weights():
    train, _ = data.load("digits").split(64)
    module = Ensemble(networks.tanh, [0]).member(0)
    gradients, steps = memory.recorded(module, train, ETA, BETA, 12, 16, seed=0)
    velocity = np.zeros_like(steps[0])
    for g, step in zip(gradients, steps, strict=True):
        velocity = BETA * velocity + g
        np.testing.assert_allclose(step, -ETA * velocity, atol=1e-14)
    found = memory.found_weights(gradients, steps, ETA)
    np.testing.assert_allclose(found, BETA ** np.arange(12), atol=1e-9)
    assert memory.errors(gradients, steps, ETA, BETA).max() < 1e-12


def test_the_first_gradient_recorded_is_autograds():
    train, _ = data.load("digits").split(64)
    module = Ensemble(networks.tanh, [0]).member(0).double()
    gradients, _ = memory.recorded(module, train, ETA, BETA, 1, 64, seed=0)  # the whole set
    torch.nn.functional.cross_entropy(module(train.x.double()), train.y).backward()
    expected = torch.cat([p.grad.flatten() for p in module.parameters()])
    np.testing.assert_allclose(gradients[0], expected, atol=1e-14)


def test_a_wrong_momentum_shows_as_an_error():
    gradients = np.array([[1.0], [1.0]])
    steps = -ETA * np.array([[1.0], [1.8]])
    assert abs(memory.errors(gradients, steps, ETA, 0.5)[1] - 0.3 / 1.8) < 1e-12


def test_the_parts_of_a_step_in_a_plane_add_up_to_it_and_fade():
    train, _ = data.load("digits").split(64)
    module = Ensemble(networks.tanh, [0]).member(0)
    gradients, steps = memory.recorded(module, train, ETA, BETA, 12, 16, seed=0)
    step, parts = memory.in_a_plane(gradients, steps, ETA, BETA)
    np.testing.assert_allclose(step, [1, 0], atol=1e-12)
    np.testing.assert_allclose(parts.sum(0), step, atol=1e-9)
    along = -ETA * BETA ** np.arange(12) * (gradients[::-1] @ steps[-1]) / (steps[-1] @ steps[-1])
    np.testing.assert_allclose(parts[:, 0], along, atol=1e-12)
    whole = ETA * BETA ** np.arange(12) * np.linalg.norm(gradients[::-1], axis=1)
    longest = whole / np.linalg.norm(steps[-1])  # a projection lengthens nothing
    assert (np.linalg.norm(parts, axis=1) <= longest + 1e-12).all()
    way = np.cumsum(-ETA * BETA ** np.arange(12)[:, None] * gradients[::-1], axis=0)
    unit = steps[-1] / np.linalg.norm(steps[-1])
    left = (way - np.outer(way @ unit, unit)) / np.linalg.norm(steps[-1])
    furthest = np.linalg.eigvalsh(left @ left.T)[-1]  # of all directions across the step
    np.testing.assert_allclose((np.cumsum(parts[:, 1]) ** 2).sum(), furthest, rtol=1e-9)
