"""Deep networks on digits: their starts, when they are there, and what train mode does."""

import numpy as np
import pytest
import torch
from torch import nn

from trainingtips.ensemble import Ensemble, Run
from trainingtips.experiments import deep_networks as deep


def test_the_plain_start_has_the_variance_of_he_and_torchs_own_a_sixth_of_it():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        ours, theirs = deep.network(depth=40)(), deep.default()
    for plain, variance in ((ours, 2 / 32), (theirs, 1 / (3 * 32))):
        hidden = [m for m in plain if isinstance(m, nn.Linear) and m.weight.shape == (32, 32)]
        values = torch.cat([layer.weight.detach().flatten() for layer in hidden])
        assert float(values.var()) == pytest.approx(variance, rel=0.05)
    assert all(not layer.bias.any() for layer in ours[:-1] if isinstance(layer, nn.Linear))


def test_with_normalization_the_bias_is_left_out():
    network = deep.network(nn.BatchNorm1d, depth=2, width=5)()
    kinds = [type(layer).__name__ for layer in network]
    assert kinds == ["Linear", "BatchNorm1d", "ReLU", "Linear", "BatchNorm1d", "ReLU", "Linear"]
    assert [layer.bias is None for layer in network[::3]] == [True, True, False]


def test_reached_is_the_first_time_at_the_target():
    accuracy = np.array([[0.1, 0.1, 0.95], [0.9, 0.5, 0.2], [0.3, 0.89, 0.95]])
    run = Run(np.array([0, 16, 32]), np.zeros((3, 3)), np.full(3, -1), {"accuracy": accuracy})
    assert deep.reached(run).tolist() == [16, np.inf, 0]


def test_counted_caps_what_never_got_there():
    told = deep.counted(np.array([16.0, np.inf, 32.0, 48.0] * 4), 40)
    assert told["updates"].tolist() == [16, 41, 32, 41] * 4
    assert (told["reached"], told["median"].mean) == (8, 36.5)


def test_a_speedup_by_the_same_factor_in_all_has_no_width():
    fast = np.arange(10.0, 30.0)
    found = deep.speedup(5 * fast, fast)
    assert (found.low, found.mean, found.high) == pytest.approx((5, 5, 5))


def test_updates_needed_agrees_with_one_network_trained_by_hand():
    make = deep.network(nn.BatchNorm1d, depth=1)
    (found,) = deep.updates_needed(make, 1.0, [3], epochs=4)
    train, test = deep.digits()
    nets, needed = Ensemble(make, [3]), []
    for epochs in range(1, 5):  # each time anew, from the same seed
        nets = Ensemble(make, [3])
        nets.train(train.x, train.y, deep.sgd(1.0), deep.BATCH, epochs)
        right = nets.member(0)(test.x).argmax(1) == test.y
        if right.float().mean() >= 0.9:
            needed.append(16 * epochs)
    assert found == needed[0]


def test_at_a_rate_it_is_the_network_of_that_name():
    told = deep.at_rate(("batch_norm", 1.0), seeds=2, epochs=3)
    make = deep.network(nn.BatchNorm1d)
    expected = deep.updates_needed(make, 1.0, range(2), 3)
    assert told["updates"].tolist() == np.minimum(expected, 49).tolist()
    assert told["share"].mean == np.isfinite(expected).mean()
    assert deep.at_rate(("default", 0.1), seeds=2, epochs=1)["reached"] == 0


def test_in_batches_of_their_own_only_normalized_networks_see_the_others():
    test = deep.digits()[1]
    plain = Ensemble(deep.network(depth=1), [0])
    whole = plain.accuracy(test.x[:772], test.y[:772])
    np.testing.assert_allclose(deep.by_batches(plain, 4, ordered=False), whole)
    nets = Ensemble(deep.network(nn.BatchNorm1d, depth=1), [0])
    x, y = test.x[:6], test.y[:6]
    network = nets.member(0).train()
    hits = sum(int((network(x[i : i + 2]).argmax(1) == y[i : i + 2]).sum()) for i in (0, 2, 4))
    assert deep.in_train_mode(nets.member(0), x, y, 2) == hits / 6


def test_same_weights_does_not_look_at_buffers():
    def make(momentum):
        return deep.network(lambda width: nn.BatchNorm1d(width, momentum=momentum), depth=1)

    ensembles = [deep.watched(make(m), [0], 0.3, 256, 1, 4)[0] for m in (0.1, 0.5)]
    assert deep.same_weights(ensembles)
    other, _ = deep.watched(make(0.1), [0], 0.2, 256, 1, 4)
    assert not deep.same_weights([*ensembles, other])
