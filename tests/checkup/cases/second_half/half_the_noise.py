"""My network should predict the noise that was added to a picture. The loss stops at a fixed level, and the predicted noise
is always a little weaker than the true one. More width changes nothing."""
SOURCE = "https://github.com/albarji/toy-diffusion/issues/1"
CAUSE = "healthy"
ALSO = []
METRIC = "loss"

import math
from types import SimpleNamespace

import torch
from torch import nn


class Noised:
    """Points on a ring of four wide Gaussians with noise of random strength added; the target is the noise."""

    def __init__(self, size, batches):
        self.size, self.batches = size, batches

    def draw(self, n):
        angle = 2 * math.pi * torch.randint(4, (n,)) / 4
        clean = 1.4 * torch.stack([angle.cos(), angle.sin()], 1) + 0.4 * torch.randn(n, 2)
        level = torch.rand(n, 1)
        noise = torch.randn(n, 2)
        return torch.cat([(1 - level).sqrt() * clean + level.sqrt() * noise, level], 1), noise

    def __len__(self):
        return self.batches

    def __iter__(self):
        return (self.draw(self.size) for _ in range(self.batches))


class Denoiser(nn.Module):
    def __init__(self, width=96):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(9, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2))

    def forward(self, x):
        level = x[:, 2:] * math.pi * torch.arange(1.0, 4.0)
        return self.net(torch.cat([x, level.sin(), level.cos()], 1))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    data = Noised(128, 50)
    model = Denoiser()
    return SimpleNamespace(model=model, criterion=nn.MSELoss(), batches=data, test=data.draw(4000), scheduler=None,
                           optimizer=torch.optim.Adam(model.parameters(), lr=4e-3), fixed=fixed)


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for x, noise in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), noise)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, noise)
            done += 1
            if done == steps:
                break


def quality(t):
    """Squared error over that of the best possible answer, the mean of the noise given the point (1 = as good)."""
    x, noise = t.test
    a, b = (1 - x[:, 2:]).sqrt()[..., None], x[:, 2:].sqrt()[..., None]
    angle = 2 * math.pi * torch.arange(4) / 4
    away = x[:, None, :2] - a * 1.4 * torch.stack([angle.cos(), angle.sin()], 1)
    spread = 0.16 * a ** 2 + b ** 2
    share = torch.softmax(-away.pow(2).sum(2) / 2 / spread[..., 0], 1)[..., None]
    best = (share * b * away / spread).sum(1)
    with torch.no_grad():
        return (t.criterion(t.model(x), noise) / t.criterion(best, noise)).item()


# quality: 1.1 (the two versions are the same, seed 0, 300 updates)
