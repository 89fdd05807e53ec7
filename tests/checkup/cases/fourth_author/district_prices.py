"""House prices in dollars: after many epochs the predictions are still crawling up from zero, the mean squared error is
an eleven-digit number, and ordinary linear regression beats the network by far."""
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SOURCE = "https://stats.stackexchange.com/questions/409000/should-we-normalize-target-data-as-well-as-input-data"
CAUSE = "targets_not_scaled"
ALSO = []
METRIC = "loss"  # squared error in dollars, over the variance of the prices
DISTRICTS = 30


def sales(n, seed):
    """One row a sale: district number, then living area, rooms, age, distance to the centre, garden; price in dollars."""
    rng = np.random.default_rng(seed)
    level = np.random.default_rng(7).normal(0, 0.22, DISTRICTS)
    district = rng.integers(DISTRICTS, size=n)
    area = rng.gamma(9, 13, n)
    rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.8, n)), 1, None)
    age, distance = rng.uniform(0, 80, n), rng.exponential(6, n)
    garden = rng.random(n) < 0.4
    price = 2200 * area ** 0.97 * np.exp(level[district] - 0.005 * age - 0.02 * distance + 0.08 * garden)
    price = (price + 4000 * rooms) * rng.lognormal(0, 0.08, n)
    return np.stack([district, area, rooms, age, distance, garden], 1).astype(np.float32), price.astype(np.float32)


class PriceNet(nn.Module):
    def __init__(self, numeric=5, dim=6):
        super().__init__()
        self.district = nn.Embedding(DISTRICTS, dim)
        self.net = nn.Sequential(nn.Linear(dim + numeric, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.net(torch.cat([self.district(x[:, 0].long()), x[:, 1:]], dim=1))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    (x, y), (x_test, y_test) = sales(3000, seed), sales(600, 100 + seed)
    mean, std = x[:, 1:].mean(0), x[:, 1:].std(0)
    x[:, 1:], x_test[:, 1:] = (x[:, 1:] - mean) / std, (x_test[:, 1:] - mean) / std
    shift, scale = (y.mean(), y.std()) if fixed else (0.0, 1.0)  # what the network's output is multiplied by at the end
    y, y_test = (y - shift) / scale, (y_test - shift) / scale
    x, y, x_test, y_test = map(torch.from_numpy, (x, y[:, None], x_test, y_test[:, None]))
    model = PriceNet()
    return SimpleNamespace(model=model, criterion=nn.MSELoss(), fixed=fixed, scheduler=None,
                           optimizer=torch.optim.Adam(model.parameters(), lr=2e-3),
                           batches=DataLoader(TensorDataset(x, y), batch_size=64, shuffle=True), test=(x_test, y_test))


def loop(t, on_step, steps):
    step = 0
    while step < steps:
        for x, price in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), price)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, price)
            step += 1
            if step == steps:
                break


def quality(t):
    x, price = t.test
    with torch.no_grad():
        return (t.criterion(t.model(x), price) / price.var()).item()
# broken: 6.19 5.86 5.7 6.47 6.52  fixed: 0.0507 0.0555 0.053 0.0649 0.056  (300 updates, seeds 0 to 4)
