"""Each film can have several genres or none. The network ranks the genres sensibly, but with the usual threshold it finds
far too many of them for every film, and films without any genre get some too."""
SOURCE = "https://github.com/open-mmlab/mmpretrain/issues/783"
CAUSE = "wrong_loss"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

WORDS, LENGTH, GENRES = 80, 16, 6


def films(n):
    """A summary of sixteen words; each genre of the film puts in some of its own words (two thirds of the words are idle)."""
    genre = (torch.rand(n, GENRES) < 0.25).float()
    words = torch.randint(GENRES * 4, WORDS, (n, LENGTH))
    for g in range(GENRES):
        own = g * 4 + torch.randint(4, (n, LENGTH))
        words = torch.where((torch.rand(n, LENGTH) < 0.22) & (genre[:, g:g + 1] > 0), own, words)
    return words, genre


class Reader(nn.Module):
    """Convolution over word vectors, largest answer over the text, one output for each genre."""

    def __init__(self, dim=24, width=48):
        super().__init__()
        self.embed = nn.Embedding(WORDS, dim)
        self.conv = nn.Conv1d(dim, width, 3, padding=1)
        self.genre = nn.Linear(width, GENRES)

    def forward(self, words):
        h = torch.relu(self.conv(self.embed(words).transpose(1, 2)))
        return self.genre(h.amax(2))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = films(2500)
    model = Reader()
    return SimpleNamespace(model=model, criterion=nn.BCEWithLogitsLoss() if fixed else nn.CrossEntropyLoss(),
                           batches=DataLoader(TensorDataset(x[:2000], y[:2000]), batch_size=32, shuffle=True),
                           test=(x[2000:], y[2000:]), optimizer=torch.optim.Adagrad(model.parameters(), lr=0.05),
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
    """F1 of the genres that get a probability above one half."""
    with torch.no_grad():
        found, true = torch.sigmoid(t.model(t.test[0])) > 0.5, t.test[1] > 0.5
    return (2 * (found & true).sum() / (found.sum() + true.sum())).item()


# broken: 0.552 fixed: 0.973 (seed 0, 300 updates)
