"""I regress canopy height from four-band satellite patches. I normalise with the mean and standard deviation of my own
imagery, yet the network predicts almost the same height everywhere and the loss stays at the variance of the targets."""
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

SOURCE = "https://github.com/Clay-foundation/model/issues/317"
CAUSE = "bad_values"
ALSO = ["inputs_not_scaled"]
METRIC = "loss"
NODATA, SIZE = -9999.0, 10


def scenes(n, rng):
    """Reflectance patches (n, 4, 10, 10) and mean height in metres; some patches lie partly off the swath."""
    height = rng.gamma(4, 4, n)
    rough = rng.normal(size=(n, 1, SIZE, SIZE)) * 0.015 * np.sqrt(height)[:, None, None, None]
    closed = 1 - np.exp(-height / 12)
    colour = np.array([0.09, 0.12, 0.10, 0.22]), np.array([-0.05, -0.04, -0.07, 0.20])
    bands = colour[0][None] + colour[1][None] * closed[:, None]
    light = rng.normal(1, 0.06, (n, 1))
    x = (bands * light)[:, :, None, None] + rough * 0.5 + rng.normal(0, 0.01, (n, 4, SIZE, SIZE))
    for i in np.flatnonzero(rng.random(n) < 0.2):
        x[i, :, :, :rng.integers(1, 5)] = NODATA
    return x.astype(np.float32), height.astype(np.float32)


class Patches(Dataset):
    def __init__(self, x, height, fill=None):
        self.x, self.height = x.copy(), height
        if fill is not None:
            self.x = np.where(self.x == NODATA, fill, self.x)

    def normalise(self, mean, std, h_mean, h_std):
        self.x = torch.from_numpy(((self.x - mean) / std).astype(np.float32))
        self.y = torch.from_numpy((self.height - h_mean) / h_std)[:, None]
        return self

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    (x, h), (x_test, h_test) = scenes(1600, rng), scenes(400, rng)
    fill = np.nanmean(np.where(x == NODATA, np.nan, x), axis=(0, 2, 3), keepdims=True) if fixed else None
    train, test = Patches(x, h, fill), Patches(x_test, h_test, fill)
    stats = train.x.mean((0, 2, 3), keepdims=True), train.x.std((0, 2, 3), keepdims=True), h.mean(), h.std()
    train.normalise(*stats), test.normalise(*stats)
    model = nn.Sequential(nn.Conv2d(4, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
                          nn.Conv2d(32, 32, 3, stride=2, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                          nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    return SimpleNamespace(model=model, criterion=nn.MSELoss(), fixed=fixed, scheduler=None,
                           optimizer=torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-3),
                           batches=DataLoader(train, batch_size=32, shuffle=True), test=(test.x, test.y))


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for patch, height in t.batches:
            loss = t.criterion(t.model(patch), height)
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            on_step(loss, patch, height)
            done += 1
            if done == steps:
                break


def quality(t):
    with torch.no_grad():
        return t.criterion(t.model(t.test[0]), t.test[1]).item()
# broken: 0.965 0.914 1.06 1.05 0.936  fixed: 0.121 0.0762 0.0968 0.0775 0.0729  (300 updates, seeds 0 to 4)
