"""What watching a training costs: processor time and memory of the same training, watched or not.

The trainings of a round go in turns, update by update, so that whatever else the machine does falls
on all of them alike. Each has a thread of its own, for a watcher sees the calls of one thread; all
are kept on one processor, for the neighbour of another may be busier.
"""

import contextlib
import gc
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from torch import nn

from trainingtips import chance, statistics
from trainingtips.checkup import watching
from trainingtips.timing import peak_bytes

INPUTS, CLASSES, BATCH = 64, 10, 64


def network(width):
    """Two hidden layers of so many units."""
    layers = [nn.Linear(INPUTS, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, CLASSES))


def weights(width):
    return sum(p.numel() for p in network(width).parameters())


def training(width, updates, watched):
    """A generator that trains by Adam and stops after each update: on, or off where not `watched`.

    What is built is built at the first `next`, before the watching begins.
    """
    with chance.started(0):
        model = network(width)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rng, criterion = chance.generator(0), nn.CrossEntropyLoss()
    x = torch.randn(8 * BATCH, INPUTS, generator=rng)
    y = torch.randint(CLASSES, (8 * BATCH,), generator=rng)
    yield
    with watching.watch(model, optimizer) if watched else contextlib.nullcontext():
        for k in range(updates):
            rows = slice(BATCH * (k % 8), BATCH * (k % 8 + 1))
            optimizer.zero_grad()
            criterion(model(x[rows]), y[rows]).backward()
            optimizer.step()
            yield


def in_turns(generators, turn=0):
    """Processor seconds of each generator at each of its stops after the first: n arrays, (stops,).

    They go in turns, each in a thread of its own, one at a time, all on one processor, the next
    one at the next `turn`; waiting costs none of its thread's time. An exception in one is raised
    here when the others have ended.
    """
    turns = [threading.Semaphore(0) for _ in generators]
    live = list(range(len(generators)))
    spent = [[] for _ in generators]

    def after(i):
        """Whose turn it is next; i alone holds the turn, and so may look."""
        return next((k for k in live if k > i), live[0] if live else None)

    def run(i):
        torch.set_num_threads(1)
        _stay(turn)
        turns[i].acquire()
        try:
            next(generators[i])
            start = time.thread_time()
            for _ in generators[i]:
                spent[i].append(time.thread_time() - start)
                turns[after(i)].release()
                turns[i].acquire()
        finally:
            live.remove(i)
            if (following := after(i)) is not None:
                turns[following].release()

    gc.collect()
    with ThreadPoolExecutor(len(generators)) as pool:
        found = [pool.submit(run, i) for i in range(len(generators))]
        turns[0].release()
    for each in found:
        each.result()
    return [np.array(each) for each in spent]


def _stay(turn):
    """Keep the calling thread on one of the processors, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        own = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {own[turn % len(own)]})


def ratios(width, stops, rounds, control=True):
    """{"watched", "control"}: (rounds, stops) ratios of processor time to that without watching.

    `stops` are numbers of updates: how long the training was till then. The control is a second
    training without watching: its ratio would be one on a machine that counted without error. Who
    goes first changes from round to round, and which way the turns go round: who follows a watched
    one finds less of its own in the processor's caches.
    """
    kinds = {"plain": False, "watched": True} | ({"control": False} if control else {})
    found = {name: [] for name in kinds if name != "plain"}
    in_turns([training(width, 3, watched) for watched in kinds.values()])  # to load what is needed
    for k in range(rounds):
        names = turned(list(kinds), k)
        spent = in_turns([training(width, stops[-1], kinds[name]) for name in names], k)
        taken = dict(zip(names, spent, strict=True))
        at = np.array(stops) - 1
        for name, each in found.items():
            each.append(taken[name][at] / taken["plain"][at])
    return {name: np.array(each) for name, each in found.items()}


def turned(names, k):
    """The names in the order of round k.

    >>> [turned(["a", "b", "c"], k) for k in range(3)]
    [['a', 'b', 'c'], ['a', 'c', 'b'], ['b', 'c', 'a']]
    """
    first = k // 2 % len(names)
    found = names[first:] + names[:first]
    return found if k % 2 == 0 else found[:1] + found[:0:-1]


def medians(found):
    """Of (rounds, stops) ratios: the median of each stop, with its interval."""
    return [statistics.median(column) for column in found.T]


def added(width, updates, rounds=5):
    """Bytes by which watching so many updates raises the process's memory at its peak.

    The median of rounds: where the allocator puts things differs by some MiB from run to run.
    """
    peaks = [
        [peak_bytes(partial(_whole, width, updates, watched)) for watched in (True, False)]
        for _ in range(rounds)
    ]
    return int(np.median([with_it - without for with_it, without in peaks]))


def _whole(width, updates, watched):
    for _ in training(width, updates, watched):
        pass
