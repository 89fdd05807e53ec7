"""I predict the 10, 50 and 90 per cent quantiles of a building's electric load. The curves show one broad bump a day and
miss the morning and evening peaks; training longer or another seed changes nothing."""
SOURCE = "https://datascience.stackexchange.com/questions/44698/calculating-sin-function-with-neural-network-using-python"
CAUSE = "capacity_too_small"
ALSO = []
METRIC = "loss"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

LEVELS = torch.tensor([0.1, 0.5, 0.9])


def readings(n):
    """Time of day (as sine and cosine), free day or not, outdoor temperature -> load; noisier on hot days."""
    angle, free, warm = 2 * torch.pi * torch.rand(n), torch.rand(n) < 2 / 7, torch.randn(n)
    load = torch.where(free, 0.7 * torch.sin(angle), torch.sin(2 * angle) + 0.6 * torch.cos(3 * angle))
    load = load + 0.3 * warm * torch.cos(angle) + torch.randn(n) * 0.1 * (1 + torch.sigmoid(2 * warm))
    return torch.stack([torch.sin(angle), torch.cos(angle), free.float(), warm], 1), load


class QuantileNet(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh())
        self.low = nn.Linear(hidden, 1)
        self.gaps = nn.Linear(hidden, len(LEVELS) - 1)

    def forward(self, x):
        h = self.body(x)
        gaps = nn.functional.softplus(self.gaps(h))  # quantiles never cross
        return torch.cat([self.low(h), gaps], 1).cumsum(1)


class PinballLoss(nn.Module):
    def forward(self, quantiles, y):
        gap = y[:, None] - quantiles
        return torch.maximum(LEVELS * gap, (LEVELS - 1) * gap).mean()


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = readings(5000)
    model = QuantileNet(hidden=64 if fixed else 2)
    return SimpleNamespace(model=model, criterion=PinballLoss(), scheduler=None, fixed=fixed,
                           optimizer=torch.optim.Adam(model.parameters(), lr=1e-2),
                           batches=DataLoader(TensorDataset(x[:4000], y[:4000]), batch_size=100, shuffle=True),
                           test=(x[4000:], y[4000:]))


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            done += 1
            if done == steps:
                return


def quality(t):
    """Pinball loss on held-out readings."""
    with torch.no_grad():
        return t.criterion(t.model(t.test[0]), t.test[1]).item()


# broken: 0.094 0.128 0.096 0.104 0.147 fixed: 0.047 0.042 0.042 0.043 0.043 (seeds 0..4, 400 updates)
