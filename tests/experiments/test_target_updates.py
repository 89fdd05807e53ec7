"""Updates to the target against networks trained by hand, and rates that others choose."""

import numpy as np
import pytest
from torch import nn

from trainingtips import data
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import deep_networks as deep
from trainingtips.experiments import target_updates as target
from trainingtips.statistics import share


def test_needed_agrees_with_networks_trained_one_by_one_for_longer_and_longer():
    make, seeds = deep.network(nn.BatchNorm1d, depth=1), [3, 4]
    found = target.needed(make, 0.5, seeds, limit=64)
    for seed, needed in zip(seeds, found, strict=True):
        train, test = data.load("digits").split(1024, seed=seed)
        nets = Ensemble(make, [seed])
        right = {"right": lambda nets, test=test: nets.accuracy(test.x, test.y)}
        run = nets.train(train.x, train.y, deep.sgd(0.5), 64, 4, every=8, observe=right)
        there = run.observed["right"][:, 0] >= 0.9
        assert needed == run.updates[there.argmax()]
    assert np.isinf(target.needed(make, 0.5, seeds, limit=0)).all()


def test_what_is_told_of_them():
    found = target.told(np.array([16.0, 24.0, 32.0, np.inf] * 8), limit=40)
    assert (found["reached"], found["share"].mean) == (24, 0.75)
    assert found["median"].mean == 28
    assert found["median"].low == 24 - 7  # it may have been there up to seven updates before a look
    assert found["updates"].max() == 41


def test_a_rate_at_the_end_is_no_limit():
    tried = [{"rate": r, "share": share([True] * k + [False] * (10 - k))}
             for r, k in ((1, 4), (2, 10), (3, 9), (4, 8))]  # fmt: skip
    assert target.bracket(tried, 0.9) == (3, 4)
    for some in (tried[:3], tried[:1]):
        with pytest.raises(ValueError, match="bracket"):
            target.bracket(some, 0.9)
