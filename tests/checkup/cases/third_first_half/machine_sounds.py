"""The running training accuracy is often close to 100 %, yet on the held-out recordings the network answers nearly
always with the same one or two classes."""
from types import SimpleNamespace

import torch
import torch.nn as nn
from torch.utils.data import ConcatDataset, DataLoader, TensorDataset

SOURCE = "https://github.com/vlfeat/matconvnet/issues/393"
CAUSE = "not_shuffled"
ALSO = []
METRIC = "accuracy"
CLASSES = ["bearing", "fan", "gearbox", "pump", "valve"]


def record(kind, n, length=64):
    """Synthetic vibration: a carrier, its modulation and noise; each machine has its own mixture."""
    c = CLASSES.index(kind)
    time = torch.arange(length) / length
    phase = torch.rand(n, 1) * 6.28
    carrier = torch.sin(6.28 * (5 + 2 * c) * time + phase)
    modulation = 1 + 0.7 * torch.sin(6.28 * (1 + c % 3) * time + torch.rand(n, 1) * 6.28)
    wave = carrier * modulation + 0.8 * torch.randn(n, length)
    return torch.stack([wave, wave.abs()], dim=1)


def load_split(per_class):
    """One folder for each class, read one after the other."""
    parts = []
    for label, kind in enumerate(CLASSES):
        waves = record(kind, per_class)
        parts.append(TensorDataset(waves, torch.full((per_class,), label)))
    return ConcatDataset(parts)


class WaveNetLite(nn.Sequential):
    def __init__(self, classes=len(CLASSES)):
        super().__init__(
            nn.Conv1d(2, 16, 9, padding=4), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(32, 32, 5, padding=2), nn.ReLU(),
            nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(32, classes))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    train_set, test_set = load_split(200), load_split(60)
    model = WaveNetLite()
    loader = DataLoader(train_set, batch_size=20, shuffle=fixed)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    test = next(iter(DataLoader(test_set, batch_size=len(test_set))))
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), optimizer=optimizer, batches=loader,
                           test=test, fixed=fixed)


def loop(t, on_step, steps):
    n = 0
    for epoch in range(10 ** 6):
        correct = seen = 0
        for x, y in t.batches:
            logits = t.model(x)
            loss = t.criterion(logits, y)
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            correct += (logits.argmax(1) == y).sum().item()
            seen += len(y)
            on_step(loss, x, y)
            n += 1
            if n >= steps:
                return


def quality(t):
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()
# broken: 0.2 0.337 0.2  fixed: 1 0.997 0.987  (seeds 0, 1, 2; 300 updates)
