"""My loss curve shows sharp peaks every few dozen updates and then comes down again, lower than before. The rate is the
largest that the paper allows. Must I lower it?"""
SOURCE = "https://github.com/vitoralbiero/img2pose/issues/46"
CAUSE = "healthy"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Picture(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.GroupNorm(4, width), nn.ReLU(), nn.MaxPool2d(2),
                                 nn.Conv2d(width, 2 * width, 3, padding=1), nn.GroupNorm(4, 2 * width), nn.ReLU(),
                                 nn.MaxPool2d(2), nn.Flatten(),
                                 nn.Linear(8 * width, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, x):
        return self.net(x)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    digits = load_digits()
    order = torch.randperm(len(digits.target))
    x = (torch.tensor(digits.images[:, None], dtype=torch.float32)[order] - 5) / 6
    y = torch.tensor(digits.target)[order]
    model = Picture()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), test=(x[1400:], y[1400:]), optimizer=optimizer,
                           batches=DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=20, shuffle=True),
                           scheduler=None, fixed=fixed)


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
                break


def quality(t):
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()


# quality: 0.98 0.97 0.982 (the two versions are the same, seeds 0..2, 300 updates)
