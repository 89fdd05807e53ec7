"""A small graph network shall tell rings, trees and clustered graphs apart, which I can do by eye. Its loss stays at that
of guessing from the first batch to the last, whatever size and rate I take."""
SOURCE = "reported often (files listed by name: 10 comes before 2, the table of labels goes by number)"
CAUSE = "labels_mismatched"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

NODES = 14


def draw(kind):
    """The adjacency matrix of one graph, nodes in random order, with two random edges added."""
    a = torch.zeros(NODES, NODES)
    if kind == 0:
        a[torch.arange(NODES), (torch.arange(NODES) + 1) % NODES] = 1
    elif kind == 1:
        for node in range(1, NODES):
            a[node, torch.randint(max(1, node // 2), ())] = 1
    else:
        for part in torch.arange(NODES).chunk(3):
            a[part[:, None], part[None]] = (torch.rand(len(part), len(part)) < 0.5).float()
    a[torch.randint(NODES, (2,)), torch.randint(NODES, (2,))] = 1
    order = torch.randperm(NODES)
    return ((a + a.t()).clamp(max=1) * (1 - torch.eye(NODES)))[order][:, order]


def number(name):
    return int(name.removeprefix("graph_").removesuffix(".pt"))


class GraphNet(nn.Module):
    def __init__(self, width=24, rounds=3):
        super().__init__()
        self.start = nn.Linear(1, width)
        self.messages = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(rounds))
        self.kind = nn.Linear(2 * width, 3)

    def forward(self, adjacency):
        h = self.start(adjacency.sum(-1, keepdim=True) / 3)
        for layer in self.messages:
            h = h + F.relu(layer(torch.cat([h, adjacency @ h / 3], -1)))
        return self.kind(torch.cat([h.mean(1), h.amax(1)], -1))


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    table = torch.randint(3, (1000,)).tolist()
    store = {f"graph_{i}.pt": draw(kind) for i, kind in enumerate(table)}
    names = sorted(store, key=number) if fixed else sorted(store)
    pairs = list(zip([store[name] for name in names], table))
    kinds = torch.randint(3, (300,))
    test = (torch.stack([draw(kind) for kind in kinds.tolist()]), kinds)
    model = GraphNet()
    return SimpleNamespace(model=model, criterion=nn.CrossEntropyLoss(), batches=DataLoader(pairs, 32, shuffle=True),
                           test=test, optimizer=torch.optim.Adamax(model.parameters(), lr=5e-3), scheduler=None, fixed=fixed)


def loop(t, on_step, steps):
    done = 0
    while done < steps:
        for adjacency, kind in t.batches:
            loss = t.criterion(t.model(adjacency), kind)
            t.optimizer.zero_grad()
            loss.backward()
            t.optimizer.step()
            on_step(loss, adjacency, kind)
            done += 1
            if done == steps:
                return


def quality(t):
    with torch.no_grad():
        return (t.model(t.test[0]).argmax(1) == t.test[1]).float().mean().item()


# broken: 0.0733 0.37 0.44 0.393 0.343 fixed: 1 0.98 0.997 0.99 0.997 (seeds 0..4, 400 updates)
