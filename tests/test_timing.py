"""Records of a machine: counted runs, and memory against a known allocation."""

import gc
import itertools
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
def test_garbage_that_is_found_on_the_way_hides_nothing():
    calls = []

    def use():
        calls.append(1)
        if len(calls) == 2:  # as the collector may at any line of the run that counts
            gc.collect()
        block = np.ones(20 * 2**17)
        del block

    gc.disable()
    try:
        cycle = [np.ones(40 * 2**17)]
        cycle.append(cycle)
        del cycle
        assert timing.peak_bytes(use) == pytest.approx(20 * 2**20, rel=0.1)
    finally:
        gc.enable()
        gc.collect()


MOVED = """
import ctypes
import numpy as np
from trainingtips import timing

def use(megabytes=20):
    block = np.ones(megabytes * 2**17)
    del block

use(31)  # so large a block was mapped: from now on all that are smaller come from the heap
block = np.ones(25 * 2**17)
ctypes.CDLL(None).sbrk(ctypes.c_long(4096))
del block
print(timing.peak_bytes(use))
"""


@linux
def test_a_heap_that_cannot_shrink_hides_nothing():
    found = subprocess.run([sys.executable, "-c", MOVED], capture_output=True, text=True)
    assert int(found.stdout) == pytest.approx(20 * 2**20, rel=0.1), found.stderr


@linux
def test_another_thread_is_told():
    with ThreadPoolExecutor(1, "mine") as pool, pytest.raises(RuntimeError, match="mine_0"):
        pool.submit(timing.peak_bytes, lambda: None).result()


@linux
def test_what_fails_in_the_copy_is_told():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        timing.peak_bytes(lambda: 1 / 0)


class _Clock:
    """A clock that the timed work itself moves, by the next of `durations`."""

    def __init__(self, durations):
        self.now, self.durations = 100.0, iter(durations)

    def __call__(self):
        return self.now

    def work(self):
        self.now += next(self.durations)


def test_median_and_quartiles_are_those_of_the_runs_that_count():
    clock = _Clock([70, 90, 1, 5, 2, 8, 4])
    found = timing.seconds(clock.work, repeats=5, warmup=2, clock=clock)
    expected = np.percentile([1, 5, 2, 8, 4], [25, 50, 75])
    np.testing.assert_allclose([found.low, found.median, found.high], expected)


def test_waiting_for_the_device_belongs_to_a_run():
    clock = _Clock([1] * 100)
    found = timing.seconds(clock.work, repeats=4, synchronize=clock.work, clock=clock)
    assert (found.low, found.median, found.high) == (2, 2, 2)


def test_in_rounds_a_change_of_pace_is_in_all_times_alike():
    pace, turns = itertools.chain([1.0] * 12, itertools.repeat(5.0)), []
    now = [0.0]

    def work(name, seconds):
        turns.append(name)
        now[0] += seconds * next(pace)

    functions = [lambda: work("a", 1.0), lambda: work("b", 2.0)]
    first, second = timing.in_rounds(functions, repeats=5, warmup=2, clock=lambda: now[0])
    assert turns == ["a", "a", "b", "b", *["a", "a", "b", "b"] * 5]
    assert (first.median, second.median, first.n) == (5.0, 10.0, 5)
    assert (first.low, second.low) == (1.0, 2.0)


def test_in_rounds_what_has_spent_its_budget_is_left_out():
    now = [0.0]

    def work(seconds):
        now[0] += seconds

    functions = [lambda: work(1.0), lambda: work(10.0)]
    found = timing.in_rounds(functions, 9, 0, budget=5.5, clock=lambda: now[0])
    assert [each.n for each in found] == [6, 3]


def test_in_rounds_it_waits_for_each_run():
    now, asked = [0.0], [0.0]

    def ask():
        asked[0] += 2.0

    def wait():
        now[0] += asked[0]
        asked[0] = 0.0

    (found,) = timing.in_rounds([ask], 3, synchronize=wait, clock=lambda: now[0])
    assert found.median == 2.0
    with pytest.raises(ValueError, match="whole number from 3; received 2"):
        timing.in_rounds([ask], 2)


@pytest.mark.parametrize("budget, runs", [(0, 3), (3, 4), (3.5, 4), (4, 5), (50, 9), (None, 9)])
def test_no_run_begins_once_the_budget_is_spent(budget, runs):
    clock = _Clock([50, 50, *[1] * 9])  # warming up is not of the budget
    assert timing.seconds(clock.work, repeats=9, budget=budget, clock=clock).n == runs


@linux
def test_a_copy_that_dies_is_told():
    with pytest.raises(RuntimeError, match="killed"):
        timing.peak_bytes(lambda: os._exit(0))


@linux
def test_a_status_is_what_the_system_tells_in_bytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    rss = pages * os.sysconf("SC_PAGE_SIZE")
    assert timing._status("VmRSS") == pytest.approx(rss, rel=0.1)
    with pytest.raises(OSError, match="VmNone"):
        timing._status("VmNone")


def test_a_system_that_does_not_tell_is_named(monkeypatch):
    monkeypatch.setattr(Path, "exists", lambda path: str(path) != "/proc/self/status")
    with pytest.raises(OSError, match="lacks"):
        timing.peak_bytes(lambda: None)
