"""How long a function takes and how much memory it needs, for records of a machine."""

import ctypes
import gc
import os
import pickle
import statistics
import threading
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
    return _timing(taken)


def in_rounds(functions, repeats=15, warmup=2, budget=None, synchronize=None, clock=None):
    """`Timing` of each of the functions as by `seconds`, in rounds: one run of each, then the next.

    Machines change their pace over seconds. So measured, a change of pace is in all times alike,
    and what lies between two of them is of the functions. Before each run stands one that is not
    timed, for a run after a long one of another function is slower. `budget` are the seconds of
    each function; once those are spent it is left out, where three of its runs are there.

    >>> [found.n for found in in_rounds([lambda: None, lambda: None], repeats=5)]
    [5, 5]
    """
    if not isinstance(repeats, int) or repeats < 3:
        raise ValueError(f"repeats is a whole number from 3; received {repeats!r}")
    wait, clock = synchronize or (lambda: None), clock or time.perf_counter
    for function in functions:
        for _ in range(warmup):
            function()
    wait()
    taken = [[] for _ in functions]
    for _ in range(repeats):
        for function, own in zip(functions, taken, strict=True):
            if budget is not None and len(own) >= 3 and sum(own) > budget:
                continue
            function()
            wait()
            start = clock()
            function()
            wait()
            own.append(clock() - start)
    return [_timing(own) for own in taken]


def _timing(taken):
    low, median, high = statistics.quantiles(taken, n=4, method="inclusive")
    return Timing(median, low, high, len(taken))


def peak_bytes(function):
    """By how many bytes function() raises the process's memory at its peak. Linux only.

    It runs in a forked copy of this process, so that nothing it leaves behind counts later, and
    twice there: the second run counts, when all that is loaded once is loaded. What is below a few
    hundred KiB drowns in the allocator's own. Raises OSError where the system does not tell,
    RuntimeError outside the main thread, whose memory alone can be told apart, and with the message
    of what function raised.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError(
            f"memory is measured from the main thread; called in {threading.current_thread().name}"
        )
    _check_told()
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


def spent(function):
    """(function(), processor seconds, bytes) of one run, in this process. Linux only.

    The bytes are how far the process's memory rose above what it held before. For what takes too
    long to run twice, as `peak_bytes` does: in a process of its own, after a small run that has
    loaded all that is loaded once. Raises OSError where the system does not tell.

    >>> found, seconds, size = spent(lambda: len(b"1" * 50_000_000))
    >>> found, size > 40_000_000
    (50000000, True)
    """
    _check_told()
    _give_back()
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    start = time.process_time()
    found = function()
    taken = time.process_time() - start
    return found, taken, max(0, _status("VmHWM") - before)


def _check_told():
    if not Path("/proc/self/status").exists():
        raise OSError("peak memory is read from /proc/self/status, which this system lacks")


def _rise(function):
    """What the second of two runs takes; the error's text where there is one."""
    try:
        function()
        return spent(function)[2]
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _give_back():
    """Return what is not in use, which would hide what is allocated anew."""
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
    if hasattr(libc, "mallinfo2"):
        _fill_end(libc)


class _Use(ctypes.Structure):
    """glibc's struct mallinfo2; its last field is the size of the heap's free end."""

    _fields_ = [(name, ctypes.c_size_t) for name in (*"abcdefghi", "keepcost")]


def _fill_end(libc):
    """Take the free end of glibc's heap, which it keeps where the heap cannot shrink.

    So it is once somebody else has moved the process's break. This copy of the process ends soon.
    """
    libc.mallinfo2.restype = _Use
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    for _ in range(64):  # the first blocks may come from holes of the heap
        end = libc.mallinfo2().keepcost
        if end < 2**17 or not libc.malloc(end - 2**12):
            return


def _status(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {name}")
