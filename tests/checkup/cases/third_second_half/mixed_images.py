"""Training accuracy is far below validation accuracy and the training loss hardly falls below 1, whereas validation looks
great. Which of the two is wrong?"""
from types import SimpleNamespace

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/ecs-vlc/FMix/issues/28"
CAUSE = "healthy"
ALSO = []
METRIC = "accuracy"


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)
        self.conv2, self.bn2 = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        return F.relu(x + self.bn2(self.conv2(h)))


class SmallResNet(nn.Sequential):
    def __init__(self, c=12):
        super().__init__(nn.Conv2d(1, c, 3, padding=1), Block(c), nn.MaxPool2d(2), Block(c), nn.Flatten(),
                         nn.Dropout(0.3), nn.Linear(16 * c, 10))


class MixUp:
    """Yields blends of two images; y holds both labels and the share of the first."""

    def __init__(self, loader, alpha=1.0):
        self.loader, self.share = loader, torch.distributions.Beta(alpha, alpha)

    def __iter__(self):
        for x, y in self.loader:
            other = torch.randperm(len(y))
            lam = self.share.sample()
            yield lam * x + (1 - lam) * x[other], torch.stack([y.float(), y[other].float(), lam.expand(len(y))], 1)


def mixed_loss(logits, y):
    a, b, lam = y[:, 0].long(), y[:, 1].long(), y[:, 2]
    return (lam * F.cross_entropy(logits, a, reduction="none")
            + (1 - lam) * F.cross_entropy(logits, b, reduction="none")).mean()


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    digits = load_digits()
    x, y = torch.tensor(digits.images).float()[:, None] / 16, torch.tensor(digits.target)
    order = torch.randperm(len(y))
    x, y = x[order], y[order]
    loader = DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=32, shuffle=True)
    model = SmallResNet()
    return SimpleNamespace(model=model, criterion=mixed_loss, batches=MixUp(loader), fixed=fixed,
                           optimizer=torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01),
                           test=(x[1400:], torch.stack([y[1400:], y[1400:], torch.ones_like(y[1400:])], 1).float()))


def loop(t, on_step, steps):
    t.model.train()
    endless = (batch for _ in range(steps) for batch in t.batches)
    for _, (x, y) in zip(range(steps), endless):
        t.optimizer.zero_grad()
        loss = t.criterion(t.model(x), y)
        loss.backward()
        t.optimizer.step()
        on_step(loss, x, y)


def quality(t):
    t.model.eval()
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1][:, 0]).float().mean().item()
# broken: 0.98 0.985 0.967  fixed: the same program  (seeds 0, 1, 2; 300 updates)
