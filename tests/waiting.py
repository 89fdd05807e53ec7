"""Waiting for a state by asking for it again and again: never for a fixed time."""

import os
import time

import pytest

LONG = 120  # seconds: for what takes one, on a machine with ten times as much to do


def until(condition, seconds=LONG, pause=0.02):
    """What `condition()` gives once it is true. Fails where it is not after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"it did not come to that within {seconds} s"
        time.sleep(pause)
    return found


def becomes(get, expected, seconds=LONG):
    """Assert that what `get()` gives is `expected`, at once or in a while."""
    end = time.monotonic() + seconds
    while (found := get()) != expected and time.monotonic() < end:
        time.sleep(0.02)
    assert found == expected


def started(process, condition):
    """`until(condition)`, at once a failure where `process` has ended before."""
    return until(lambda: condition() or _still_there(process))


def _still_there(process):
    assert process.poll() is None, f"it ended with status {process.returncode} before"


def running(pid):
    """Whether there is a process `pid` that has not ended; one nobody has asked about has."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def gone(pids):
    """Wait until none of these processes runs."""
    return until(lambda: not any(map(running, pids)))


def alone(group):
    """Wait until no process of that group is left."""
    return until(lambda: not _is_there(group))


def _is_there(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def children(pid):
    """Its children's process numbers."""
    path = f"/proc/{pid}/task/{pid}/children"
    if not os.path.exists(path):
        pytest.skip("this system does not list a process's children")
    with open(path) as file:
        return [int(each) for each in file.read().split()]
