"""My network follows the coarse trend of the arm's motion and ignores everything finer. Train and test error are the same,
both flat after a hundred updates and far too high; more epochs or data do not move them."""
SOURCE = "https://github.com/ooples/AiDotNet/pull/1578"
CAUSE = "capacity_too_small"
ALSO = []
METRIC = "loss"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def poses(n):
    """Two joint angles (scaled to -1..1) in, position of the hand and height of the elbow out, standardised."""
    q = torch.rand(n, 2) * 2 - 1
    a, b = 3.1 * q[:, 0], 3.1 * q[:, 1]
    hand = torch.stack([torch.cos(a) + torch.cos(a + b), torch.sin(a) + torch.sin(a + b), torch.sin(2 * a) * torch.cos(b)], 1)
    return q, (hand - hand.mean(0)) / hand.std(0)


class Arm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first, self.second = nn.Linear(2, width), nn.Linear(width, width)
        self.out = nn.Linear(width, 3)

    def forward(self, q):
        h = torch.tanh(self.first(q))
        return self.out(torch.tanh(self.second(h)))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = poses(3000)
    model = Arm(width=64 if fixed else 4)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=1e-4)
    return SimpleNamespace(model=model, criterion=nn.SmoothL1Loss(), test=(x[2500:], y[2500:]), optimizer=optimizer,
                           batches=DataLoader(TensorDataset(x[:2500], y[:2500]), batch_size=100, shuffle=True),
                           scheduler=torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 400, eta_min=1e-3), fixed=fixed)


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for q, target in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(q), target)
            loss.backward()
            t.optimizer.step()
            t.scheduler.step()
            on_step(loss, q, target)
            done += 1
            if done == steps:
                break


def quality(t):
    """Squared error per output (1 = the mean pose)."""
    with torch.no_grad():
        return (t.model(t.test[0]) - t.test[1]).pow(2).mean().item()


# broken: 0.506 fixed: 0.0331 (seed 0, 300 updates)
