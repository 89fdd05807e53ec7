"""A small network for the daily demand of shops, with the median loss from a tutorial: all predictions end up nearly equal
to the median of all shops, as if the inputs had nothing to do with the demand. They do, I plotted them."""
SOURCE = "https://solofox.github.io/torch/broadcasting/2025/12/07/torch-broadcasting-trap.html"
CAUSE = "shapes_broadcast"
ALSO = []
METRIC = "loss"

from types import SimpleNamespace

import torch
from torch import nn

WEEKDAYS = 7


class Demand:
    """Batches of (weekday, price, weather, distance) with the standardised demand; a new order in every pass."""

    def __init__(self, n, size):
        day = torch.randint(WEEKDAYS, (n,))
        other = torch.randn(n, 3)
        effect = torch.tensor([0.0, 0.1, 0.0, 0.3, 0.8, 1.5, -1.0])[day]
        y = effect - 0.8 * other[:, 0] + 0.5 * torch.tanh(2 * other[:, 1]) * (1 + other[:, 2]) + 0.2 * torch.randn(n)
        self.x, self.y = torch.cat([day[:, None].float(), other], 1), (y - y.mean()) / y.std()
        self.size = size

    def __len__(self):
        return -(-len(self.y) // self.size)

    def __iter__(self):
        for rows in torch.randperm(len(self.y)).split(self.size):
            yield self.x[rows], self.y[rows]


class Forecaster(nn.Module):
    def __init__(self, flat):
        super().__init__()
        self.flat = flat
        self.day = nn.Embedding(WEEKDAYS, 4)
        self.net = nn.Sequential(nn.Linear(7, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU(), nn.Linear(48, 1))

    def forward(self, x):
        out = self.net(torch.cat([self.day(x[:, 0].long()), x[:, 1:]], 1))
        return out.squeeze(1) if self.flat else out


def pinball(prediction, target, q=0.5):
    gap = target - prediction
    return torch.maximum(q * gap, (q - 1) * gap).mean()


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    data, held_out = Demand(2000, 40), Demand(400, 400)
    model = Forecaster(flat=fixed)
    return SimpleNamespace(model=model, criterion=pinball, batches=data, test=(held_out.x, held_out.y), fixed=fixed,
                           optimizer=torch.optim.RMSprop(model.parameters(), lr=2e-3, alpha=0.95), scheduler=None)


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
                break


def quality(t):
    """Mean absolute error of the demand (standardised)."""
    with torch.no_grad():
        return (t.model(t.test[0]).flatten() - t.test[1]).abs().mean().item()


# broken: 0.773 fixed: 0.193 (seed 0, 300 updates)
