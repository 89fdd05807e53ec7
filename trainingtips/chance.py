"""Chance: every random number of a result comes from here, by a seed and by the *draw*.

A build works in draw 0, where seed k is k itself. Whoever asks what of a result is luck computes it
in draws 1, 2, … (`drawn`): the same code, with numbers that no other seed and no other draw has.
What takes a seed in this package (`data.Dataset.split`, `ensemble.Ensemble`, `batches.epoch`, …)
asks here what it is in this draw, so a script gives it plain numbers.

The draw is one number for the whole process, threads and forked processes included: a thread that
fell back into draw 0 would give the kept numbers again, and nobody would notice.
"""

from contextlib import contextmanager
from operator import index

# Torch's generator on a CPU reads the lower 32 bits of a seed alone: an offset of d · 2³² would
# give draw 0 again. Multiples of 2³² / golden ratio lie as far apart on that circle as can be:
# seeds below 2³² / (√5 · D), 19 million for D = 100 draws, never meet those of another draw.
_STRIDE = 0x9E3779B1
_WORD = 2**32
_draw = 0


def draw():
    """The number of the draw: 0 in a build."""
    return _draw


@contextmanager
def drawn(number):
    """Within this block all chance is that of draw `number`; after it, what it was before.

    Raises TypeError and ValueError for what is no whole number from 0.

    >>> with drawn(3):
    ...     draw()
    3
    >>> draw()
    0
    """
    global _draw
    before, _draw = _draw, _whole(number, "a draw")
    try:
        yield
    finally:
        _draw = before


def seed(k):
    """Seed k, 0 or more, in this draw: k itself in draw 0, else a whole number below 2³².

    It is for what takes a seed and is not of this package, as in `random_state=chance.seed(0)`.

    >>> seed(7)
    7
    """
    k = _whole(k, "a seed")
    return (k + _draw * _STRIDE) % _WORD if _draw else k


def seeds(n):
    """Seeds 0 … n − 1 in this draw.

    >>> seeds(3)
    [0, 1, 2]
    """
    return [seed(k) for k in range(n)]


def rng(k=0):
    """numpy's generator of seed k, or of several numbers: `default_rng(k)` in draw 0.

    In another draw numpy's own way to independent streams is used, a spawn key: the numbers are
    hashed together with the draw, which stands apart from them.

    >>> rng(1).normal() == rng([1, 0]).normal()  # numpy fills up with zeros
    True
    """
    import numpy as np

    several = isinstance(k, list | tuple)
    k = [_whole(each, "a seed") for each in k] if several else _whole(k, "a seed")
    return np.random.default_rng(np.random.SeedSequence(k, spawn_key=(_draw,)) if _draw else k)


def generator(k=0, device="cpu"):
    """torch's generator of seed k: `torch.Generator().manual_seed(k)` in draw 0."""
    import torch

    return torch.Generator(device).manual_seed(seed(k))


@contextmanager
def started(k=0):
    """Within this block torch's global random state, from which layers draw, is that of seed k.

    After it the state is what it was before.

    >>> import torch
    >>> with started(1):
    ...     one = torch.nn.Linear(2, 2).weight
    >>> with started(1):
    ...     torch.equal(torch.nn.Linear(2, 2).weight, one)
    True
    """
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed(k))
        yield


def _whole(value, what):
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{what} is a whole number from 0; received {value!r}") from None
    if number < 0:
        raise ValueError(f"{what} is a whole number from 0; received {value!r}")
    return number
