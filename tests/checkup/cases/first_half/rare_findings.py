"""Only one picture in fifteen shows a finding. The loss is tiny from the second epoch on and nearly all predicted
probabilities are close to zero; is my network just saying no?"""
SOURCE = "https://github.com/jrzech/reproduce-chexnet/issues/1"
CAUSE = "healthy"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SIDE = 12


def pictures(n):
    """Smooth grey pictures; one in fifteen has a small bright ring."""
    x = nn.functional.avg_pool2d(torch.randn(n, 1, SIDE + 4, SIDE + 4), 5, stride=1) * 2
    y = (torch.rand(n) < 1 / 15).float()
    row, col = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    at = torch.randint(3, SIDE - 3, (n, 2, 1, 1))
    ring = ((row - at[:, 0]) ** 2 + (col - at[:, 1]) ** 2).float().sqrt().sub(2).abs() < 0.5
    return x + 2.0 * (y[:, None, None] * ring)[:, None] + 0.2 * torch.randn(n, 1, SIDE, SIDE), y[:, None]


class Finder(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
                                  nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2))
        self.head = nn.Linear(width, 1)

    def forward(self, x):
        return self.head(self.body(x).amax((2, 3)))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = pictures(3000)
    model = Finder()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=1e-3)
    return SimpleNamespace(model=model, criterion=nn.BCEWithLogitsLoss(), test=(x[2000:], y[2000:]), optimizer=optimizer,
                           batches=DataLoader(TensorDataset(x[:2000], y[:2000]), batch_size=40, shuffle=True),
                           scheduler=torch.optim.lr_scheduler.StepLR(optimizer, 4, 0.5), fixed=fixed)


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        t.model.train()
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            done += 1
            if done == steps:
                return
        t.scheduler.step()


def quality(t):
    """Mean of the shares of findings and of healthy pictures that are recognised."""
    t.model.eval()
    with torch.no_grad():
        found, y = t.model(t.test[0]) > 0, t.test[1] > 0.5
    return ((found[y]).float().mean() + (~found[~y]).float().mean()).item() / 2


# quality: 1 1 (the two versions are the same, seeds 0, 1; 300 updates)
