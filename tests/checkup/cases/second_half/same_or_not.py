"""Two digits go through the same network and the distance should tell whether they are the same. It learns nicely for a
while, then, from one update to the next, everything is nan; at another seed a little sooner or later."""
SOURCE = "https://github.com/adambielski/siamese-triplet/issues/18"
CAUSE = "nan_in_loss"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from torch import nn


class Pairs:
    """Batches of pairs (n, 2, 64), half of them of one class, with 1 for the same class and 0 for different ones."""

    def __init__(self, images, labels, size, count):
        self.images, self.labels, self.size, self.count = images, labels, size, count

    def draw(self, n):
        first = torch.randint(len(self.labels), (n,))
        second = torch.randint(len(self.labels), (n,))
        for k in range(0, n, 2):
            same = (self.labels == self.labels[first[k]]).nonzero()[:, 0]
            second[k] = same[torch.randint(len(same), (1,))]
        return torch.stack([self.images[first], self.images[second]], 1), (self.labels[first] == self.labels[second]).float()

    def __len__(self):
        return self.count

    def __iter__(self):
        return (self.draw(self.size) for _ in range(self.count))


class Siamese(nn.Module):
    def __init__(self, smooth):
        super().__init__()
        self.tower = nn.Sequential(nn.Linear(64, 96), nn.LeakyReLU(), nn.Linear(96, 16))
        self.smooth = smooth

    def forward(self, pair):
        one, two = self.tower(pair[:, 0]), self.tower(pair[:, 1])
        return ((one - two).pow(2).sum(1) + self.smooth).sqrt()


def contrastive(distance, same, margin=2.0):
    return (same * distance.pow(2) + (1 - same) * (margin - distance).clamp(min=0).pow(2)).mean()


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    digits = load_digits()
    order = torch.randperm(len(digits.target))
    x, y = torch.tensor(digits.data / 8 - 1, dtype=torch.float32)[order], torch.tensor(digits.target)[order]
    model = Siamese(smooth=1e-8 if fixed else 0.0)
    return SimpleNamespace(model=model, criterion=contrastive, batches=Pairs(x[:1400], y[:1400], 32, 50), fixed=fixed,
                           test=Pairs(x[1400:], y[1400:], 0, 0).draw(400), scheduler=None,
                           optimizer=torch.optim.RMSprop(model.parameters(), lr=1e-3))


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
        return ((t.model(t.test[0]) < 1.0).float() == t.test[1]).float().mean().item()


# broken: 0.468 fixed: 0.94 (seed 0, 300 updates)
