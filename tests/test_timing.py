"""Records of a machine: counted runs, and memory against a known allocation."""

import sys

import numpy as np
import pytest

from trainingtips import timing

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_runs_are_counted_and_warm_up_is_not():
    calls, waits = [], []
    found = timing.seconds(
        lambda: calls.append(1), repeats=5, warmup=2, synchronize=lambda: waits.append(1)
    )
    assert (len(calls), found.n, len(waits)) == (7, 5, 6)
    assert 0 <= found.low <= found.median <= found.high


def test_a_budget_ends_the_runs_but_three():
    assert timing.seconds(lambda: None, repeats=100, budget=0).n == 3


def test_too_few_repeats():
    with pytest.raises(ValueError, match="received 2"):
        timing.seconds(lambda: None, repeats=2)


@linux
@pytest.mark.parametrize("megabytes", [20, 200])
def test_the_peak_is_what_was_allocated_though_it_is_freed(megabytes):
    def use():
        block = np.ones(megabytes * 2**17)
        del block

    assert timing.peak_bytes(use) == pytest.approx(megabytes * 2**20, rel=0.1)
    assert timing.peak_bytes(lambda: None) < 2**21  # nothing of it stays


@linux
def test_what_fails_in_the_copy_is_told():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        timing.peak_bytes(lambda: 1 / 0)
