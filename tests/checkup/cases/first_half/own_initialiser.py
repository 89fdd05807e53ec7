"""I wrote an initialiser for my convolutions as in an old paper. For the whole run the loss stands still at 2.30, as if
the optimiser were switched off, though every parameter has a gradient."""
SOURCE = "https://github.com/ageron/handson-ml/pull/176"
CAUSE = "start_too_small"
ALSO = ["vanishing_gradient"]
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Block(nn.Module):
    def __init__(self, inside, outside, stride):
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, 3, stride=stride, padding=1)

    def forward(self, x):
        return nn.functional.leaky_relu(self.conv(x), 0.1)


class Reader(nn.Module):
    def __init__(self, std):
        super().__init__()
        self.blocks = nn.Sequential(Block(1, 16, 1), Block(16, 16, 2), Block(16, 24, 1), Block(24, 24, 2))
        self.head = nn.Linear(24 * 4, 10)
        self.std = std
        self.apply(self.init_weights)

    def init_weights(self, module):
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            if self.std is None:
                nn.init.kaiming_normal_(module.weight, a=0.1)
            else:
                nn.init.trunc_normal_(module.weight, std=self.std, a=-2 * self.std, b=2 * self.std)
            nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.head(self.blocks(x.view(-1, 1, 8, 8)).flatten(1))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    digits = load_digits()
    x = (torch.tensor(digits.data, dtype=torch.float32) - 4.9) / 6.0
    y = torch.tensor(digits.target)
    order = torch.randperm(len(y))
    x, y = x[order], y[order]
    model = Reader(None if fixed else 0.01)
    batches = DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=40, shuffle=True, drop_last=True)
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(label_smoothing=0.05), batches=batches,
                           test=(x[1400:], y[1400:]), fixed=fixed, scheduler=None,
                           optimizer=torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4))


def loop(t, on_step, steps):
    stream = iter(t.batches)
    for _ in range(steps):
        try:
            x, y = next(stream)
        except StopIteration:
            stream = iter(t.batches)
            x, y = next(stream)
        t.optimizer.zero_grad()
        loss = t.criterion(t.model(x), y)
        loss.backward()
        t.optimizer.step()
        on_step(loss, x, y)


def quality(t):
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()


# broken: 0.0781 fixed: 0.972 (seed 0, 300 updates)
