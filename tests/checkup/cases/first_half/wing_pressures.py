"""The loss of my surrogate for the pressures along a wing creeps down in a perfectly smooth line, far too slowly; a larger
network, more data or another activation change nothing at all."""
SOURCE = "https://github.com/wandb/senpai/pull/978"
CAUSE = "clip_too_low"
ALSO = []
METRIC = "loss"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

POINTS = 24


def flights(n):
    """Five shape numbers in, pressures at 24 points out (standardised)."""
    shape = torch.rand(n, 5) * 2 - 1
    s = torch.linspace(0, 1, POINTS)
    a, b, c, d, e = (k[:, None] for k in shape.T)
    p = torch.sin(3 * s + 2 * a) * (1 + b) + c * torch.exp(-20 * (s - 0.4 - 0.2 * d) ** 2) + e * s
    return shape, (p - p.mean()) / p.std()


class Surrogate(nn.Module):
    def __init__(self, width=96):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, width), nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, width),
                                 nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, POINTS))

    def forward(self, x):
        return self.net(x)


def surface_loss(prediction, target):
    """Squared error summed over the surface, averaged over the flights."""
    return (prediction - target).pow(2).sum(1).mean()


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = flights(2400)
    model = Surrogate()
    batches = DataLoader(TensorDataset(x[:2000], y[:2000]), batch_size=50, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=2e-3, momentum=0.9, nesterov=True)
    return SimpleNamespace(model=model, criterion=surface_loss, batches=batches, test=(x[2000:], y[2000:]),
                           optimizer=optimizer, scheduler=None, max_norm=50.0 if fixed else 0.1, fixed=fixed)


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for x, y in t.batches:
            loss = t.criterion(t.model(x), y)
            t.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(t.model.parameters(), t.max_norm)
            t.optimizer.step()
            on_step(loss, x, y)
            done += 1
            if done == steps:
                break


def quality(t):
    """Squared error per point (1 = the mean of all pressures)."""
    with torch.no_grad():
        return (t.model(t.test[0]) - t.test[1]).pow(2).mean().item()


# broken: 0.67 fixed: 0.0104 (seed 0, 300 updates)
