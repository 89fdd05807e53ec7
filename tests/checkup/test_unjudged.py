"""A model whose answers are no answers to y is judged by its loss, and the report says so."""

from types import SimpleNamespace

import torch
from torch import nn

from trainingtips import checkup


def setup(seed):
    """Pairs of views are to lie near one another: the model takes one view at a time."""
    torch.manual_seed(seed)
    model = nn.Linear(6, 3)
    x = torch.randn(200, 6)
    batches = [
        ((x[i : i + 20], x[i : i + 20] + 0.1 * torch.randn(20, 6)), None) for i in range(0, 200, 20)
    ]
    return SimpleNamespace(
        model=model, optimizer=torch.optim.SGD(model.parameters(), lr=0.2), batches=batches
    )


def train(t, updates):
    for i in range(updates):
        (a, b), _ = list(t.batches)[i % 10]
        t.optimizer.zero_grad()
        u, v = t.model(a), t.model(b)
        logits = nn.functional.normalize(u) @ nn.functional.normalize(v).T * 5
        loss = nn.functional.cross_entropy(logits, torch.arange(len(a)))
        loss.backward()
        t.optimizer.step()


def test_the_loss_takes_the_place_of_answers():
    report = checkup.examine(setup, train, updates=60, seconds=20)
    assert 0.05 < report.skill < 1
    assert any("the first loss" in line for line in report.lost)
    assert not report.alarm
