"""The triplet loss just vibrates around the margin and does not really go down. Is my network learning anything?"""
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

SOURCE = "https://github.com/omoindrot/tensorflow-triplet-loss/issues/6"
CAUSE = "healthy"
ALSO = []
METRIC = "accuracy"


class BalancedBatches:
    """P classes with K pictures each."""

    def __init__(self, x, y, p=8, k=6, seed=0):
        self.x, self.y, self.p, self.k = x, y, p, k
        self.rng = np.random.RandomState(seed)

    def __iter__(self):
        for _ in range(60):
            classes = self.rng.choice(10, self.p, replace=False)
            rows = [self.rng.choice(np.flatnonzero(self.y.numpy() == c), self.k, replace=False) for c in classes]
            rows = torch.from_numpy(np.concatenate(rows))
            yield self.x[rows], self.y[rows]


class Embedder(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, dim))

    def forward(self, x):
        return self.net(x)


class BatchAllTriplets(nn.Module):
    """Mean over all the triplets of the batch that are not yet satisfied."""

    def __init__(self, margin=0.5):
        super().__init__()
        self.margin = margin

    def forward(self, z, y):
        d = (z[:, None] - z[None]).pow(2).sum(-1)
        same = y[:, None] == y[None]
        positive = same & ~torch.eye(len(y), dtype=torch.bool)
        loss = torch.relu(d[:, :, None] - d[:, None, :] + self.margin)
        loss = loss * (positive[:, :, None] & ~same[:, None, :])
        return loss.sum() / (loss > 1e-12).sum().clamp(min=1)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    digits = load_digits()
    x, y = torch.tensor(digits.data).float() / 16, torch.tensor(digits.target)
    order = torch.randperm(len(y))
    x, y = x[order], y[order]
    model = Embedder()
    return SimpleNamespace(model=model, criterion=BatchAllTriplets(), fixed=fixed, test=(x[1400:], y[1400:]),
                           optimizer=torch.optim.Adam(model.parameters(), lr=1e-3), gallery=(x[:1400], y[:1400]),
                           batches=BalancedBatches(x[:1400], y[:1400], seed=seed))


def loop(t, on_step, steps):
    n = 0
    while n < steps:
        for x, y in t.batches:
            loss = t.criterion(t.model(x), y)
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            n += 1
            if n == steps:
                return


def quality(t):
    """The label of the nearest picture of the gallery."""
    with torch.no_grad():
        near = torch.cdist(t.model(t.test[0]), t.model(t.gallery[0])).argmin(1)
    return (t.gallery[1][near] == t.test[1]).float().mean().item()
# broken: 0.975 0.98 0.98  fixed: the same program  (seeds 0, 1, 2; 300 updates)
