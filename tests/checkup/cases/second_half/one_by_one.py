"""The training accuracy is fine. My validation takes the pictures one by one and finds a much lower accuracy; with another
batch size for the validation it is another number altogether."""
SOURCE = "https://github.com/yangze0930/NTS-Net/issues/46"
CAUSE = "evaluation_mode"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Separable(nn.Module):
    def __init__(self, inside, outside):
        super().__init__()
        self.depth = nn.Conv2d(inside, inside, 3, padding=1, groups=inside)
        self.point = nn.Conv2d(inside, outside, 1)
        self.norm = nn.BatchNorm2d(outside)

    def forward(self, x):
        return nn.functional.silu(self.norm(self.point(self.depth(x))))


class Net(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.start = nn.Conv2d(1, width, 3, padding=1)
        self.body = nn.Sequential(Separable(width, width), nn.AvgPool2d(2), Separable(width, 2 * width), nn.AvgPool2d(2),
                                  Separable(2 * width, 2 * width), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(2 * width, 10)

    def forward(self, x):
        return self.head(self.body(torch.relu(self.start(x))))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    digits = load_digits()
    order = torch.randperm(len(digits.target))
    x = (torch.tensor(digits.images[:, None], dtype=torch.float32)[order] - 5) / 6
    y = torch.tensor(digits.target)[order]
    model = Net()
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), test=(x[1600:], y[1600:]), scheduler=None,
                           batches=DataLoader(TensorDataset(x[:1600], y[:1600]), batch_size=32, shuffle=True),
                           optimizer=torch.optim.NAdam(model.parameters(), lr=4e-3), fixed=fixed, history=[])


@torch.no_grad()
def validate(t):
    if t.fixed:
        t.model.eval()
    right = 0
    for image, label in zip(*t.test):
        right += int(t.model(image[None]).argmax() == label)
    t.model.train()
    return right / len(t.test[1])


def loop(t, on_step, steps):
    done = 0
    t.model.train()
    while done < steps:
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            done += 1
            if done % 150 == 0 or done == steps:
                t.history.append(validate(t))
            if done == steps:
                break


def quality(t):
    """What the person's own validation says at the end."""
    return t.history[-1]


# broken: 0.107 fixed: 0.959 (seed 0, 300 updates)
