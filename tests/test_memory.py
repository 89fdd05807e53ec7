"""The memory of a measure over a loader is that of one batch, however many pictures there are.

It is measured in a process whose allocator gives every large block back at once, for what it keeps
for itself otherwise differs from run to run by more than a batch.
"""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset

from trainingtips import batches, curvature, spectrum, timing

FEW, MORE, MOST, BATCH = 256, 1024, 16_384, 64
WEIGHTS = 250_000
GIVES_BACK = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"}


class Pictures(Dataset):
    """Pictures of 8×8 that are drawn when they are asked for, so that none is held."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        generator = torch.Generator().manual_seed(i)
        return torch.rand(1, 8, 8, generator=generator), i % 10


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 24, 3, padding=1),
        nn.Tanh(),
        nn.Conv2d(24, 24, 3, padding=1, stride=2),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(384, 10),
    )


MEASURES = {
    "gradient": curvature.gradient,
    "products": lambda loss, theta: curvature.hvp(loss, theta, torch.stack([theta] * 3)),
    "top eigenpair": lambda loss, theta: curvature.eigenpairs(
        loss, theta, 1, "largest", basis=4, tolerance=0.5
    ),
    "trace": lambda loss, theta: curvature.trace(loss, theta, 6),
    "density": lambda loss, theta: curvature.spectral_density(loss, theta, 1, 4),
    "diagonal": lambda loss, theta: curvature.diagonal(loss, theta, 2),
    "noise": None,  # of rows, and so by its own function
}
QUICK = ("gradient", "products", "noise")


def work(measure, n, batch):
    """A function that takes that measure over n pictures in batches."""
    net, loader = network(), DataLoader(Pictures(n), batch_size=batch)
    if measure == "noise":
        return lambda: batches.noise_over(net, cross_entropy, loader)
    return lambda: MEASURES[measure](*curvature.flat_loss(net, cross_entropy, loader))


def peaks(tasks):
    """Peak bytes of each [measure, n, batch]."""
    for measure in {task[0] for task in tasks}:
        work(measure, 2, 2)()  # what torch loads once for it, no copy of this process loads again
    return [timing.peak_bytes(work(*task)) for task in tasks]


def traced(method, products, n=WEIGHTS):
    """Peak of a trace over n weights, in vectors of as many numbers."""
    theta = torch.zeros(n)
    spectrum.BLOCK = 4 * n  # of as many vectors at once
    peak = timing.peak_bytes(
        lambda: curvature.trace(lambda t: t.square().sum(), theta, products, method)
    )
    return peak / theta.nbytes


def traces(tasks):
    """That of each [method, products, n]."""
    return [traced(*task) for task in tasks]


def apart(*tasks, of=peaks):
    """The peaks of tasks, [measure, n, batch] unless another function is given, in a process."""
    command = [sys.executable, "-m", __name__, of.__name__, json.dumps(tasks)]
    done = subprocess.run(
        command, capture_output=True, text=True,
        cwd=Path(__file__).parents[1], env=os.environ | GIVES_BACK,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@functools.cache
def quick():
    """{measure: peaks of few and of more pictures by batches, and of both in one batch}."""
    sizes = [(FEW, BATCH), (MORE, BATCH), (FEW, FEW), (MORE, MORE)]
    found = apart(*([measure, *size] for measure in QUICK for size in sizes))
    return {measure: found[4 * k : 4 * k + 4] for k, measure in enumerate(QUICK)}


@functools.cache
def thorough():
    found = apart(*([measure, n, BATCH] for measure in MEASURES for n in (FEW, MOST)))
    return {measure: found[2 * k : 2 * k + 2] for k, measure in enumerate(MEASURES)}


@pytest.mark.parametrize("measure", QUICK)
def test_four_times_the_pictures_take_no_more(measure):
    few, more, few_at_once, more_at_once = quick()[measure]
    assert more < 1.5 * few
    assert more_at_once > 2 * few_at_once  # so that it would have been seen


def test_a_trace_takes_a_few_vectors_however_many_its_products():
    few, more, few_ranged, more_ranged = apart(
        *([method, products] for method in ("hutchinson", "hutch++") for products in (24, 48)),
        of=traces,
    )
    assert more < few + 4 and more < 24
    assert more_ranged < few_ranged + 8 + 4 and more_ranged < 16 + 24  # a third is kept: the range


@pytest.mark.long
@pytest.mark.parametrize("measure", MEASURES)
def test_sixty_four_times_the_pictures_take_no_more(measure):
    few, most = thorough()[measure]
    assert most < 1.5 * few


if __name__ == "__main__":
    torch.set_num_threads(1)
    of = {"peaks": peaks, "traces": traces}[sys.argv[1]]
    print(json.dumps(of(json.loads(sys.argv[2]))))
