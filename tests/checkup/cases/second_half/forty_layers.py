"""A network of forty layers with shortcuts on a few hundred patients, where three layers would do. Everyone says that such
depth cannot be trained or must overfit; the loss is low after fifty updates. Can I trust it?"""
SOURCE = "https://github.com/TIGER-AI-Lab/VLM2Vec/issues/137"
CAUSE = "healthy"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Shortcut(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.inner, self.outer = nn.LayerNorm(width), nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x):
        return x + self.outer(torch.relu(self.inner(self.norm(x))))


class Deep(nn.Module):
    def __init__(self, inputs=30, width=24, depth=20):
        super().__init__()
        self.start = nn.Linear(inputs, width)
        self.tower = nn.Sequential(*[Shortcut(width) for _ in range(depth)])
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 1))

    def forward(self, x):
        return self.out(self.tower(self.start(x)))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    data = load_breast_cancer()
    order = torch.randperm(len(data.target))
    x, y = torch.tensor(data.data, dtype=torch.float32)[order], torch.tensor(data.target)[order, None].float()
    x = (x - x[:420].mean(0)) / x[:420].std(0)
    model = Deep()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    return SimpleNamespace(model=model, criterion=nn.BCEWithLogitsLoss(), test=(x[420:], y[420:]), optimizer=optimizer,
                           batches=DataLoader(TensorDataset(x[:420], y[:420]), batch_size=42, shuffle=True),
                           scheduler=torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40, eta_min=1e-5), fixed=fixed)


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
        t.scheduler.step()                  # once per epoch


def quality(t):
    with torch.no_grad():
        return ((t.model(t.test[0]) > 0).float() == t.test[1]).float().mean().item()


# quality: 0.953 (the two versions are the same, seed 0, 300 updates)
