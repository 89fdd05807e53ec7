"""How long a function takes and how much memory it needs, for records of a machine."""

import gc
import os
import pickle
import statistics
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """Seconds of `n` runs: the median and the two quartiles."""

    median: float
    low: float
    high: float
    n: int


def seconds(function, repeats=15, warmup=2, budget=None, synchronize=None, clock=None):
    """`Timing` of function(): `warmup` runs that do not count, then up to `repeats` that do.

    After `budget` seconds, where given, no new run begins once three are there. `synchronize`
    waits for the device's queue, such as torch.cuda.synchronize: without it the time of a GPU's
    work is the time of asking for it. `clock` is time.perf_counter unless given; with
    time.process_time, only what this process computes counts, whatever else runs. Raises
    ValueError for fewer than 3 repeats.

    >>> 0.001 < seconds(lambda: time.sleep(0.001), repeats=3).median < 1
    True
    """
    if not isinstance(repeats, int) or repeats < 3:
        raise ValueError(f"repeats is a whole number from 3; received {repeats!r}")
    wait, clock = synchronize or (lambda: None), clock or time.perf_counter
    for _ in range(warmup):
        function()
    wait()
    taken, begun = [], clock()
    while len(taken) < repeats:
        start = clock()
        function()
        wait()
        end = clock()
        taken.append(end - start)
        if budget is not None and end - begun > budget and len(taken) >= 3:
            break
    low, median, high = statistics.quantiles(taken, n=4, method="inclusive")
    return Timing(median, low, high, len(taken))


def peak_bytes(function):
    """By how many bytes function() raises the process's memory at its peak. Linux only.

    It runs in a forked copy of this process, so that nothing it leaves behind counts later, and
    twice there: the second run counts, when all that is loaded once is loaded. What is below a few
    hundred KiB drowns in the allocator's own. Fork from one thread only. Raises
    OSError where the system does not tell, RuntimeError with the message of what function raised.
    """
    if not Path("/proc/self/status").exists():
        raise OSError("peak memory is read from /proc/self/status, which this system lacks")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(_rise(function), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    found = pickle.loads(answer) if answer else "the process was killed, for want of memory perhaps"
    if isinstance(found, str):
        raise RuntimeError(found)
    return found


def _rise(function):
    try:
        function()
        _give_back()
        before = _status("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        function()
        return max(0, _status("VmHWM") - before)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _give_back():
    """Return what is not in use, which would hide what is allocated anew."""
    import ctypes

    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def _status(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {name}")
