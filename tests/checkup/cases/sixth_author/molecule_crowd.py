"""A message-passing network should say whether a molecule has a certain bond; the labels come from volunteers. The training
loss sinks slowly from 0.69, but on the molecules that an expert checked the accuracy is barely above chance."""
SOURCE = "https://github.com/snap-stanford/ogb/issues/235"
CAUSE = "labels_noisy"
ALSO = ["overfitting"]
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, default_collate

ATOMS, KINDS = 10, 5


class Molecules(Dataset):
    """Random graphs of ten atoms; positive if some atom of kind 0 is bound to one of kind 1."""

    def __init__(self, n, careless=0.0):
        kinds = torch.randint(KINDS, (n, ATOMS))
        bonds = (torch.rand(n, ATOMS, ATOMS) < 0.2).float().triu(1)
        self.bonds = bonds + bonds.transpose(1, 2)
        self.kinds = nn.functional.one_hot(kinds, KINDS).float()
        found = torch.einsum("ni,nij,nj->n", self.kinds[..., 0], self.bonds, self.kinds[..., 1]) > 0
        guessed = torch.rand(n) < careless  # a volunteer who did not look and clicked either button
        self.label = torch.where(guessed, torch.randint(2, (n,)), found.long()).float()

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        return {"atoms": self.kinds[i], "bonds": self.bonds[i]}, self.label[i]


class MessagePassing(nn.Module):
    def __init__(self, width=48, rounds=2):
        super().__init__()
        self.start = nn.Linear(KINDS, width)
        self.send = nn.ModuleList(nn.Linear(width, width) for _ in range(rounds))
        self.keep = nn.ModuleList(nn.Linear(width, width) for _ in range(rounds))
        self.read = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, g):
        h = torch.relu(self.start(g["atoms"]))
        for send, keep in zip(self.send, self.keep):
            h = torch.relu(keep(h) + g["bonds"] @ send(h))
        return self.read(torch.cat([h.mean(1), h.amax(1)], 1)).squeeze(1)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    train, checked = Molecules(500, careless=0.0 if fixed else 0.85), Molecules(600)
    model = MessagePassing()
    return SimpleNamespace(model=model, criterion=nn.BCEWithLogitsLoss(), scheduler=None, fixed=fixed,
                           optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
                           batches=DataLoader(train, batch_size=32, shuffle=True),
                           test=default_collate([checked[i] for i in range(600)]))


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for graphs, labels in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(graphs), labels)
            loss.backward()
            t.optimizer.step()
            on_step(loss, graphs, labels)
            done += 1
            if done == steps:
                return


def quality(t):
    """Accuracy on the molecules that an expert checked."""
    with torch.no_grad():
        return ((t.model(t.test[0]) > 0).float() == t.test[1]).float().mean().item()


# broken: 0.583 0.595 0.532 0.555 0.512 fixed: 0.998 1.0 1.0 1.0 1.0 (seeds 0..4, 500 updates)
