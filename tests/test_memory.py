"""The memory of a measure over a loader is that of one batch, however many pictures there are."""

import functools

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset

from trainingtips import batches, curvature, timing

FEW, MORE, MOST, BATCH = 256, 1024, 16_384, 64


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
}


def over(measure, n):
    """Peak bytes of a measure over a loader of n pictures."""
    net, loader = network(), DataLoader(Pictures(n), batch_size=BATCH)
    if measure == "noise":
        return timing.peak_bytes(lambda: batches.noise_over(net, cross_entropy, loader))
    return timing.peak_bytes(
        lambda: MEASURES[measure](*curvature.flat_loss(net, cross_entropy, loader))
    )


@functools.cache
def few(measure):
    return over(measure, FEW)


def at_once(measure, n):
    """The same with all pictures in one batch."""
    x, y = next(iter(DataLoader(Pictures(n), batch_size=n)))
    net = network()
    if measure == "noise":
        return timing.peak_bytes(lambda: batches.per_example_gradients(net, cross_entropy, x, y))
    return timing.peak_bytes(
        lambda: MEASURES[measure](*curvature.flat_loss(net, cross_entropy, x, y))
    )


@pytest.mark.parametrize("measure", [*MEASURES, "noise"])
def test_four_times_the_pictures_take_no_more(measure):
    assert over(measure, MORE) < 1.5 * few(measure)
    assert at_once(measure, MORE) > 2 * at_once(measure, FEW)  # so it would have been seen


@pytest.mark.long
@pytest.mark.parametrize("measure", [*MEASURES, "noise"])
def test_sixty_four_times_the_pictures_take_no_more(measure):
    assert over(measure, MOST) < 1.5 * few(measure)
