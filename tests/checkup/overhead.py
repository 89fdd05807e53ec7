"""What watching costs: processor time and memory of the same training, watched and not, by size.

    python -m tests.checkup.overhead 4 5 6 --updates 300 --pairs 5 --keep

Trainings of 10^k weights in turns, watched and unwatched; medians of their ratios are told, with
the least and the largest, and what watching adds at the peak of memory, over the size of the
weights. With --keep they are written into overhead.json beside this.
"""

import argparse
import contextlib
import functools
import gc
import json
import statistics
import time
from pathlib import Path

import torch
from torch import nn

from trainingtips import checkup
from trainingtips.timing import peak_bytes

KEPT = Path(__file__).with_name("overhead.json")
WIDTHS = {4: 70, 5: 280, 6: 960, 7: 3120}  # of two hidden layers between 64 inputs and 10 outputs


def network(width):
    layers = [nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 10))


def trained(width, updates, watched, batch=64):
    """Processor seconds of so many updates."""
    torch.manual_seed(0)
    model = network(width)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, y = torch.randn(8 * batch, 64), torch.randint(10, (8 * batch,))
    criterion = nn.CrossEntropyLoss()
    gc.collect()
    start = time.process_time()
    with checkup.watch(model, optimizer) if watched else contextlib.nullcontext():
        for k in range(updates):
            rows = slice(batch * (k % 8), batch * (k % 8 + 1))
            optimizer.zero_grad()
            criterion(model(x[rows]), y[rows]).backward()
            optimizer.step()
    return time.process_time() - start


def measured(size, updates, pairs):
    """Median of the ratios, the least and the largest, for 10^size weights."""
    trained(WIDTHS[size], 10, True)
    ratios = []
    for k in range(pairs):
        first = trained(WIDTHS[size], updates, bool(k % 2))
        second = trained(WIDTHS[size], updates, not k % 2)
        ratios.append(first / second if k % 2 else second / first)
    return statistics.median(ratios), min(ratios), max(ratios)


def memory(size, updates=20):
    """Bytes by which watching raises the peak, over those of the weights."""
    weights = sum(p.numel() for p in network(WIDTHS[size]).parameters())
    run = functools.partial(trained, WIDTHS[size], updates)
    peaks = [peak_bytes(functools.partial(run, watched)) for watched in (False, True)]
    return max(0, peaks[1] - peaks[0]) / (4 * weights)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", type=int, nargs="+", choices=WIDTHS)
    parser.add_argument("--updates", type=int, default=300)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--keep", action="store_true")
    a = parser.parse_args()
    torch.set_num_threads(1)
    for size in a.sizes:
        middle, low, high = measured(size, a.updates, a.pairs)
        added = memory(size)
        print(
            f"10^{size} weights: {middle:.2f} ({low:.2f} to {high:.2f}), {added:.1f} of the weights"
        )
        if a.keep:
            kept = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
            kept[str(size)] = {
                "ratio": middle,
                "low": low,
                "high": high,
                "memory": added,
                "pairs": a.pairs,
            }
            KEPT.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
