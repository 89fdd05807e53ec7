"""Ported from Keras, with the same settings: the two-headed network looks very good while it trains, and as soon as I
call eval() both outputs are bad."""
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/yunjey/pytorch-tutorial/issues/62"
CAUSE = "norm_statistics_stale"
ALSO = ["evaluation_mode"]
METRIC = "loss"


class TwoHeads(nn.Module):
    """Shared trunk on the raw measurements (a normalisation layer comes first); diagnosis and worst radius."""

    def __init__(self, n_in, width=32, momentum=0.1):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.BatchNorm1d(n_in, momentum=momentum, eps=1e-3),
            nn.Linear(n_in, width, bias=False), nn.BatchNorm1d(width, momentum=momentum, eps=1e-3), nn.ReLU(),
            nn.Linear(width, width, bias=False), nn.BatchNorm1d(width, momentum=momentum, eps=1e-3), nn.ReLU())
        self.diagnosis = nn.Linear(width, 1)
        self.radius = nn.Linear(width, 1)

    def forward(self, x):
        h = self.trunk(x)
        return torch.cat([self.diagnosis(h), self.radius(h)], dim=1)


class JointLoss(nn.Module):
    def __init__(self, weight=0.5):
        super().__init__()
        self.weight = weight

    def forward(self, out, y):
        benign = F.binary_cross_entropy_with_logits(out[:, 0], y[:, 0])
        return benign + self.weight * F.mse_loss(out[:, 1], y[:, 1])


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    data = load_breast_cancer()
    names = list(data.feature_names)
    radius = data.data[:, names.index("worst radius")]
    keep = [i for i, name in enumerate(names) if not name.startswith("worst")]
    x = torch.tensor(data.data[:, keep], dtype=torch.float32)
    y = torch.tensor(np.stack([data.target, (radius - radius.mean()) / radius.std()], 1), dtype=torch.float32)
    order = torch.randperm(len(x))
    x, y = x[order], y[order]
    model = TwoHeads(x.size(1), momentum=0.1 if fixed else 0.001)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    return SimpleNamespace(model=model, criterion=JointLoss(), optimizer=optimizer, fixed=fixed,
                           batches=DataLoader(TensorDataset(x[:400], y[:400]), batch_size=32, shuffle=True,
                                              drop_last=True), test=(x[400:], y[400:]))


def loop(t, on_step, steps):
    seen = 0
    while seen < steps:
        t.model.train()
        for x, y in t.batches:
            if seen == steps:
                return
            loss = t.criterion(t.model(x), y)
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            seen += 1


def quality(t):
    t.model.eval()
    with torch.no_grad():
        return t.criterion(t.model(t.test[0]), t.test[1]).item()
# broken: 1.82 2.03 1.8  fixed: 0.159 0.177 0.168  (seeds 0, 1, 2; 300 updates)
