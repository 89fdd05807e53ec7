"""Since my whole table fits into memory I train on all of it, hundreds of rounds. The map that comes out has only the
coarse shapes; a colleague's same network had the fine ones after far fewer rounds over the same table."""
SOURCE = "reported often (full-batch training: one update per epoch)"
CAUSE = "batch_too_large_for_budget"
ALSO = []
METRIC = "accuracy"

from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset


def survey(n):
    """Places (longitude, latitude) and the kind of land there: a patchwork of fields of two kinds."""
    lon, lat = torch.rand(2, n) * 2 - 1
    kind = ((torch.sin(8.5 * lon + 1.5 * lat) * torch.sin(8.5 * lat - lon)) > 0).float()
    return lon, lat, kind


class LandMap(nn.Module):
    def __init__(self, width=40):
        super().__init__()
        self.lon, self.lat = nn.Linear(1, width), nn.Linear(1, width, bias=False)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.kind = nn.Linear(width, 1)

    def forward(self, lon, lat):
        h = torch.tanh(self.lon(lon[:, None]) + self.lat(lat[:, None]))
        for layer in self.hidden:
            h = torch.relu(layer(h))
        return self.kind(h).squeeze(1)


def setup(seed, fixed=False):
    torch.manual_seed(seed)
    table = TensorDataset(*survey(720))
    rows = BatchSampler(RandomSampler(table), batch_size=144 if fixed else len(table), drop_last=False)
    lon, lat, kind = survey(1000)
    model = LandMap()
    # batch_size=None: the sampler gives lists of rows, the table is indexed once per batch
    return SimpleNamespace(model=model, criterion=nn.BCEWithLogitsLoss(), test=((lon, lat), kind), scheduler=None,
                           batches=DataLoader(table, sampler=rows, batch_size=None), fixed=fixed,
                           optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9))


def loop(t, on_step, steps):
    """The budget is counted in rounds over the table; reported once per round (in the broken version: per update)."""
    for epoch in range(steps):
        for lon, lat, kind in t.batches:
            t.optimizer.zero_grad()
            loss = t.criterion(t.model(lon, lat), kind)
            loss.backward()
            t.optimizer.step()
        on_step(loss, (lon, lat), kind)


def quality(t):
    with torch.no_grad():
        return ((t.model(*t.test[0]) > 0) == (t.test[1] > 0.5)).float().mean().item()


# broken: 0.572 0.583 0.535 0.578 0.579 fixed: 0.847 0.801 0.832 0.853 0.831 (seeds 0..4, 400 updates)
