"""With random shifts, cut-outs and mixed pictures my training loss stays above 1 while the test loss is far lower, and the
training accuracy is poor. Turning the tricks off makes the training look better. What is wrong?"""
SOURCE = "https://github.com/ecs-vlc/FMix/issues/28"
CAUSE = "healthy"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Augmented:
    """Each batch shifted by up to a pixel, with a 3 x 3 hole in each picture, and mixed with itself in another order."""

    def __init__(self, x, y, size):
        self.loader = DataLoader(TensorDataset(x, y), batch_size=size, shuffle=True)

    def __len__(self):
        return len(self.loader)

    def __iter__(self):
        for x, y in self.loader:
            x = torch.roll(x, tuple(torch.randint(-1, 2, (2,)).tolist()), (2, 3)).clone()
            for picture in x:
                r, c = torch.randint(6, (2,)).tolist()
                picture[:, r:r + 3, c:c + 3] = x.min()
            share, other = torch.distributions.Beta(1.0, 1.0).sample(), torch.randperm(len(x))
            y = nn.functional.one_hot(y, 10).float()
            yield share * x + (1 - share) * x[other], share * y + (1 - share) * y[other]


def network(width=24):
    return nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
                         nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(width, 2 * width, 3, padding=1), nn.BatchNorm2d(2 * width), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(8 * width, 10))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    digits = load_digits()
    order = torch.randperm(len(digits.target))
    x = (torch.tensor(digits.images[:, None], dtype=torch.float32)[order] - 5) / 6
    y = torch.tensor(digits.target)[order]
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, nesterov=True)
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(label_smoothing=0.05), optimizer=optimizer,
                           batches=Augmented(x[:1400], y[:1400], 32), test=(x[1400:], y[1400:]), fixed=fixed,
                           scheduler=torch.optim.lr_scheduler.MultiStepLR(optimizer, [200, 260], 0.2))


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        t.model.train()
        for x, y in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
            t.scheduler.step()
            on_step(loss, x, y)
            done += 1
            if done == steps:
                break


def quality(t):
    t.model.eval()
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()


# quality: 0.955 (the two versions are the same, seed 0, 300 updates)
