"""My card is small, so I collect the gradients of many mini-batches before each step, as the large laboratories do. The
loss goes down, but after as many pictures as others needed for a good model I am nowhere near them."""
SOURCE = "https://github.com/wandb/senpai/pull/390"
CAUSE = "batch_too_large_for_budget"
ALSO = ["trained_too_briefly"]
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Mixer(nn.Module):
    """Rows of a picture as tokens; one layer mixes the rows, one the channels."""

    def __init__(self, dim=32):
        super().__init__()
        self.token = nn.Linear(8, dim)
        self.rows = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
        self.channels = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 64), nn.GELU(), nn.Linear(64, dim))
        self.norm, self.head = nn.LayerNorm(dim), nn.Linear(8 * dim, 10)

    def forward(self, x):
        h = self.token(x)
        h = h + self.rows(self.norm(h).transpose(1, 2)).transpose(1, 2)
        return self.head((h + self.channels(h)).flatten(1))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    digits = load_digits()
    order = torch.randperm(len(digits.target))
    x, y = (torch.tensor(digits.images, dtype=torch.float32)[order] - 5) / 6, torch.tensor(digits.target)[order]
    model = Mixer()
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), test=(x[1400:], y[1400:]), scheduler=None,
                           batches=DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=28, shuffle=True),
                           optimizer=torch.optim.AdamW(model.parameters(), lr=2e-3), collect=1 if fixed else 100, fixed=fixed)


def loop(t, on_step, steps):
    """Here the budget `steps` counts mini-batches, as the person counts; on_step is called once for each of them."""
    done = 0
    t.optimizer.zero_grad()
    while done < steps:
        for x, y in t.batches:
            loss = t.criterion(t.model(x), y)
            (loss / t.collect).backward()
            done += 1
            if done % t.collect == 0:
                t.optimizer.step()
                t.optimizer.zero_grad()
            on_step(loss, x, y)
            if done == steps:
                break


def quality(t):
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()


# broken: 0.496 fixed: 0.977 (seed 0, 300 updates)
