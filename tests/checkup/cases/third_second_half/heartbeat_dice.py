"""Marking the beats in a signal with a soft Dice loss: the loss shows absurd values, even far below zero, and the marked
regions have nothing to do with the signal."""
from types import SimpleNamespace

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/ScrollPrize/villa/issues/1488"
CAUSE = "probabilities_expected"
ALSO = []
METRIC = "accuracy"
LENGTH = 64


def signals(n):
    time = torch.arange(LENGTH).float()
    x = 0.3 * torch.sin(time / (6 + 6 * torch.rand(n, 1)) + 6 * torch.rand(n, 1)) + 0.25 * torch.randn(n, LENGTH)
    y = torch.zeros(n, LENGTH)
    for _ in range(3):
        d = time - LENGTH * torch.rand(n, 1)
        x = x + 1.3 * torch.exp(-d ** 2 / 5) - 0.6 * torch.exp(-(d - 4) ** 2 / 4)
        y = torch.maximum(y, (d.abs() < 4).float())
    return x[:, None], y[:, None]


class UNet1d(nn.Module):
    def __init__(self, c=8):
        super().__init__()
        conv = lambda a, b: nn.Sequential(nn.Conv1d(a, b, 5, padding=2), nn.ReLU())
        self.down1, self.down2, self.bottom = conv(1, c), conv(c, 2 * c), conv(2 * c, 2 * c)
        self.up2, self.up1 = conv(4 * c, c), conv(2 * c, c)
        self.head = nn.Conv1d(c, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool1d(a, 2))
        z = self.bottom(F.max_pool1d(b, 2))
        z = self.up2(torch.cat([F.interpolate(z, scale_factor=2), b], 1))
        z = self.up1(torch.cat([F.interpolate(z, scale_factor=2), a], 1))
        return self.head(z)


class SoftDice(nn.Module):
    def __init__(self, apply_nonlin=None, smooth=1.0):
        super().__init__()
        self.apply_nonlin, self.smooth = apply_nonlin, smooth

    def forward(self, x, y):
        if self.apply_nonlin is not None:
            x = self.apply_nonlin(x)
        x, y = x.flatten(1), y.flatten(1)
        overlap = (x * y).sum(1)
        return 1 - ((2 * overlap + self.smooth) / (x.sum(1) + y.sum(1) + self.smooth)).mean()


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = signals(1100)
    net = UNet1d()
    return SimpleNamespace(model=net, criterion=SoftDice(torch.sigmoid if fixed else None), fixed=fixed,
                           optimizer=torch.optim.Adam(net.parameters(), lr=2e-3), test=(x[900:], y[900:]),
                           batches=DataLoader(TensorDataset(x[:900], y[:900]), batch_size=16, shuffle=True))


def loop(t, on_step, steps):
    step = 0
    while step < steps:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            step += 1
            if step == steps:
                break


def quality(t):
    with torch.no_grad():
        found, truth = torch.sigmoid(t.model(t.test[0])) > 0.5, t.test[1] > 0.5
    return ((found & truth).sum() / (found | truth).sum().clamp(min=1)).item()
# broken: 0 0.318 0  fixed: 0.916 0.908 0.907  (seeds 0, 1, 2; 300 updates)
