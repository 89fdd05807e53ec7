"""The same GRU that forecasts other series well gives one and the same forecast for every day here. I only changed the
columns: pressure, temperature and humidity as the station writes them."""
SOURCE = "https://openillumi.com/en/en-pytorch-performance-fix-standardization"
CAUSE = "inputs_not_scaled"
ALSO = ["saturated_units"]
METRIC = "loss"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DAYS = 7


def station(n):
    """Smooth random weather; asked are temperature and humidity on the day after a week of data (standardised)."""
    length = n + DAYS
    wind = torch.randn(length + 30, 3)
    kernel = torch.exp(-torch.arange(30.0) / 10) * torch.cos(torch.arange(30.0) / 2.5)
    w = torch.stack([nn.functional.conv1d(wind[:, k].view(1, 1, -1), kernel.view(1, 1, -1))[0, 0] for k in range(3)], 1)[:length]
    w = (w - w.mean(0)) / w.std(0)
    raw = torch.stack([101300 + 900 * w[:, 0], 288 + 7 * (w[:, 1] - 0.3 * w[:, 0]), 65 + 12 * w[:, 2]], 1)
    x = torch.stack([raw[k:k + n] for k in range(DAYS)], 1)
    y = raw[DAYS:DAYS + n, 1:]
    return x, (y - y.mean(0)) / y.std(0)


class Forecast(nn.Module):
    def __init__(self, hidden=40):
        super().__init__()
        self.rnn = nn.GRU(3, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 2)

    def forward(self, week):
        return self.out(self.rnn(week)[1][0])


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = station(3000)
    if fixed:
        x = (x - x[:2500].mean((0, 1))) / x[:2500].std((0, 1))
    model = Forecast()
    return SimpleNamespace(model=model, criterion=nn.L1Loss(), test=(x[2500:], y[2500:]), scheduler=None, fixed=fixed,
                           batches=DataLoader(TensorDataset(x[:2500], y[:2500]), batch_size=50, shuffle=True),
                           optimizer=torch.optim.RMSprop(model.parameters(), lr=3e-3))


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
    """Mean absolute error of the standardised targets (0.8 = always the mean)."""
    with torch.no_grad():
        return t.criterion(t.model(t.test[0]), t.test[1]).item()


# broken: 0.861 fixed: 0.453 (seed 0, 300 updates)
