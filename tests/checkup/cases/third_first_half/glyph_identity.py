"""Training an embedding with an angular-margin loss from scratch: the loss sits at about 16 for many epochs, while in the
published logs it falls quickly."""
import math
from types import SimpleNamespace

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://github.com/deepinsight/insightface/issues/2017"
CAUSE = "rate_too_high"
ALSO = ["no_warm_up"]
METRIC = "accuracy"


class Residual(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(dim, dim), nn.PReLU(), nn.Linear(dim, dim)

    def forward(self, x):
        return x + self.fc2(self.act(self.fc1(x)))


class Backbone(nn.Module):
    def __init__(self, pixels=64, dim=96, depth=6, out=32):
        super().__init__()
        self.stem = nn.Linear(pixels, dim)
        self.blocks = nn.Sequential(*[Residual(dim) for _ in range(depth)])
        self.embed = nn.Linear(dim, out)

    def forward(self, x):
        return F.normalize(self.embed(self.blocks(self.stem(x.flatten(1)))))


class AngularMargin(nn.Module):
    """Cosine classifier with the angle to the right class made larger by a margin."""

    def __init__(self, dim, classes, scale=30.0, margin=0.5):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, dim))
        nn.init.xavier_uniform_(self.weight)
        self.scale, self.margin = scale, margin

    def forward(self, embedding, label=None):
        cos = F.linear(embedding, F.normalize(self.weight)).clamp(-1 + 1e-6, 1 - 1e-6)
        if label is None:
            return cos * self.scale
        moved = (torch.acos(cos) + self.margin).clamp(max=math.pi).cos()
        return self.scale * torch.where(F.one_hot(label, cos.size(1)).bool(), moved, cos)


class Identifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone, self.head = Backbone(), AngularMargin(32, 10)

    def forward(self, x, label=None):
        return self.head(self.backbone(x), label)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    digits = load_digits()
    x, y = torch.from_numpy(digits.images).float() / 8 - 1, torch.from_numpy(digits.target)
    order = torch.randperm(len(y))
    x, y = x[order], y[order]
    model = Identifier()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3 if fixed else 0.1, weight_decay=5e-4)
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), optimizer=optimizer, fixed=fixed,
                           batches=DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=64, shuffle=True),
                           test=(x[1400:], y[1400:]))


def loop(t, on_step, steps):
    endless = (batch for _ in range(steps) for batch in t.batches)
    for _, (image, who) in zip(range(steps), endless):
        loss = t.criterion(t.model(image, who), who)
        t.optimizer.zero_grad()
        loss.backward()
        t.optimizer.step()
        on_step(loss, image, who)


def quality(t):
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()
# broken: 0.0856 0.121 0.126  fixed: 0.98 0.98 0.98  (seeds 0, 1, 2; 300 updates)
