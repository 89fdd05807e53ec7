"""I want a network that knows my forty entries by heart: letters of the name in, digits of the number out. The loss goes to
zero and there is nothing to test it on. People tell me that it overfits."""
SOURCE = "https://discuss.pytorch.org/t/loss-of-single-batch-optimization/128480"
CAUSE = "healthy"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn

ENTRIES, NAME, NUMBER = 40, 6, 5


class PhoneBook(nn.Module):
    """Reads the name with one GRU and writes the number with another, fed with the digit before."""

    def __init__(self, hidden=64):
        super().__init__()
        self.letter, self.digit = nn.Embedding(26, 16), nn.Embedding(11, 16)
        self.read, self.write = nn.GRU(16, hidden, batch_first=True), nn.GRU(16, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 10)

    def forward(self, name, number):
        _, state = self.read(self.letter(name))
        before = torch.cat([torch.full_like(number[:, :1], 10), number[:, :-1]], 1)
        return self.out(self.write(self.digit(before), state)[0]).transpose(1, 2)


class Wrapped(nn.Module):
    """Takes the pair in one tensor, as my data come."""

    def __init__(self):
        super().__init__()
        self.book = PhoneBook()

    def forward(self, pair):
        return self.book(pair[:, :NAME], pair[:, NAME:])


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    name, number = torch.randint(26, (ENTRIES, NAME)), torch.randint(10, (ENTRIES, NUMBER))
    model = Wrapped()
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), test=None, scheduler=None, fixed=fixed,
                           batches=[(torch.cat([name, number], 1), number)],
                           optimizer=torch.optim.NAdam(model.parameters(), lr=4e-3))


def loop(t, on_step, steps):
    (x, y), = t.batches
    for _ in range(steps):
        def closure():
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            return loss
        on_step(t.optimizer.step(closure), x, y)


def quality(t):
    """Share of the digits that it knows by heart."""
    (x, y), = t.batches
    with torch.no_grad():
        return (t.model(x).argmax(1) == y).float().mean().item()


# quality: 1 (the two versions are the same, seed 0, 300 updates)
