"""My restoration network makes the pictures a little sharper, no more. The loss is still falling when the run ends; I took
the number of epochs from an example. Is the loss too large, or is something wrong with the network?"""
SOURCE = "https://github.com/RaphaelMeudec/deblur-gan/issues/39"
CAUSE = "trained_too_briefly"
ALSO = []
METRIC = "loss"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SIDE = 12


def drawings(n):
    """Drawings of a few filled boxes, and what a shaking camera makes of them (blurred along the rows, a little noise)."""
    row, col = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    sharp = torch.zeros(n, SIDE, SIDE)
    for _ in range(4):
        at, size = torch.randint(SIDE, (n, 2, 1, 1)), torch.randint(1, 5, (n, 2, 1, 1))
        box = ((row - at[:, 0]).abs() < size[:, 0]) & ((col - at[:, 1]).abs() < size[:, 1])
        sharp = torch.where(box, torch.rand(n, 1, 1), sharp)
    sharp = (sharp[:, None] - 0.4) / 0.3
    blurred = nn.functional.conv2d(sharp, torch.full((1, 1, 1, 5), 0.2), padding=(0, 2))
    return blurred + 0.01 * torch.randn_like(blurred), sharp


class Deblur(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, width, 5, padding=2), nn.PReLU(), nn.Conv2d(width, width, 5, padding=2),
                                 nn.PReLU(), nn.Conv2d(width, 1, 5, padding=2))

    def forward(self, x):
        return x + self.net(x)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = drawings(900)
    model = Deblur()
    return SimpleNamespace(model=model, criterion=nn.MSELoss(), test=(x[800:], y[800:]), scheduler=None, fixed=fixed,
                           batches=DataLoader(TensorDataset(x[:800], y[:800]), batch_size=8, shuffle=True),
                           optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9))


def loop(t, on_step, steps):
    """on_step is called once for each update; the mended version trains six times as long and calls it at each sixth."""
    done, times = 0, 6 if t.fixed else 1
    while done < steps * times:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
            done += 1
            if done % times == 0:
                on_step(loss, x, y)
            if done == steps * times:
                break


def quality(t):
    """Squared error over that of the blurred picture itself (1 = nothing gained)."""
    x, y = t.test
    with torch.no_grad():
        return (t.criterion(t.model(x), y) / t.criterion(x, y)).item()


# broken: 0.215 fixed: 0.0983 (seed 0, 300 updates)
