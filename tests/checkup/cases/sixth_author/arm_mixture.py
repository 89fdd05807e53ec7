"""My mixture density network for the inverse of a robot arm's curve has a loss below zero, and it goes on falling with
small jumps. Is a negative loss a bug?"""
SOURCE = "https://github.com/cpmpercussion/keras-mdn-layer/issues/15"
CAUSE = "healthy"
ALSO = []
METRIC = "loss"

from types import SimpleNamespace

import torch
from torch import nn
from torch.distributions import Categorical, MixtureSameFamily, Normal
from torch.utils.data import DataLoader, TensorDataset

PARTS = 6


def arm(n):
    """Reach x of the arm for a joint setting y in [0, 1]; several y give the same x, and the task is x -> y."""
    y = torch.rand(n)
    x = y + 0.3 * torch.sin(2 * torch.pi * y) + 0.03 * torch.randn(n)
    return (x[:, None] - 0.5) / 0.3, y


class MixtureNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh())
        self.weight, self.mean, self.log_std = (nn.Linear(48, PARTS) for _ in range(3))
        nn.init.uniform_(self.mean.bias, 0, 1)

    def forward(self, x):
        h = self.body(x)
        parts = Normal(self.mean(h), self.log_std(h).clamp(-6, 3).exp())
        return MixtureSameFamily(Categorical(logits=self.weight(h)), parts)


class NegativeLogLikelihood(nn.Module):
    def forward(self, mixture, y):
        return -mixture.log_prob(y).mean()


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = arm(3000)
    model = MixtureNet()
    return SimpleNamespace(model=model, criterion=NegativeLogLikelihood(), scheduler=None, fixed=fixed,
                           optimizer=torch.optim.Adam(model.parameters(), lr=2e-3),
                           batches=DataLoader(TensorDataset(x[:2500], y[:2500]), batch_size=100, shuffle=True),
                           test=(x[2500:], y[2500:]))


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
    """Negative log-likelihood on held-out points (0 is the best that ignores x; lower is better)."""
    with torch.no_grad():
        return t.criterion(t.model(t.test[0]), t.test[1]).item()


# healthy: -1.007 -1.439 -1.297 -1.425 -1.459 (seeds 0..4, 500 updates)
