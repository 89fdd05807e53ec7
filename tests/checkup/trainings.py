"""Small trainings of every kind that a watcher must leave alone: loops as people write them."""

from itertools import chain, islice, repeat

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

N = 64


def dealt(t, updates):
    """The batches of t, pass after pass, one for each update."""
    return islice(chain.from_iterable(repeat(t.batches)), updates)


def _data(d=6, classes=3):
    g = torch.Generator().manual_seed(1)
    x = torch.randn(N, d, generator=g)
    return x, (x @ torch.randn(d, classes, generator=g)).argmax(1)


def _net(*extra):
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), *extra, nn.Linear(16, 3))


def plain(watch):
    x, y = _data()
    model = _net(nn.BatchNorm1d(16), nn.Dropout(0.2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    with watch(model, optimizer):
        for i in range(25):
            rows = slice(16 * (i % 4), 16 * (i % 4) + 16)
            optimizer.zero_grad()
            F.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
    return model


def accumulated_and_clipped(watch):
    x, y = _data()
    model = _net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    with watch(model, optimizer):
        for i in range(24):
            rows = slice(16 * (i % 4), 16 * (i % 4) + 16)
            (F.cross_entropy(model(x[rows]), y[rows]) / 2).backward()
            if i % 2:
                nn.utils.clip_grad_norm_(model.parameters(), 0.5)
                optimizer.step()
                optimizer.zero_grad()
    return model


def scaled(watch):
    x, y = _data()
    model = _net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu")
    with watch(model, optimizer):
        for _ in range(15):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16):
                loss = F.cross_entropy(model(x), y)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()
    return model


def bfloat16(watch):
    x, y = _data()
    model = _net().bfloat16()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for _ in range(15):
            optimizer.zero_grad()
            F.cross_entropy(model(x.bfloat16()), y).backward()
            optimizer.step()
    return model


def compiled(watch):
    x, y = _data()
    model = _net()
    quick = torch.compile(model, backend="eager")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(quick, optimizer):
        for _ in range(13):
            optimizer.zero_grad()
            F.cross_entropy(quick(x), y).backward()
            optimizer.step()
    return model


def two_optimizers(watch):
    x, y = _data()
    model = _net()
    first = torch.optim.SGD(model[0].parameters(), lr=0.1)
    second = torch.optim.Adam(model[2].parameters(), lr=1e-2)
    with watch(model, [first, second]):
        for _ in range(15):
            first.zero_grad(), second.zero_grad()
            F.cross_entropy(model(x), y).backward()
            first.step(), second.step()
    return model


def lbfgs(watch):
    x, y = _data()
    model = _net()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=4)

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        return loss

    with watch(model, optimizer):
        for _ in range(5):
            optimizer.step(closure)
    return model


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.out = nn.Embedding(11, 8), nn.Linear(8, 11, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, tokens):
        return self.out(self.embed(tokens))


def tied(watch):
    tokens = torch.randint(11, (8, 5), generator=torch.Generator().manual_seed(2))
    model = Tied()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with watch(model, optimizer):
        for _ in range(15):
            optimizer.zero_grad()
            out = model(tokens[:, :-1])
            F.cross_entropy(out.reshape(-1, 11), tokens[:, 1:].reshape(-1)).backward()
            optimizer.step()
    return model


def frozen_in_groups(watch):
    x, y = _data()
    model = _net()
    model[0].requires_grad_(False)
    groups = [{"params": [model[2].weight], "lr": 0.1}, {"params": [model[2].bias], "lr": 0.01}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    with watch(model, optimizer):
        for _ in range(3):
            for _ in range(5):
                optimizer.zero_grad()
                F.cross_entropy(model(x), y).backward()
                optimizer.step()
            schedule.step()
    return model


class Dicts(nn.Module):
    """Takes a dict's entries and returns a dict, with the loss computed within."""

    def __init__(self):
        super().__init__()
        self.net = _net()

    def forward(self, features, labels=None):
        logits = self.net(features)
        out = {"logits": logits}
        if labels is not None:
            out["loss"] = F.cross_entropy(logits, labels)
        return out


def dicts(watch):
    x, y = _data()
    model = Dicts()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    with watch(model, optimizer):
        for _ in range(15):
            optimizer.zero_grad()
            model(**{"features": x, "labels": y})["loss"].backward()
            optimizer.step()
    return model


class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 2)

    def forward(self, packed):
        states, _ = self.rnn(packed)
        states, lengths = pad_packed_sequence(states, batch_first=True)
        return self.out(states[torch.arange(len(lengths)), lengths - 1])


def packed(watch):
    g = torch.Generator().manual_seed(3)
    x, lengths = torch.randn(12, 6, 3, generator=g), torch.arange(12) % 5 + 2
    y = (x[:, 0, 0] > 0).long()
    model = Packed()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with watch(model, optimizer):
        for _ in range(15):
            optimizer.zero_grad()
            sequence = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            F.cross_entropy(model(sequence), y).backward()
            optimizer.step()
    return model


ALL = [
    plain, accumulated_and_clipped, scaled, bfloat16, compiled, two_optimizers, lbfgs, tied,
    frozen_in_groups, dicts, packed,
]  # fmt: skip
