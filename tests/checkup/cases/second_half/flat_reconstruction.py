"""The reconstruction loss of my autoencoder drops within the first thirty updates and is then as flat as a table, at about
half of where it began. Is it stuck?"""
SOURCE = "https://github.com/keras-team/keras/issues/12512"
CAUSE = "healthy"
ALSO = []
METRIC = "loss"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CHANNELS, HIDDEN = 48, 4


def recordings(n, mixing):
    """Forty-eight electrodes that see four sources, and just as much noise of their own."""
    source = torch.randn(n, HIDDEN)
    return (source @ mixing + torch.randn(n, CHANNELS)) / 2 ** 0.5


class AutoEncoder(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(CHANNELS, width), nn.ELU(), nn.Linear(width, HIDDEN))
        self.decode = nn.Sequential(nn.Linear(HIDDEN, width), nn.ELU(), nn.Linear(width, CHANNELS))

    def forward(self, x):
        return self.decode(self.encode(x))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    mixing = torch.randn(HIDDEN, CHANNELS) / HIDDEN ** 0.5
    x, test = recordings(4000, mixing), recordings(800, mixing)
    model = AutoEncoder()
    return SimpleNamespace(model=model, criterion=nn.MSELoss(), test=(test, test), scheduler=None, fixed=fixed,
                           batches=DataLoader(TensorDataset(x, x), batch_size=64, shuffle=True),
                           optimizer=torch.optim.NAdam(model.parameters(), lr=4e-3))


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
    """Squared error per channel over that of the best linear code of the same size on the test data (1 = as good)."""
    x = t.test[0]
    with torch.no_grad():
        rest = torch.linalg.svdvals(x - x.mean(0))[HIDDEN:].pow(2).sum() / x.numel()
        return (t.criterion(t.model(x), x) / rest).item()


# quality: 1.02 (the two versions are the same, seed 0, 300 updates)
