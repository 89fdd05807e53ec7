"""Layers with statistics, noise and parameters of their own, against torch's own layer."""

import numpy as np
import pytest
import torch
from scipy import optimize
from torch import nn

from trainingtips.experiments import normalizations


def test_a_ghost_of_the_whole_batch_is_batch_normalization():
    x = torch.randn(12, 5, generator=torch.Generator().manual_seed(0))
    whole, ghost = nn.BatchNorm1d(5), normalizations.Ghost(5, 12)
    torch.testing.assert_close(ghost(x), whole(x))
    torch.testing.assert_close(ghost.norm.running_mean, whole.running_mean)
    torch.testing.assert_close(ghost.norm.running_var, whole.running_var)
    torch.testing.assert_close(ghost.eval()(x), whole.eval()(x))


def test_a_ghost_normalises_each_group_by_itself():
    x = torch.randn(12, 5, generator=torch.Generator().manual_seed(1))
    expected = torch.cat([nn.BatchNorm1d(5)(part) for part in x.split(4)])
    torch.testing.assert_close(normalizations.Ghost(5, 4)(x), expected)


def test_a_jolt_shifts_a_whole_feature_and_only_in_training():
    x = torch.randn(200, 3, generator=torch.Generator().manual_seed(2))
    jolt = normalizations.Jolt(0.5)
    torch.testing.assert_close(jolt.eval()(x), x)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        first, second = jolt.train()(x), jolt(x)
    assert not torch.allclose(first, second)
    for column, before in zip(first.T, x.T, strict=True):
        slope, offset = np.polyfit(before.numpy(), column.numpy(), 1)
        assert 0.5 <= slope <= 1.5 and abs(offset) <= 0.5
        np.testing.assert_allclose(column, slope * before + offset, atol=1e-5)


@pytest.mark.parametrize("parts", [(False, False), (True, False), (False, True), (True, True)])
def test_affine_is_torchs_layer_with_the_parts_it_has(parts):
    x = torch.randn(20, 3, generator=torch.Generator().manual_seed(3))
    layer, whole = normalizations.Affine(3, *parts), nn.BatchNorm1d(3)
    with torch.no_grad():
        for own, theirs in ((layer.gamma, whole.weight), (layer.beta, whole.bias)):
            if own is not None:
                own.copy_(torch.tensor([0.5, 2.0, -1.0]))
                theirs.copy_(own)
    torch.testing.assert_close(layer(x), whole(x))
    assert len(list(layer.parameters())) == sum(parts)


def test_no_normalized_logits_do_better_than_the_least_loss():
    y = np.repeat([0, 1, 2], [1, 2, 3])  # classes of unequal shares

    def loss(flat):
        logits = flat.reshape(6, 3)
        logits = (logits - logits.mean(0)) / logits.std(0)
        return (np.log(np.exp(logits).sum(1)) - logits[np.arange(6), y]).mean()

    rng = np.random.default_rng(0)
    least = normalizations.least_loss(np.array([1, 2, 3]) / 6)
    found = [optimize.minimize(loss, rng.normal(size=18), tol=1e-10).fun for _ in range(4)]
    # two-valued logits are within reach, and those of each class are best near them
    own = np.sqrt([5 / 1, 4 / 2, 3 / 3])
    two_valued = np.where(np.eye(3, dtype=bool)[y], own, -1 / own)
    assert loss(two_valued) == pytest.approx(least)
    assert min(found) <= least + 1e-9


def test_no_network_with_normalized_logits_is_below_the_bound():
    """The oracle: a general solver with the variances as constraints, from another start."""
    shares = np.array([0.2, 0.3, 0.5])

    def loss(flat):
        logits = flat.reshape(3, 3)
        return shares @ (np.log(np.exp(logits).sum(1)) - np.diag(logits))

    fixed = [
        {"type": "eq", "fun": lambda flat: shares @ flat.reshape(3, 3)},
        {"type": "eq", "fun": lambda flat: shares @ flat.reshape(3, 3) ** 2 - 1},
    ]
    start = np.random.default_rng(0).normal(size=9)
    found = optimize.minimize(loss, start, constraints=fixed, options={"ftol": 1e-12})
    assert normalizations.bound(shares) == pytest.approx(found.fun, abs=1e-6)
    assert normalizations.bound(shares) < normalizations.least_loss(shares)
