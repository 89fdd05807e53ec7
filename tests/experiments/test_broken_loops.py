"""The rule on curves made by hand, where the answer is known; each mistake against torch."""

import numpy as np
import pytest
import torch

from trainingtips import data
from trainingtips.experiments import broken_loops as loops

UPDATES, LOOKS = np.arange(512), np.arange(16)
FALLS = 2.3 * np.exp(-UPDATES / 60) + 0.05
BASE = np.log(10)


def seen(losses=FALLS, validation=None, evaluated=None, baseline=BASE):
    at_looks = losses.reshape(16, 32).mean(1)
    given = (at_looks if each is None else each for each in (validation, evaluated))
    return loops.Seen(losses, *given, baseline)


def spiky():
    losses = FALLS.copy()
    losses[31::32] += 5
    return losses


MADE = {
    "healthy": seen(),
    "start": seen(np.full(512, 2.3)),
    "mean": seen(np.full(512, 8.2), baseline=8.25),
    "nan": seen(np.where(UPDATES < 100, FALLS, np.nan)),
    "plateau": seen(np.maximum(FALLS, 1.2)),
    "slow": seen(2.3 - UPDATES / 512),
    "spikes": seen(spiky()),
    "oscillation": seen(1 + 0.6 * (-1.0) ** (UPDATES // 8)),
    "up_again": seen(np.where(UPDATES < 200, FALLS, 2.2)),
    "validation": seen(validation=0.4 + 0.4 * abs(LOOKS / 5 - 1)),
    "modes": seen(evaluated=np.full(16, 1.5)),
}


@pytest.mark.parametrize("name", loops.LOOPS)
def test_the_rule_names_a_curve_made_by_hand(name):
    assert loops.shape(MADE[name]) == name


def test_rare_jumps_at_other_places_are_no_spikes_of_an_epoch():
    losses = FALLS.copy()
    losses[[260, 301, 333, 371, 404, 450, 499]] += 5
    assert len(loops.spikes(losses)) == 7
    assert loops.shape(seen(losses)) != "spikes"


def test_a_healthy_run_is_that_of_plain_torch():
    found = loops.run(loops.LOOPS["healthy"], seed=3, updates=32)
    train, rest = data.load("digits").split(1024, seed=3)
    torch.manual_seed(3)
    network = loops.networks.mlp()
    rule = torch.optim.SGD(network.parameters(), lr=0.2)
    for rows, loss in zip(loops.batches.epoch(1024, 32, 3, 0), found.losses, strict=True):
        rule.zero_grad()
        own = torch.nn.functional.cross_entropy(network(train.x[rows]), train.y[rows])
        assert own.item() == loss
        own.backward()
        rule.step()
    own = torch.nn.functional.cross_entropy(network(rest.x), rest.y).item()
    assert found.validation.tolist() == [own]


def test_the_block_comes_last_in_each_epoch_and_all_else_once():
    rows = loops._epoch(loops.LOOPS["spikes"], 1024, seed=0, number=1)
    assert rows[-1].tolist() == list(range(992, 1024))
    assert sorted(np.concatenate(rows).tolist()) == list(range(1024))


def test_broadcasting_leads_to_the_mean():
    outputs, targets = torch.randn(6, 1, requires_grad=True), torch.arange(6.0)
    loops.broadcast(outputs, targets).backward()
    pulled = 2 * (outputs.detach()[:, 0] - targets.mean()) / 6  # by the mean of all targets
    assert torch.allclose(outputs.grad[:, 0], pulled)
    assert loops.squared(targets[:, None], targets) == 0


def test_shifted_labels_are_the_last_32_alone():
    x, y = torch.zeros(40, 2), torch.arange(40) % 10
    moved = loops.shifted(x, y)[1]
    assert moved[:8].tolist() == y[:8].tolist()
    assert ((moved - y)[8:] % 10 == 1).all()
