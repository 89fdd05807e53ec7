"""Tasks in forked processes: one process a task, and none left behind.

The parent imports matplotlib (and torch) once and computes nothing: a forked child hangs where the
parent has run a multi-threaded operation. Each task has a process of its own, so that no default
type, random state or environment leaks from one script to the next.
"""

import contextlib
import gc
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from multiprocessing.connection import wait

from trainingtips.press.base.errors import UserError

TRIES = 2  # a process that is killed costs a retry, not a result


class TaskFailed(Exception):
    """The task raised; the message is what the user should read."""


SHARED = {  # what modules of the package import from each of these
    "torch": ["torch"],
    "scipy": ["scipy.optimize", "scipy.sparse.linalg", "scipy.stats"],
    "sklearn": ["sklearn.datasets"],
}


def preload(names, computing=True):
    """Import what the children share. `names` are top-level packages that the tasks need.

    Each child would pay for them: drawing a kept result takes a second, importing torch another.
    `computing` says that optimisers will be used.
    """
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.backends.backend_svg
    import matplotlib.figure

    for name in [each for known, each in SHARED.items() if known in names]:
        for module in name:
            with contextlib.suppress(ImportError):  # the child that needs it will say so
                importlib.import_module(module)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
        if computing:
            with contextlib.suppress(ImportError):
                importlib.import_module("torch._dynamo")  # 828 modules, for the first optimiser
    gc.freeze()  # the children's collector leaves alone what they share


class Pool:
    """At most `jobs` tasks at once, each in a process forked for it.

    Use it in a `with` block: leaving the block, also by an exception, ends every process.
    """

    def __init__(self, jobs, tries=TRIES):
        self.jobs, self.tries = jobs, tries
        self.lost = ""  # why nothing more can be computed, where it is not computed here
        self.context = multiprocessing.get_context("fork")
        self.waiting, self.running = [], {}

    def __enter__(self):
        self.lifeline = os.pipe()  # reads end-of-file in the children once this process is gone
        return self

    def __exit__(self, *_):
        for process, *_rest in self.running.values():
            process.kill()
        for receiver, (process, *_rest) in self.running.items():
            process.join()
            receiver.close()
        self.running.clear()
        for end in self.lifeline:
            os.close(end)

    def submit(self, name, function, *arguments):
        self.waiting.append((name, function, arguments, 1))
        self._start()

    def send(self, name, task, function, *arguments):
        """Have `task` computed. Here that is `function(*arguments, task)` in a process."""
        self.submit(name, function, *arguments, task)

    def drop(self, names):
        """Forget tasks that have not begun."""
        self.waiting = [task for task in self.waiting if task[0] not in names]

    @property
    def here(self):
        """Names of the tasks in this pool's own processes, or about to be."""
        running = {task[0] for _, task in self.running.values()}
        return running.union(task[0] for task in self.waiting)

    @property
    def names(self):
        """Names of the tasks that run now."""
        return [task[0] for _, task in self.running.values()]

    def finished(self, timeout=None):
        """Wait at most `timeout` seconds; yield (name, value or TaskFailed) of finished tasks."""
        for receiver in wait(list(self.running), timeout):
            process, task = self.running.pop(receiver)
            try:
                succeeded, value = receiver.recv()
            except (EOFError, OSError):
                process.join()
                if task[3] < self.tries:
                    self.waiting.insert(0, (*task[:3], task[3] + 1))
                    continue
                succeeded, value = False, _lost(process.exitcode, self.tries)
            finally:
                receiver.close()
            process.join()
            yield task[0], value if succeeded else TaskFailed(value)
        self._start()

    def _start(self):
        while self.waiting and len(self.running) < self.jobs:
            task = self.waiting.pop(0)
            receiver, sender = self.context.Pipe(duplex=False)
            inherited = (receiver, self.lifeline)
            process = self.context.Process(target=_child, args=(sender, inherited, *task[1:3]))
            # an interrupt between the fork and the next line would leave a child that nobody knows
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                process.start()
                self.running[receiver] = (process, task)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            sender.close()


def _lost(code, tries):
    how = f"was killed by signal {-code}" if code and code < 0 else f"ended with status {code}"
    hint = " (the machine may have run out of memory)" if code == -signal.SIGKILL else ""
    return f"its process {how}{f' {tries} times' if tries > 1 else ''}{hint}"


def _child(sender, inherited, function, arguments):
    receiver, (lifeline, held) = inherited
    receiver.close()
    os.close(held)
    # bytecode is known by its source's second and size: two edits in one second could leave a stale
    # one behind, and a new key with an old number
    sys.dont_write_bytecode = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, and ends its children
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_die_with_parent, args=(lifeline,), daemon=True).start()
    status = 0
    try:
        message = (True, function(*arguments))
    except UserError as error:
        message = (False, str(error))
    except BaseException:
        message = (False, traceback.format_exc())
    try:
        sender.send(message)
    except Exception:
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # no teardown: torch's takes half a second


def _die_with_parent(lifeline):
    os.read(lifeline, 1)
    os._exit(1)
