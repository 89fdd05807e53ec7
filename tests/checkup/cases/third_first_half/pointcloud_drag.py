"""Training of my point-cloud network is perfectly smooth, but it is incredibly slow: after all epochs the loss is still
far above what a colleague gets with the same data."""
from types import SimpleNamespace

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/wandb/senpai/pull/978"
CAUSE = "clip_too_low"
ALSO = ["rate_too_low"]
METRIC = "loss"


def make_shapes(n, points=32):
    """Ellipsoids with noise on the surface; target: drag-like and lift-like coefficients."""
    radii = 0.4 + torch.rand(n, 1, 3)
    tilt = (torch.rand(n, 1) - 0.5) * 1.6
    p = torch.randn(n, points, 3)
    p = p / p.norm(dim=-1, keepdim=True) * radii + 0.02 * torch.randn(n, points, 3)
    c, s = tilt.cos(), tilt.sin()
    p = torch.stack([c * p[..., 0] - s * p[..., 1], s * p[..., 0] + c * p[..., 1], p[..., 2]], dim=-1)
    r = radii[:, 0]
    drag = 4 * r[:, 1] * r[:, 2] / r[:, 0] + tilt[:, 0] ** 2
    lift = 6 * tilt[:, 0] * r[:, 0] * r[:, 2]
    y = torch.stack([drag, lift], dim=1)
    return p, (y - y.mean(0)) / y.std(0)


class PointNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.local = nn.Sequential(nn.Linear(3, 48), nn.ReLU(), nn.Linear(48, 96), nn.ReLU())
        self.head = nn.Sequential(nn.Linear(192, 64), nn.ReLU(), nn.Linear(64, 2))

    def forward(self, points):
        h = self.local(points)
        return self.head(torch.cat([h.max(dim=1).values, h.mean(dim=1)], dim=-1))


class Trainer:
    """Small wrapper around the loop; the optimizer settings come from the config of a detection project."""

    def __init__(self, t, clip_max_norm):
        self.t, self.clip_max_norm = t, clip_max_norm

    def update(self, points, target):
        self.t.optimizer.zero_grad()
        loss = self.t.criterion(self.t.model(points), target)
        loss.backward()
        if self.clip_max_norm > 0:
            nn.utils.clip_grad_norm_(self.t.model.parameters(), self.clip_max_norm)
        self.t.optimizer.step()
        return loss


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = make_shapes(1500)
    model = PointNet()
    optimizer = torch.optim.SGD([
        {"params": model.local.parameters(), "lr": 0.02},
        {"params": model.head.parameters(), "lr": 0.04}], momentum=0.9, weight_decay=1e-5)
    return SimpleNamespace(model=model, criterion=nn.MSELoss(), optimizer=optimizer, fixed=fixed,
                           clip_max_norm=5.0 if fixed else 0.01, test=(x[1200:], y[1200:]),
                           batches=DataLoader(TensorDataset(x[:1200], y[:1200]), batch_size=32, shuffle=True))


def loop(t, on_step, steps):
    trainer = Trainer(t, t.clip_max_norm)
    done = 0
    while done < steps:
        for points, target in t.batches:
            if done == steps:
                break
            loss = trainer.update(points, target)
            on_step(loss, points, target)
            done += 1


def quality(t):
    with torch.no_grad():
        return t.criterion(t.model(t.test[0]), t.test[1]).item()
# broken: 0.97 0.969 0.981  fixed: 0.527 0.59 0.635  (seeds 0, 1, 2; 300 updates)
