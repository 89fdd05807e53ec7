"""`examine` on whole trainings: what it finds, and that it leaves everything as it was."""

import random
from collections import namedtuple
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from tests.checkup.trainings import dealt
from trainingtips import checkup


def blobs(n=600, scale=1.0):
    g = torch.Generator().manual_seed(5)
    y = torch.randint(4, (n,), generator=g)
    centres = 2 * torch.randn(4, 10, generator=g)
    return scale * (centres[y] + torch.randn(n, 10, generator=g)), y


def setting(model=None, scale=1.0, rate=0.05, shuffle=True):
    x, y = blobs(scale=scale)
    model = model or nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 4))
    batches = DataLoader(TensorDataset(x[:400], y[:400]), batch_size=20, shuffle=shuffle)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    return checkup.Training(model, optimizer, nn.CrossEntropyLoss(), batches, (x[400:], y[400:]))


def train(t, updates):
    for x, y in dealt(t, updates):
        t.optimizer.zero_grad()
        t.criterion(t.model(x), y).backward()
        t.optimizer.step()


def test_a_healthy_training_is_left_in_peace():
    report = checkup.examine(setting, train, updates=100, seconds=60)
    assert not report.alarm and report.skill > 0.9
    assert "Nothing found" in str(report)
    assert set(report.looked_at) >= {"rate_too_high", "softmax_twice"}


def test_a_mistake_is_found_confirmed_and_first():
    class Softmax(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 4))

        def forward(self, x):
            return self.net(x).softmax(1)

    report = checkup.examine(lambda: setting(Softmax(), rate=0.01), train, updates=100)
    first = report.findings[0]
    assert (first.label, first.verdict, report.alarm) == ("softmax_twice", "confirmed", True)
    assert "3 starts" in first.experiment


def test_gradients_that_are_not_cleared_are_the_cause_and_not_the_rate():
    def forgetful(t, updates):
        for x, y in dealt(t, updates):
            t.criterion(t.model(x), y).backward()
            t.optimizer.step()

    report = checkup.examine(lambda: setting(rate=0.3, scale=2.0), forgetful, updates=150)
    labels = [f.label for f in report.findings if f.verdict == "confirmed"]
    assert not labels or labels[0] == "gradient_not_cleared"
    assert report.findings[0].label == "gradient_not_cleared"


@pytest.mark.parametrize("kind", [None, ValueError, KeyboardInterrupt])
def test_random_state_dtype_and_grad_mode_are_as_they_were(kind):
    def stopping(t, updates):
        torch.rand(3), np.random.rand(3), random.random()
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        if kind:
            raise kind("no further")

    torch.manual_seed(11), np.random.seed(12), random.seed(13)
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    if kind is KeyboardInterrupt:
        with pytest.raises(KeyboardInterrupt):
            checkup.examine(setting, stopping, updates=5)
    else:
        checkup.examine(setting, stopping, updates=5)
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()
    assert before[2] == random.getstate()
    assert torch.get_default_dtype() == torch.float32 and torch.is_grad_enabled()
    assert not torch.overrides._get_current_function_mode_stack()


def test_an_error_of_the_loop_is_said():
    def failing(t, updates):
        raise RuntimeError("my own mistake")

    report = checkup.examine(setting, failing, updates=5)
    assert any("my own mistake" in line for line in report.lost)


def test_what_there_was_no_time_for_is_named():
    report = checkup.examine(lambda: setting(scale=1e-3), train, updates=50, seconds=0.2)
    assert any("no time" in line for line in report.lost)


def test_setup_takes_a_seed_or_not_and_any_object_will_do():
    seeds = []

    def seeded(seed):
        seeds.append(seed)
        return SimpleNamespace(**vars(setting()))

    report = checkup.examine(seeded, train, updates=30)
    assert report.skill is not None and set(seeds) >= {0}
    Named = namedtuple("Named", vars(setting()))  # it has no __dict__
    report = checkup.examine(lambda: Named(**vars(setting())), train, updates=20)
    assert report.skill > 0.5
    with pytest.raises(TypeError, match="an object with a model"):
        checkup.examine(lambda: 3, train)


def test_a_loss_in_the_model_and_dicts_are_judged_or_it_is_said():
    class Whole(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Linear(10, 4)

        def forward(self, x, y=None):
            logits = self.net(x)
            return {"logits": logits} if y is None else F.cross_entropy(logits, y)

    def loop(t, updates):
        for _, (x, y) in zip(range(updates), t.batches, strict=False):
            t.optimizer.zero_grad()
            t.model(x, y).backward()
            t.optimizer.step()

    report = checkup.examine(lambda: setting(Whole(), rate=0.5), loop, updates=20)
    assert report.skill > 0.3
