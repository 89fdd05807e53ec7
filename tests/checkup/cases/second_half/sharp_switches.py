"""My units should behave like switches, so I gave the sigmoid a steep slope. The output is a staircase that hardly changes
while I train; the first layers stay nearly as they were drawn at the start."""
SOURCE = "https://discourse.julialang.org/t/misbehaving-model-bad-neural-net-architecture-for-the-job/89729"
CAUSE = "saturated_units"
ALSO = ["vanishing_gradient", "start_too_large"]
METRIC = "loss"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Switch(nn.Module):
    """Sigmoid of a steepened, centred input, shifted to -1..1."""

    def __init__(self, slope):
        super().__init__()
        self.slope = slope

    def forward(self, x):
        return 2 * torch.sigmoid(self.slope * x) - 1


def valves(n):
    """Four settings of valves in, flow and pressure out, standardised."""
    x = torch.randn(n, 4)
    flow = torch.sin(1.5 * x[:, 0]) * x[:, 1] + torch.tanh(x[:, 2] - x[:, 3])
    pressure = (x[:, 0] * x[:, 3]).cos() + 0.5 * x[:, 1] * x[:, 2]
    y = torch.stack([flow, pressure], 1)
    return x, (y - y.mean(0)) / y.std(0)


def network(slope, width=40):
    layers, inside = [], 4
    for _ in range(3):
        layers += [nn.Linear(inside, width), Switch(slope)]
        inside = width
    return nn.Sequential(*layers, nn.Linear(width, 2))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = valves(3500)
    model = network(slope=2.0 if fixed else 60.0)
    return SimpleNamespace(model=model, criterion=nn.HuberLoss(), test=(x[3000:], y[3000:]), scheduler=None, fixed=fixed,
                           batches=DataLoader(TensorDataset(x[:3000], y[:3000]), batch_size=60, shuffle=True),
                           optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True))


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
    """Squared error per output (1 = the mean)."""
    with torch.no_grad():
        return (t.model(t.test[0]) - t.test[1]).pow(2).mean().item()


# broken: 0.726 fixed: 0.0853 (seed 0, 300 updates)
