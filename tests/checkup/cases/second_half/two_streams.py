"""Inputs and answers come from two files, I read them with a loader each. The loss goes down to the level of guessing within
a few updates and stays there, for every model that I tried."""
SOURCE = "https://github.com/sayakpaul/SimSiam-TF/issues/1"
CAUSE = "labels_mismatched"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

LENGTH = 30


def motions(n):
    """Accelerations of a wrist: walking, stairs, cycling, or writing, by frequency and shape; three axes."""
    y = torch.randint(4, (n,))
    s = torch.arange(LENGTH)
    rate = torch.tensor([0.5, 0.35, 0.8, 1.4])[y, None] * (1 + 0.1 * torch.randn(n, 1))
    phase = 6.3 * torch.rand(n, 1)
    wave = torch.sin(rate * s + phase)
    x = torch.stack([wave, torch.where(y[:, None] == 1, wave.abs(), wave ** 2), torch.cos(2 * rate * s + phase)], 2)
    return x + 0.4 * torch.randn(n, LENGTH, 3), y


class Streams:
    """The two loaders side by side."""

    def __init__(self, x, y, size, together):
        if together:
            self.loader = DataLoader(TensorDataset(x, y), batch_size=size, shuffle=True)
        else:
            inputs = DataLoader(x, batch_size=size, shuffle=True)
            answers = DataLoader(y, batch_size=size, shuffle=True)
            self.loader = [inputs, answers]
        self.together = together

    def __iter__(self):
        return iter(self.loader) if self.together else zip(*self.loader)

    def __len__(self):
        return len(self.loader if self.together else self.loader[0])


class Motion(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.LSTM(3, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, 4)

    def forward(self, x):
        return torch.log_softmax(self.out(self.rnn(x)[0].mean(1)), 1)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = motions(2400)
    model = Motion()
    return SimpleNamespace(model=model, criterion=nn.NLLLoss(), batches=Streams(x[:2000], y[:2000], 40, together=fixed),
                           test=(x[2000:], y[2000:]), optimizer=torch.optim.Adam(model.parameters(), lr=4e-3),
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


# broken: 0.13 fixed: 0.973 (seed 0, 300 updates)
