"""The loss of my trajectory forecast is below zero and keeps falling. Can a loss be negative at all, or is something
broken?"""
import math
from types import SimpleNamespace

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/roggirg/AutoBots/issues/7"
CAUSE = "healthy"
ALSO = []
METRIC = "loss"
MODES = 3


def walks(n, past=8):
    """Pedestrians with constant speed who then go straight on or turn; y is the displacement two steps later."""
    heading = 6.28 * torch.rand(n, 1)
    speed = 0.1 + 0.1 * torch.rand(n, 1)
    t = torch.arange(past + 1).float()
    track = torch.stack([speed * t * heading.cos(), speed * t * heading.sin()], -1) + 0.004 * torch.randn(n, past + 1, 2)
    turn = heading + 0.8 * torch.randint(-1, 2, (n, 1))
    future = 2 * torch.cat([speed * turn.cos(), speed * turn.sin()], 1) + 0.006 * torch.randn(n, 2)
    return (track[:, 1:] - track[:, :-1]) * 5, future


class MixtureGRU(nn.Module):
    """Encodes the steps and returns weights, centres and log-scales of a mixture of Gaussians."""

    def __init__(self, hidden=40):
        super().__init__()
        self.gru = nn.GRU(2, hidden, batch_first=True)
        self.out = nn.Linear(hidden, MODES * 5)

    def forward(self, steps):
        _, h = self.gru(steps)
        p = self.out(h[-1]).view(-1, MODES, 5)
        return p[..., 0].log_softmax(-1), p[..., 1:3], p[..., 3:].clamp(-6, 2)


def mixture_nll(params, y):
    log_weight, centre, log_scale = params
    z = (y[:, None] - centre) * torch.exp(-log_scale)
    log_prob = (-0.5 * z ** 2 - log_scale - 0.5 * math.log(2 * math.pi)).sum(-1)
    return -torch.logsumexp(log_weight + log_prob, dim=1).mean()


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = walks(2500)
    model = MixtureGRU()
    return SimpleNamespace(model=model, criterion=mixture_nll, fixed=fixed, test=(x[2000:], y[2000:]),
                           optimizer=torch.optim.Adam(model.parameters(), lr=4e-3),
                           batches=DataLoader(TensorDataset(x[:2000], y[:2000]), batch_size=64, shuffle=True))


def loop(t, on_step, steps):
    count = 0
    while count < steps:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(t.model.parameters(), 5.0)
            t.optimizer.step()
            on_step(loss, x, y)
            count += 1
            if count == steps:
                break


def quality(t):
    with torch.no_grad():
        return t.criterion(t.model(t.test[0]), t.test[1]).item()
# broken: -2.48 -1.77 -4.29  fixed: -2.48 -1.77 -4.29  (seeds 0, 1, 2; 300 updates)
