"""I train embeddings with the batch-all triplet loss. The loss starts at the margin and after hundreds of steps it still is
about half of it, nowhere near zero: does the network learn anything?"""
SOURCE = "https://github.com/omoindrot/tensorflow-triplet-loss/issues/6"
CAUSE = "healthy"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Sampler, TensorDataset


class ClassesTimesSamples(Sampler):
    """Batches of `classes` labels with `each` samples, as triplets need."""

    def __init__(self, labels, classes=8, each=5, batches=50):
        self.labels, self.classes, self.each, self.batches = labels, classes, each, batches

    def __len__(self):
        return self.batches

    def __iter__(self):
        for _ in range(self.batches):
            rows = []
            for c in torch.randperm(10)[:self.classes]:
                members = (self.labels == c).nonzero().squeeze(1)
                rows += members[torch.randperm(len(members))[:self.each]].tolist()
            yield rows


class BatchAllTriplets(nn.Module):
    """Mean over the triplets that still violate the margin."""

    def __init__(self, margin=0.5):
        super().__init__()
        self.margin = margin

    def forward(self, z, y):
        far = (z[:, None] - z[None]).pow(2).sum(-1)
        same = y[:, None] == y[None]
        positive = same & ~torch.eye(len(y), dtype=torch.bool)
        gap = torch.relu(far[:, :, None] - far[:, None, :] + self.margin)[positive[:, :, None] & ~same[:, None, :]]
        return gap.sum() / (gap > 0).sum().clamp(min=1)


class Embedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))

    def forward(self, x):
        return nn.functional.normalize(self.body(x), dim=1)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = (torch.tensor(a) for a in load_digits(return_X_y=True))
    order = torch.randperm(len(x))
    x, y = (x.float() / 16)[order], y[order]
    model = Embedder()
    batches = DataLoader(TensorDataset(x[:1300], y[:1300]), batch_sampler=ClassesTimesSamples(y[:1300]))
    return SimpleNamespace(model=model, criterion=BatchAllTriplets(), batches=batches, test=(x[1300:], y[1300:]),
                           optimizer=torch.optim.Adam(model.parameters(), lr=1e-3), scheduler=None, fixed=fixed)


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
    """Nearest-neighbour accuracy within the held-out digits, in the embedding."""
    with torch.no_grad():
        z = t.model(t.test[0])
    far = torch.cdist(z, z).fill_diagonal_(float("inf"))
    return (t.test[1][far.argmin(1)] == t.test[1]).float().mean().item()
# healthy: 0.964 0.954 0.974 0.964 0.956 (seeds 0..4, 400 updates)
