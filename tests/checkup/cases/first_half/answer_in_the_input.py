"""My signal classifier says "true" for everything. As a test I put the answer itself into one of the input channels, and
even then it says "true" for everything; the loss is the same number in every step, about fifty."""
SOURCE = "https://stats.stackexchange.com/questions/481881"
CAUSE = "output_units_wrong"
ALSO = ["wrong_output_range"]
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def signals(n, length=32):
    """A noisy trace and, as second channel, the answer plus a little noise."""
    y = (torch.rand(n) < 0.5).float()
    trace = torch.randn(n, length).cumsum(1) / 4
    return torch.stack([trace, y[:, None] + 0.3 * torch.randn(n, length)], 1), y[:, None]


class Detector(nn.Module):
    def __init__(self, length=32, last=None):
        super().__init__()
        self.features = nn.Sequential(nn.Conv1d(2, 8, 3), nn.Mish(), nn.Conv1d(8, 8, 3), nn.Mish(), nn.Flatten())
        self.dense = nn.Linear(8 * (length - 4), 1)
        self.last = last

    def forward(self, x):
        return self.last(self.dense(self.features(x)))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = signals(1500)
    model = Detector(last=nn.Sigmoid() if fixed else nn.Softmax(dim=1))
    return SimpleNamespace(model=model, criterion=nn.BCELoss(), test=(x[1200:], y[1200:]), scheduler=None, fixed=fixed,
                           batches=DataLoader(TensorDataset(x[:1200], y[:1200]), batch_size=25, shuffle=True),
                           optimizer=torch.optim.NAdam(model.parameters(), lr=2e-3))


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
        return ((t.model(t.test[0]) > 0.5).float() == t.test[1]).float().mean().item()


# broken: 0.49 fixed: 1 (seed 0, 300 updates)
