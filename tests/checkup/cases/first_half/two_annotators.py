"""Training accuracy stops near one half and the loss far from zero, for every architecture that I try; on a few pictures that
I labelled myself it confuses each class with one certain other."""
SOURCE = "https://github.com/roboflow/roboflow-100-benchmark/issues/65"
CAUSE = "labels_noisy"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class PatchEncoder(nn.Module):
    """A little vision transformer over sixteen patches of 2 x 2 pixels."""

    def __init__(self, dim=32):
        super().__init__()
        self.patch = nn.Conv2d(1, dim, 2, stride=2)
        self.place = nn.Parameter(torch.randn(16, dim) * 0.1)
        layer = nn.TransformerEncoderLayer(dim, 4, 64, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 10))

    def forward(self, image):
        h = self.patch(image).flatten(2).transpose(1, 2) + self.place
        return self.head(self.encoder(h).mean(1))


def annotate(y, careful):
    """The second annotator takes each class for the next one in half of the pictures."""
    if careful:
        return y
    return torch.where(torch.rand(len(y)) < 0.48, (y + 1) % 10, y)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    digits = load_digits()
    order = torch.randperm(len(digits.target))
    x = (torch.tensor(digits.images[:, None], dtype=torch.float32)[order] - 5) / 6
    y = torch.tensor(digits.target)[order]
    model = PatchEncoder()
    data = TensorDataset(x[:1400], annotate(y[:1400], careful=fixed))
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), batches=DataLoader(data, 32, shuffle=True),
                           test=(x[1400:], y[1400:]), scheduler=None, fixed=fixed,
                           optimizer=torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05))


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for x, y in t.batches:
            loss = t.criterion(t.model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(t.model.parameters(), 5.0)
            t.optimizer.step()
            t.optimizer.zero_grad()
            on_step(loss, x, y)
            done += 1
            if done == steps:
                break


def quality(t):
    t.model.eval()
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()


# broken: 0.458 fixed: 0.912 (seed 0, 300 updates)
