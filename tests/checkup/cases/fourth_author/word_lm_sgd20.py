"""The word language model from the examples uses plain SGD with a learning rate of 20, which looks insane, and the loss
stays above 2 at the end. Is that a mistake?"""
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

SOURCE = "https://github.com/pytorch/examples/issues/757"
CAUSE = "healthy"
ALSO = []
METRIC = "loss"
WORDS = 60


def stream(n, rng):
    """Each word allows some eight successors, so that no model can get much below 2 nats."""
    table = np.random.default_rng(3).dirichlet(np.full(WORDS, 0.12), size=WORDS)
    cumulative = table.cumsum(1)
    words, u = [0], rng.random(n)
    for i in range(n - 1):
        words.append(min(int(np.searchsorted(cumulative[words[-1]], u[i])), WORDS - 1))
    return torch.tensor(words)


class Batchified:
    """The stream cut into `batch` long columns, read in consecutive pieces of `bptt` words."""

    def __init__(self, ids, batch=20, bptt=20):
        n = (len(ids) - 1) // batch
        self.x, self.y = ids[:n * batch].view(batch, n), ids[1:n * batch + 1].view(batch, n)
        self.bptt = bptt

    def __len__(self):
        return self.x.shape[1] // self.bptt

    def __iter__(self):
        for i in range(len(self)):
            piece = slice(i * self.bptt, (i + 1) * self.bptt)
            yield self.x[:, piece], self.y[:, piece]


class WordModel(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.encoder = nn.Embedding(WORDS, dim)
        self.rnn = nn.LSTM(dim, dim, batch_first=True)
        self.decoder = nn.Linear(dim, WORDS)
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.uniform_(self.decoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, ids):
        out, _ = self.rnn(self.drop(self.encoder(ids)))
        return self.decoder(self.drop(out)).transpose(1, 2)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = WordModel()
    test = next(iter(Batchified(stream(4001, rng), batch=100, bptt=40)))
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), fixed=fixed, scheduler=None,
                           optimizer=torch.optim.SGD(model.parameters(), lr=20.0),
                           batches=Batchified(stream(40001, rng)), test=test)


def loop(t, on_step, steps):
    step = 0
    while step < steps:
        t.model.train()
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(t.model.parameters(), 0.25)
            t.optimizer.step()
            on_step(loss, x, y)
            step += 1
            if step == steps:
                break


def quality(t):
    t.model.eval()
    with torch.no_grad():
        return t.criterion(t.model(t.test[0]), t.test[1]).item()
# both: 2.68 2.67 2.69 2.65 2.62  (300 updates, seeds 0 to 4)
