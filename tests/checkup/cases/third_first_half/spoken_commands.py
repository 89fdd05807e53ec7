"""Training goes wonderfully, accuracy above 95 %, but when I evaluate recordings with my predict function it is like
rolling dice."""
from types import SimpleNamespace

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

SOURCE = "https://github.com/raghakot/keras-resnet/issues/56"
CAUSE = "preprocessing_mismatch"
ALSO = []
METRIC = "accuracy"
FRAMES, BANDS, CLASSES = 20, 12, 6


def record(n, voices):
    """Log-energies of filter bands: the command is told by its spectral envelope and where the energy rises."""
    label = torch.randint(CLASSES, (n,))
    time = torch.linspace(0, 1, FRAMES)
    onset = 0.5 * torch.rand(n, 1)
    loud = torch.sigmoid((time - onset) * 12)[:, :, None]
    features = -6 + 2.0 * loud + voices[label][:, None, :] * 1.2 + 1.3 * torch.randn(n, FRAMES, BANDS)
    return features, label


class Commands(Dataset):
    """Features, normalised with the statistics of the training corpus."""

    def __init__(self, features, labels, stats):
        self.features, self.labels = features, labels
        self.mean, self.std = stats

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return (self.features[i] - self.mean) / self.std, self.labels[i]


class Encoder(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.project = nn.Linear(BANDS, dim)
        self.position = nn.Parameter(0.02 * torch.randn(FRAMES, dim))
        self.layer = nn.TransformerEncoderLayer(dim, 4, 64, dropout=0.1, batch_first=True)
        self.head = nn.Linear(dim, CLASSES)

    def forward(self, x):
        return self.head(self.layer(self.project(x) + self.position).mean(dim=1))


def prepare(recording, stats, fixed):
    """For single recordings that come from the microphone."""
    mean, std = stats if fixed else (recording.mean(dim=0), recording.std(dim=0))
    return (recording - mean) / std


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    voices = torch.randn(CLASSES, BANDS)
    x, y = record(1200, voices)
    x_new, y_new = record(300, voices)
    stats = x.mean(dim=(0, 1)), x.std(dim=(0, 1))
    model = Encoder()
    test = torch.stack([prepare(r, stats, fixed) for r in x_new]), y_new
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(label_smoothing=0.05), fixed=fixed, test=test,
                           optimizer=torch.optim.AdamW(model.parameters(), lr=1e-3),
                           batches=DataLoader(Commands(x, y, stats), batch_size=32, shuffle=True))


def loop(t, on_step, steps):
    step = 0
    while step < steps:
        for x, y in t.batches:
            if step == steps:
                return
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            step += 1


def quality(t):
    t.model.eval()
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()
# broken: 0.14 0.177 0.137  fixed: 1 1 1  (seeds 0, 1, 2; 300 updates)
