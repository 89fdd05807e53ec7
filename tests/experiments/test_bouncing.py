"""Steps along eigenvectors against a walk that is known, and training against autograd."""

from functools import partial

import numpy as np
import torch
from torch import nn

from trainingtips import networks
from trainingtips.batches import epoch
from trainingtips.derivatives import gradient
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import bouncing
from trainingtips.flat import flat_loss
from trainingtips.losses import half_squares

MAKE = partial(networks.tanh, 64, 10, (4,))


def examples(n):
    x = torch.randn(n, 64, generator=torch.Generator().manual_seed(0))
    return x, nn.functional.one_hot(torch.arange(n) % 10, 10).float()


def test_movement_finds_its_correlation_in_a_path():
    x, y = examples(200)
    module = Ensemble(MAKE, [0]).member(0)
    start = torch.cat([p.detach().reshape(-1) for p in module.parameters()]).numpy()
    swing = np.where(np.arange(401) % 2, 0.01, -0.01)[:, None]  # every weight to and fro
    found = bouncing.movement(module, start + swing, x, y, eta=0.4, top=40)
    np.testing.assert_allclose(found["correlation"], -1, atol=1e-2)
    assert found["net_share"] < 1e-6


def test_groups_hold_all_eigenvectors_and_a_walk_of_theory_has_no_excess():
    step = np.linspace(1.5, 0.1, 8)
    one = {"step": step, "correlation": -step / 2, "gradient_share": 0.9, "net_share": 0.1}
    found = bouncing.moved([one, one], bins=3)
    assert max(abs(m.mean) for m in found["excess"]) < 1e-12
    assert found["step"][0].mean == step[0]
    assert found["gradient_share"].mean == 0.9


def own(nets, n):
    """Other examples for each member: x (E, n, 64), y (E, n, 10)."""
    x, y = examples(n * len(nets))
    return x.view(len(nets), n, -1), y.view(len(nets), n, -1)


def test_norms_and_steps_are_those_of_autograd():
    nets = Ensemble(MAKE, [0, 1])
    x, y = own(nets, 12)
    starts = [flat_loss(nets.member(i), half_squares, x[i], y[i]) for i in (0, 1)]
    gradients = [gradient(*start) for start in starts]
    norms = [float(g.norm()) for g in gradients]
    np.testing.assert_allclose(bouncing.norms(nets, x, y), norms, rtol=1e-5)
    one = x[:, :1], y[:, :1]  # one example: no noise
    paths = bouncing.weights(nets, *one, 0.1, batch=1, updates=2)
    assert paths.shape == (3, 2, len(starts[0][1]))
    for i, (_, theta) in enumerate(starts):
        np.testing.assert_array_equal(paths[0, i], theta)
        only, _ = flat_loss(Ensemble(MAKE, [i]).member(0), half_squares, x[i, :1], y[i, :1])
        expected = theta - 0.1 * gradient(only, theta)
        np.testing.assert_allclose(paths[1, i], expected, atol=1e-6)


def test_following_looks_at_the_whole_set():
    nets = Ensemble(MAKE, [0, 1])
    x, y = own(nets, 16)
    found = bouncing.follow(nets, x, y, 0.1, batch=4, updates=8, every=4)
    assert found["updates"].tolist() == [0, 4, 8]
    losses = [nets.losses(x[i], y[i], half_squares)[i] for i in (0, 1)]
    np.testing.assert_allclose(found["loss"][-1], losses, rtol=1e-6)
    np.testing.assert_allclose(found["norm"][-1], bouncing.norms(nets, x, y))


def test_without_noise_it_is_descent_on_the_whole_set():
    nets = Ensemble(MAKE, [0])
    x, y = own(nets, 16)
    loss, theta = flat_loss(nets.member(0), half_squares, x[0], y[0])
    for _ in range(4):
        theta = theta - 0.1 * gradient(loss, theta)
    found = bouncing.quietly(nets, x, y, 0.1, updates=4, every=2)
    assert found["updates"].tolist() == [0, 2, 4]
    np.testing.assert_allclose(found["loss"][-1, 0], float(loss(theta)), rtol=1e-5)
    np.testing.assert_allclose(found["norm"][-1, 0], float(gradient(loss, theta).norm()), rtol=1e-4)


def test_what_is_left_without_noise_is_told_of_the_end():
    flat = np.ones((17, 3))
    first = {"updates": np.arange(0, 170, 10), "loss": 2 * flat, "norm": 4 * flat}
    still = {"updates": np.arange(6), "loss": np.ones((6, 3)), "norm": np.ones((6, 3))}
    found = bouncing.quiet(first, still)
    assert (found["quiet_loss_left"].mean, found["quiet_norm_left"].mean) == (0.5, 0.25)
    assert found["quiet_updates"][0] == 160


def test_what_stands_still_has_no_drift_and_a_cut_leaves_its_share():
    flat = np.ones((17, 3))
    first = {"updates": np.arange(0, 170, 10), "loss": 2 * flat, "norm": flat}
    cut = {"updates": np.arange(6), "loss": np.ones((6, 3)), "norm": np.full((6, 3), 0.25)}
    found = bouncing.stillness(first, cut)
    assert found["loss_drift"].mean == found["norm_of_start"].mean == 1
    assert (found["cut_loss_left"].mean, found["cut_norm_left"].mean) == (0.5, 0.25)
    assert found["cut_updates"].tolist() == [160, 161, 162, 163, 164, 165]


def test_batches_are_drawn_with_replacement_from_the_members_own_seed():
    rows = torch.cat(list(bouncing._dealt([0, 3], 8, 4, 6)), 1)
    drawn = [np.concatenate(epoch(8, 4, 3, number, "replacement")) for number in range(3)]
    assert rows.shape == (2, 24)
    assert rows[1].tolist() == np.concatenate(drawn).tolist()
