"""Training accuracy is nearly perfect, test accuracy hardly better than guessing, from the first epoch on. The pictures come
from the same source and I split them at random, so this cannot be overfitting."""
SOURCE = "https://github.com/JeasunLok/ResNet-pytorch/issues/1"
CAUSE = "preprocessing_mismatch"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, image):
        return (image - self.mean) / self.std


class Pictures(Dataset):
    def __init__(self, images, labels, transform=None):
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, k):
        image = self.images[k]
        return {"image": self.transform(image) if self.transform else image, "label": self.labels[k]}


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.GroupNorm(4, width), nn.ReLU(),
                                  nn.Conv2d(width, width, 3, padding=1))

    def forward(self, x):
        return torch.relu(x + self.body(x))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    digits = load_digits()
    order = torch.randperm(len(digits.target))
    images = torch.tensor(digits.images[:, None], dtype=torch.float32)[order]
    labels = torch.tensor(digits.target)[order]
    normalize = Normalize(images[:1400].mean(), images[:1400].std())
    train = Pictures(images[:1400], labels[:1400], normalize)
    test = Pictures(images[1400:] / 255, labels[1400:])            # bytes to 0..1
    if fixed:
        test = Pictures(images[1400:], labels[1400:], normalize)
    held_out = next(iter(DataLoader(test, batch_size=len(test))))
    model = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), Residual(16), nn.MaxPool2d(2),
                          Residual(16), nn.Flatten(), nn.Linear(64, 10))
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), batches=DataLoader(train, 32, shuffle=True),
                           test=(held_out["image"], held_out["label"]), scheduler=None, fixed=fixed,
                           optimizer=torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01))


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for batch in t.batches:
            logits = t.model(batch["image"])
            loss = t.criterion(logits, batch["label"])
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            on_step(loss, batch["image"], batch["label"])
            done += 1
            if done == steps:
                break


def quality(t):
    t.model.eval()
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()


# broken: 0.166 fixed: 0.962 (seed 0, 300 updates)
