"""What watching a training costs: processor time and memory of the same one, watched and not."""

import contextlib
import functools
import gc
import statistics
import time

import torch
from torch import nn

from trainingtips import chance, checkup
from trainingtips.timing import peak_bytes

BATCH, INPUTS, CLASSES = 64, 64, 10


def network(width):
    """A network 64-width-width-10 from start 0, with its Adam."""
    with chance.started(0):
        layers = [nn.Linear(INPUTS, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()]
        model = nn.Sequential(*layers, nn.Linear(width, CLASSES))
    return model, torch.optim.Adam(model.parameters(), lr=1e-3)


def trained(width, updates, watched):
    """Processor seconds of so many updates of it on random examples."""
    model, optimizer = network(width)
    rng = chance.generator(0)
    x = torch.randn(8 * BATCH, INPUTS, generator=rng)
    y = torch.randint(CLASSES, (8 * BATCH,), generator=rng)
    criterion = nn.CrossEntropyLoss()
    gc.collect()
    with checkup.watch(model, optimizer) if watched else contextlib.nullcontext():
        start = time.process_time()
        for k in range(updates):
            rows = slice(BATCH * (k % 8), BATCH * (k % 8 + 1))
            optimizer.zero_grad()
            criterion(model(x[rows]), y[rows]).backward()
            optimizer.step()
        return time.process_time() - start


def ratio(width, updates, pairs):
    """(median, least, largest) of watched over unwatched, in so many pairs, in turns."""
    trained(width, 10, True)
    found = []
    for k in range(pairs):
        times = {watched: trained(width, updates, watched) for watched in (k % 2 == 0, k % 2 == 1)}
        found.append(times[True] / times[False])
    return statistics.median(found), min(found), max(found)


def memory(width, updates=20):
    """Bytes by which watching raises the peak, over those of the weights; and the weights."""
    weights = sum(p.numel() for p in network(width)[0].parameters())
    peaks = [peak_bytes(functools.partial(trained, width, updates, w)) for w in (False, True)]
    return max(0, peaks[1] - peaks[0]) / (4 * weights), weights
