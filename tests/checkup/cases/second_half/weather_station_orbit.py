"""I made the optimiser's memory longer, because the curve was noisy. Now the loss of my one-step forecast falls, swings back
up beyond where it began, falls again, ever higher; the gradient's direction seems right each time."""
SOURCE = "https://github.com/ooples/AiDotNet/issues/2008"
CAUSE = "momentum_too_high"
ALSO = []
METRIC = "loss"

import math
from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def orbit(n, dt=0.02):
    """States of the Lorenz system and what they become a tenth of a time unit later, both standardised."""
    s = torch.tensor([1.0, 1.0, 20.0])
    states = []
    for _ in range(n + 105):
        x, y, z = s
        s = s + dt * torch.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])
        states.append(s)
    s = torch.stack(states[100:])
    s = (s - s.mean(0)) / s.std(0)
    return s[:-5], s[5:]


class Forecast(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.up, self.mid, self.down = nn.Linear(3, width), nn.Linear(width, width), nn.Linear(width, 3)

    def forward(self, s):
        h = torch.tanh(self.up(s))
        return s + self.down(torch.tanh(self.mid(h)))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = orbit(2400)
    model = Forecast()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9 if fixed else 0.999)
    return SimpleNamespace(model=model, criterion=nn.MSELoss(), test=(x[2000:], y[2000:]), optimizer=optimizer,
                           batches=DataLoader(TensorDataset(x[:2000], y[:2000]), batch_size=50, shuffle=True),
                           scheduler=None, fixed=fixed)


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
    """Squared error per coordinate (1 = the mean state)."""
    with torch.no_grad():
        value = t.criterion(t.model(t.test[0]), t.test[1]).item()
    return value if math.isfinite(value) else float("inf")


# broken: 548 fixed: 0.00352 (seed 0, 300 updates)
