"""What the check-up makes lies where the training is, whatever device torch makes new tensors on.

No GPU is needed for that: with "meta", which holds no numbers, as the one for new tensors, any that
forgets its place spoils what is measured. `test_cuda` is the same on a GPU.
"""

from functools import partial

import pytest
import torch
from torch import nn

from tests.checkup.test_examining import blobs
from trainingtips import checkup
from trainingtips.checkup import held

Linear = partial(nn.Linear, device="cpu")


class Softmax(nn.Module):
    """Softmax before a loss that has one of its own: a mistake."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(Linear(10, 24), nn.ReLU(), Linear(24, 4))

    def forward(self, x):
        return self.net(x).softmax(1)


def network():
    return nn.Sequential(Linear(10, 24), nn.BatchNorm1d(24, device="cpu"), nn.ReLU(), Linear(24, 4))


def setting(make, rate):
    x, y = blobs()
    model = make()
    batches = [(x[i : i + 20], y[i : i + 20]) for i in range(0, 400, 20)]
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    return checkup.Training(model, optimizer, nn.CrossEntropyLoss(), batches, (x[400:], y[400:]))


def train(t, updates):
    done = 0
    while done < updates:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            t.criterion(t.model(x), y).backward()
            t.optimizer.step()
            done += 1
            if done == updates:
                return


def told(make, rate):
    report = checkup.examine(partial(setting, make, rate), train, updates=60, seconds=120)
    return [(each.label, each.verdict) for each in report.findings], report.lost


@pytest.mark.parametrize(
    ("make", "rate", "first"),
    [
        (network, 0.05, None),
        (Softmax, 0.01, ("softmax_twice", "confirmed")),
        (network, 300.0, ("rate_too_high", "confirmed")),
    ],
)
def test_the_same_is_told_with_another_device_for_new_tensors(make, rate, first, monkeypatch):
    x, y = blobs()
    monkeypatch.setitem(globals(), "blobs", lambda: (x, y))
    findings, lost = told(make, rate)
    with torch.device("meta"):
        elsewhere = told(make, rate)
    assert elsewhere == (findings, lost) and not lost
    assert first is None or findings[0] == first


def test_batches_are_held_where_the_model_is():
    batches = [(torch.ones(2, 3), torch.zeros(2)), (torch.ones(2, 3), torch.zeros(2))]
    place = held.place_of(nn.Linear(3, 1, device="meta"))
    taken = held.Held(batches).on(place)
    leaves = [taken.x, taken.y, *(each for batch in taken.batches for each in batch)]
    assert {each.device.type for each in leaves} == {"meta"}
    assert held.moved((torch.ones(1), "name"), None)[1] == "name"
    split = nn.Sequential(nn.Linear(3, 1, device="meta"), nn.Linear(1, 1))
    assert held.place_of(split) is None
