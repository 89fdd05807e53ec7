"""The check-up of a training on a GPU: what it tells of one on the processor, and nothing moved."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from tests.checkup.test_examining import blobs
from trainingtips import checkup

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")


class Softmax(nn.Module):
    """Softmax before a loss that has one of its own: a mistake."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 4))

    def forward(self, x):
        return self.net(x).softmax(1)


def network():
    return nn.Sequential(nn.Linear(10, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 4))


def setting(make, rate, data_on):
    x, y = (each.to(data_on) for each in blobs())
    model = make().cuda()
    batches = DataLoader(TensorDataset(x[:400], y[:400]), batch_size=20, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    return checkup.Training(model, optimizer, nn.CrossEntropyLoss(), batches, (x[400:], y[400:]))


def train(t, updates):
    done = 0
    while done < updates:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            t.criterion(t.model(x.cuda()), y.cuda()).backward()
            t.optimizer.step()
            done += 1
            if done == updates:
                return


@pytest.mark.parametrize("data_on", ["cuda", "cpu"])
def test_a_healthy_training_is_left_in_peace(data_on):
    before = torch.cuda.get_rng_state()
    report = checkup.examine(lambda: setting(network, 0.05, data_on), train, updates=100)
    assert not report.alarm and report.skill > 0.9, str(report)
    assert not report.lost, report.lost
    assert torch.equal(torch.cuda.get_rng_state(), before)


@pytest.mark.parametrize("data_on", ["cuda", "cpu"])
def test_a_mistake_is_found_confirmed_and_first(data_on):
    report = checkup.examine(lambda: setting(Softmax, 0.01, data_on), train, updates=100)
    first = report.findings[0]
    assert (first.label, first.verdict) == ("softmax_twice", "confirmed"), str(report)


def test_a_rate_too_high_is_found():
    report = checkup.examine(lambda: setting(network, 300.0, "cuda"), train, updates=100)
    assert report.alarm, str(report)
    assert "rate_too_high" in [each.label for each in report.findings[:3]], str(report)


def test_in_half_precision_with_a_scaler():
    def mixed(t, updates):
        scaler, done = torch.amp.GradScaler("cuda"), 0
        while done < updates:
            for x, y in t.batches:
                t.optimizer.zero_grad()
                with torch.autocast("cuda", dtype=torch.float16):
                    loss = t.criterion(t.model(x.cuda()), y.cuda())
                scaler.scale(loss).backward()
                scaler.step(t.optimizer)
                scaler.update()
                done += 1
                if done == updates:
                    return

    report = checkup.examine(lambda: setting(network, 0.05, "cuda"), mixed, updates=100)
    assert not report.alarm and report.skill > 0.9, str(report)


def test_watched_without_a_call_in_the_loop():
    t = setting(Softmax, 0.01, "cuda")
    with checkup.watch(t.model, t.optimizer) as seen:
        train(t, 60)
    report = seen.report()
    assert "softmax_twice" in [each.label for each in report.findings], str(report)
    assert not any(module._forward_hooks for module in t.model.modules())
