"""My recurrent network for ratings from one to five stars ignores the order of the words completely; the loss wobbles
around the start value. With tiny vocabularies from the tutorial it was fine."""
import math
from types import SimpleNamespace

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/espnet/espnet/issues/3454"
CAUSE = "saturated_units"
ALSO = ["start_too_large", "vanishing_gradient"]
METRIC = "accuracy"
VOCABULARY, LENGTH, STARS = 60, 10, 5


def reviews(n):
    """Some words praise, some blame, and a word of negation turns the following one around."""
    value = torch.zeros(VOCABULARY)
    value[10:30], value[30:50] = 1, -1
    x = torch.randint(10, VOCABULARY, (n, LENGTH))
    negation = torch.rand(n, LENGTH) < 0.15
    x[negation] = torch.randint(5, 10, (int(negation.sum()),))
    turned = torch.cat([torch.zeros(n, 1, dtype=torch.bool), negation[:, :-1]], 1)
    score = (value[x] * torch.where(turned, -1.0, 1.0)).sum(1)
    return x, torch.bucketize(score, torch.tensor([-2.5, -0.5, 0.5, 2.5]))


class StarRNN(nn.Module):
    def __init__(self, dim=128, hidden=48, scale=True):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, dim)
        self.factor = math.sqrt(dim) if scale else 1.0
        self.rnn = nn.RNN(dim, hidden, batch_first=True)
        self.score = nn.Linear(hidden, 1)
        self.cuts = nn.Parameter(torch.linspace(-1.5, 1.5, STARS - 1))

    def forward(self, words):
        x = self.embedding(words) * self.factor
        _, h = self.rnn(x)
        return self.score(h[-1]) - self.cuts


def ordinal_loss(logits, stars):
    """Cumulative logits: for each cut, is the rating above it?"""
    above = (stars[:, None] > torch.arange(STARS - 1)).float()
    return F.binary_cross_entropy_with_logits(logits, above)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = reviews(4600)
    model = StarRNN(scale=not fixed)
    return SimpleNamespace(model=model, criterion=ordinal_loss, fixed=fixed, test=(x[4000:], y[4000:]),
                           optimizer=torch.optim.Adam(model.parameters(), lr=2e-3),
                           batches=DataLoader(TensorDataset(x[:4000], y[:4000]), batch_size=64, shuffle=True))


def loop(t, on_step, steps):
    def stream():
        while True:
            yield from t.batches

    batches = stream()
    for _ in range(steps):
        words, stars = next(batches)
        t.optimizer.zero_grad()
        loss = t.criterion(t.model(words), stars)
        loss.backward()
        nn.utils.clip_grad_norm_(t.model.parameters(), 1.0)
        t.optimizer.step()
        on_step(loss, words, stars)


def quality(t):
    """Share of the ratings that are exactly right."""
    with torch.no_grad():
        stars = (t.model(t.test[0]) > 0).sum(1)
    return (stars == t.test[1]).float().mean().item()
# broken: 0.21 0.202 0.228  fixed: 0.622 0.552 0.602  (seeds 0, 1, 2; 300 updates)
