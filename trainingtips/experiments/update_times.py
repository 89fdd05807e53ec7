"""How long an update takes: a ReLU network with plain SGD, by batch size, on this machine."""

from functools import partial

import numpy as np
import torch
from torch import nn

from trainingtips import chance, networks
from trainingtips.statistics import exponent
from trainingtips.timing import in_rounds


def record(device, threads, batches, features, hidden, classes=10, rate=0.1):
    """Median, lower and upper quartile of the seconds of an update, each (B,), and its runs.

    Batches are slices of random inputs, (max B, `features`), that lie ready: no loading is timed.
    All sizes are timed in turn, round by round, for machines change their pace. `device` is "cpu",
    on so many `threads`, or "cuda". `flat_to` and `double_to` are the largest batches up to which
    an update takes at most 1.2 and 2 times as long as the first.
    """
    update = updating(device, threads, batches, features, hidden, classes, rate)
    updates = [partial(update, size) for size in batches]
    return {"device": named(device), **told(batches, in_rounds(updates, **plan(device)))}


def recorded(batches, features, hidden, classes=10, rate=0.1):
    """{"asked": …, "graph": …} on a GPU, each as `record` tells it, all timed in the same rounds.

    "asked" is the update as it is written: the processor asks for one kernel after another.
    "graph" is the same kernels, recorded once as a CUDA graph and asked for all at once.
    """
    update = updating("cuda", 1, batches, features, hidden, classes, rate)
    asked = [partial(update, size) for size in batches]
    graphs = [graph(each).replay for each in asked]
    rows = in_rounds([*asked, *graphs], **plan("cuda"))
    parts = {"asked": rows[: len(batches)], "graph": rows[len(batches) :]}
    return {"device": named("cuda")} | {name: told(batches, each) for name, each in parts.items()}


def graph(update):
    """A CUDA graph of what `update()` does, which is done a few times first, as torch asks for."""
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            update()
    torch.cuda.current_stream().wait_stream(aside)
    found = torch.cuda.CUDAGraph()
    with torch.cuda.graph(found):
        update()
    return found


def plan(device):
    """How often, and for how many seconds, each size is timed."""
    synchronize = torch.cuda.synchronize if device == "cuda" else None
    return {"repeats": 101, "warmup": 3, "budget": 2.0, "synchronize": synchronize}


def named(device):
    return torch.cuda.get_device_name() if device == "cuda" else "cpu"


def updating(device, threads, batches, features, hidden, classes, rate):
    """A function of a batch's size, at most the largest, that makes one update."""
    torch.set_num_threads(threads)
    rng = chance.generator(0)
    x = torch.rand(max(batches), features, generator=rng).to(device)
    y = torch.randint(classes, (max(batches),), generator=rng).to(device)
    with chance.started(0):
        network = networks.mlp(features, classes, hidden).to(device)
    rule = torch.optim.SGD(network.parameters(), lr=rate)

    def update(size):
        rule.zero_grad()
        nn.functional.cross_entropy(network(x[:size]), y[:size]).backward()
        rule.step()

    return update


def told(batches, rows):
    """Timings of each batch size as arrays, and where they begin to grow."""
    median = np.array([row.median for row in rows])
    return {
        "median": median,
        "low": np.array([row.low for row in rows]),
        "high": np.array([row.high for row in rows]),
        "runs": np.array([row.n for row in rows]),
        "flat_to": within(batches, median, 1.2),
        "double_to": within(batches, median, 2),
    }


def within(batches, times, factor):
    """The largest batch up to which every update takes at most `factor` times that of the first.

    >>> within([1, 2, 4, 8], [1.0, 1.1, 3.0, 1.0], factor=2)
    2
    """
    slow = np.flatnonzero(np.array(times) > factor * times[0])
    return int(batches[slow[0] - 1] if len(slow) else batches[-1])


def growth(batches, times):
    """The exponent p of time ∝ Bᵖ over the last decade of batch sizes.

    >>> round(growth([1, 10, 100], [5.0, 10.0, 100.0]), 6)
    1.0
    """
    last = np.array(batches) >= batches[-1] / 12
    return exponent(np.array(batches)[last], np.array(times)[last])
