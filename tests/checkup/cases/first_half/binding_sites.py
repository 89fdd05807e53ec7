"""Accuracy is 97 % from the first epoch on and stays there. When I finally printed the predictions on new sequences, they
were all zeros: not a single binding site is found."""
SOURCE = "https://github.com/ljw-struggle/Bioinfor-DeepATT/issues/1"
CAUSE = "classes_imbalanced"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

LENGTH, MOTIF = 40, torch.tensor([0, 3, 2, 1, 1, 0, 2, 3])


def sequences(n, share):
    """Letters of four kinds; bound ones hold the motif somewhere, each letter of it mutated in a seventh of the cases."""
    x = torch.randint(4, (n, LENGTH))
    y = (torch.rand(n) < share).float()
    for row in y.nonzero()[:, 0].tolist():
        start = int(torch.randint(LENGTH - 8, (1,)))
        keep = torch.rand(8) > 0.2
        x[row, start:start + 8] = torch.where(keep, MOTIF, x[row, start:start + 8])
    return nn.functional.one_hot(x, 4).float().transpose(1, 2), y


class Scanner(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.scan = nn.Sequential(nn.Conv1d(4, width, 8), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten())
        self.head = nn.Sequential(nn.Linear(width, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        return self.head(self.scan(x)).squeeze(1)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    x, y = sequences(12000, 0.03)
    test = sequences(1000, 0.5)
    model = Scanner()
    data = TensorDataset(x, y)
    if fixed:
        weight = torch.where(y > 0, 1 / y.mean(), 1 / (1 - y.mean()))
        batches = DataLoader(data, batch_size=64, sampler=WeightedRandomSampler(weight, len(y)))
    else:
        batches = DataLoader(data, batch_size=64, shuffle=True)
    return SimpleNamespace(model=model, criterion=nn.BCEWithLogitsLoss(), batches=batches, test=test, fixed=fixed,
                           optimizer=torch.optim.NAdam(model.parameters(), lr=3e-3), scheduler=None)


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for x, y in t.batches:
            t.model.zero_grad()
            loss = t.criterion(t.model(x), y)
            loss.backward()
            t.optimizer.step()
            on_step(loss, x, y)
            done += 1
            if done == steps:
                break


def quality(t):
    """Mean of the shares of sites and of non-sites that are recognised."""
    with torch.no_grad():
        found, y = t.model(t.test[0]) > 0, t.test[1] > 0.5
    return ((found[y]).float().mean() + (~found[~y]).float().mean()).item() / 2


# broken: 0.5 0.5 fixed: 0.851 0.859 (seeds 0, 1; 300 updates)
