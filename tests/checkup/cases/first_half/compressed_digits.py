"""The first number that my convolutional autoencoder prints is in the thousands, then it gets larger and after a few
updates everything is nan. A rate from a textbook, nothing unusual in the data."""
SOURCE = "https://github.com/Alibaba-MIIL/ASL/issues/56"
CAUSE = "loss_not_averaged"
ALSO = ["rate_too_high"]
METRIC = "loss"

import math
from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class AutoEncoder(nn.Module):
    def __init__(self, code=12):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.GELU(),
                                     nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.GELU(), nn.Flatten(), nn.Linear(64, code))
        self.decoder = nn.Sequential(nn.Linear(code, 64), nn.GELU(), nn.Unflatten(1, (16, 2, 2)),
                                     nn.ConvTranspose2d(16, 8, 2, stride=2), nn.GELU(), nn.ConvTranspose2d(8, 1, 2, stride=2))

    def forward(self, image):
        return self.decoder(self.encoder(image))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x = torch.tensor(load_digits().images[:, None], dtype=torch.float32)
    x = ((x - x.mean()) / x.std())[torch.randperm(len(x))]
    model = AutoEncoder()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    return SimpleNamespace(model=model, criterion=nn.MSELoss(reduction="mean" if fixed else "sum"),
                           batches=DataLoader(TensorDataset(x[:1400], x[:1400]), batch_size=64, shuffle=True),
                           test=(x[1400:], x[1400:]), optimizer=optimizer, fixed=fixed,
                           scheduler=torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.98))


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for image, _ in t.batches:
            loss = t.criterion(t.model(image), image)
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            on_step(loss, image, image)
            done += 1
            if done == steps:
                return
        t.scheduler.step()                  # once per epoch


def quality(t):
    """Squared error per pixel (1 = the variance of the pixels)."""
    with torch.no_grad():
        error = (t.model(t.test[0]) - t.test[1]).pow(2).mean().item()
    return error if math.isfinite(error) else float("inf")


# broken: inf fixed: 0.174 (seed 0, 300 updates)
