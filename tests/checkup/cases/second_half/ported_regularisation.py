"""I carried a network over from another library, layer by layer, with all its numbers. Over there it learnt; here the
training loss stays close to where it began and test answers are hardly better than guessing."""
SOURCE = "https://github.com/Gofinge/CheXpert_Baseline_PyTorch/issues/5"
CAUSE = "dropout_too_high"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

KINDS, LENGTH, CLASSES = 20, 14, 6


def events(n):
    """Event lists; the class is the kind of event (mod 6) that follows the first alarm (event 0)."""
    x = torch.randint(1, KINDS, (n, LENGTH))
    at = torch.randint(1, LENGTH - 1, (n,))
    rows = torch.arange(n)
    x[rows, at] = 0
    return x, x[rows, at + 1] % CLASSES


class EventNet(nn.Module):
    def __init__(self, keep, dim=32, hidden=48):
        super().__init__()
        self.embed = nn.Embedding(KINDS, dim)
        self.drop_in = nn.Dropout(keep)
        self.conv = nn.Sequential(nn.Conv1d(dim, hidden, 2), nn.ReLU(), nn.Dropout(keep))
        self.rnn = nn.GRU(hidden, hidden, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(keep), nn.Linear(hidden, CLASSES))

    def forward(self, x):
        h = self.conv(self.drop_in(self.embed(x)).transpose(1, 2)).transpose(1, 2)
        return self.head(self.rnn(h)[0].mean(1))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = events(3000)
    model = EventNet(keep=0.1 if fixed else 0.9)
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), test=(x[2500:], y[2500:]), fixed=fixed,
                           batches=DataLoader(TensorDataset(x[:2500], y[:2500]), batch_size=50, shuffle=True),
                           optimizer=torch.optim.NAdam(model.parameters(), lr=6e-3), scheduler=None)


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
                break


def quality(t):
    t.model.eval()
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()


# broken: 0.194 fixed: 1 (seed 0, 300 updates)
