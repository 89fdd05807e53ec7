"""To save memory I turned my coordinate network to bfloat16. Nothing is nan, but it only learns a blur: the loss stops at a good
third of where it began, whatever the rate. With ordinary numbers the same script got all the detail."""
SOURCE = "https://github.com/wfondrie/depthcharge/pull/82"
CAUSE = "precision_too_low"
ALSO = []
METRIC = "loss"

import math
from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def recording(n):
    """Places between 0 and 1 of a long recording and the signal there: a few tones, fine compared with the whole."""
    x = torch.rand(n, 1)
    tones = torch.sin(2 * math.pi * x * torch.tensor([61.0, 150.0, 233.0, 301.0]) + torch.tensor([0.3, 1.0, 2.0, 0.0]))
    return x, tones @ torch.tensor([[0.8], [0.7], [0.6], [0.5]])


class CoordinateNet(nn.Module):
    """Sines and cosines of the place at many frequencies, then a small network."""

    def __init__(self, bands=320, width=64):
        super().__init__()
        self.register_buffer("frequency", 2 * math.pi * torch.arange(1.0, bands + 1))
        self.net = nn.Sequential(nn.Linear(2 * bands, width), nn.GELU(), nn.Linear(width, 1))

    def forward(self, x):
        phase = x * self.frequency
        return self.net(torch.cat([phase.sin(), phase.cos()], 1))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = recording(3400)
    model = CoordinateNet()
    if not fixed:
        model = model.bfloat16()
    return SimpleNamespace(model=model, criterion=nn.MSELoss(), test=(x[3000:], y[3000:]), scheduler=None, fixed=fixed,
                           batches=DataLoader(TensorDataset(x[:3000], y[:3000]), batch_size=50, shuffle=True),
                           optimizer=torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2))


def loop(t, on_step, steps):
    dtype = next(t.model.parameters()).dtype
    done = 0
    while done < steps:
        for x, y in t.batches:
            x, y = x.to(dtype), y.to(dtype)
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
            on_step(loss.float(), x, y)
            done += 1
            if done == steps:
                break


def quality(t):
    """Squared error over the variance of the signal."""
    x, y = t.test
    with torch.no_grad():
        return ((t.model(x.to(next(t.model.parameters()).dtype)).float() - y).pow(2).mean() / y.var()).item()


# broken: 0.545 0.519 fixed: 0.0114 0.0211 (seeds 0, 1; 300 updates)
