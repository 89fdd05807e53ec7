"""The labs' random numbers in Python, against Ettinger's generator in plain whole numbers."""

import math

import numpy as np
import pytest

from trainingtips.press.pages import chance

WORD = 2**32


def mulberry(seed):
    while True:
        seed = (seed + 0x6D2B79F5) % WORD
        t = (seed ^ seed >> 15) * (seed | 1) % WORD
        t ^= (t + (t ^ t >> 7) * (t | 61)) % WORD
        yield (t ^ t >> 14) / WORD


@pytest.mark.parametrize("seed", [0, 1, 40, 2**31])
def test_uniform_numbers_are_ettingers(seed):
    draw = mulberry(seed)
    assert chance.uniform(seed, 500).tolist() == [next(draw) for _ in range(500)]


def test_normal_numbers_are_box_and_mullers():
    draw, found = mulberry(3), chance.normal(chance.uniform(3, 4000))
    for each in found[:200]:
        radius, turn = math.sqrt(-2 * math.log(1 - next(draw))), 2 * math.pi * next(draw)
        assert each == pytest.approx(radius * math.cos(turn), abs=1e-12)
    assert abs(found.mean()) < 5 / math.sqrt(2000)  # five standard errors
    assert abs(found.var() - 1) < 5 * math.sqrt(2 / 2000)


def test_no_number_is_infinite():
    """A generator gives zero, and never one."""
    assert np.isfinite(chance.normal([0, 0.25, 1 - 1 / WORD, 0.5])).all()
