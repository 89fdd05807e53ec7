"""Members of several splits at once, against an `Ensemble` for each split."""

import numpy as np
import pytest
import torch

from trainingtips import data, networks
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import spread

PARTS = [data.load("digits").split(96, seed=number)[0] for number in range(2)]
OTHERS = [data.load("digits").split(96, seed=number)[1] for number in range(2)]


def alone(make, number, batch, epochs, **options):
    """The two members of one split, trained by `Ensemble.train`, and their run."""
    nets = Ensemble(make, range(2 * number, 2 * number + 2))
    rule = lambda p: torch.optim.SGD(p, lr=0.2)  # noqa: E731
    run = nets.train(PARTS[number].x, PARTS[number].y, rule, batch, epochs, **options)
    return nets, run


@pytest.mark.parametrize("batch", [20, 96])
@pytest.mark.parametrize("make", [networks.mlp, networks.convolutional])
def test_members_learn_as_they_would_alone(make, batch):
    together = Ensemble(make, range(4))
    spread.train(together, PARTS, batch, epochs=2, rates=0.2)
    for number in range(2):
        nets, run = alone(make, number, batch, 2)
        own = slice(2 * number, 2 * number + 2)
        for name, values in nets.parameters.items():
            assert torch.allclose(together.parameters[name][own], values, atol=1e-5), name
        assert spread.losses(together, PARTS)[own] == pytest.approx(run.losses[-1], rel=1e-4)
        right = nets.accuracy(OTHERS[number].x, OTHERS[number].y)
        assert spread.accuracy(together, OTHERS)[own] == pytest.approx(right)


def test_a_member_stops_where_it_would_alone():
    together = Ensemble(networks.mlp, range(4))
    reached = spread.train(together, PARTS, 8, 40, 0.2, target=0.5, every=4)
    runs = [alone(networks.mlp, number, 8, 40, target=0.5, every=4) for number in range(2)]
    assert reached.tolist() == np.concatenate([run.reached for _, run in runs]).tolist()
    assert len(set(reached)) > 1 and (spread.losses(together, PARTS) <= 0.5).all()


def test_none_is_there_too_soon():
    together = Ensemble(networks.mlp, range(4))
    assert (spread.train(together, PARTS, 8, 1, 0.2, target=0.0, every=4) == -1).all()


def test_rates_are_the_members_own():
    own, same = (Ensemble(networks.mlp, [0, 0, 1, 1]) for _ in range(2))
    spread.train(own, PARTS, 24, 2, np.array([0.1, 0.3, 0.1, 0.3]))
    spread.train(same, PARTS, 24, 2, 0.3)
    for name, values in own.parameters.items():
        assert torch.equal(values[[1, 3]], same.parameters[name][[1, 3]])
        assert not torch.equal(values[[0, 2]], same.parameters[name][[0, 2]])
