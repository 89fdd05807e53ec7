"""Computing on a Dask cluster: `TRAININGTIPS_SCHEDULER=tcp://host:port`.

What is to be computed goes to the cluster, a part at a time; claims are checked and pictures drawn
here. Dask's client has threads, and a process with threads must not fork, so that it has a process
of its own, the *link*, started by the first task that is sent. A hardware record is this machine's
and is measured here.

A worker that is lost costs a retry, by Dask's scheduler. A scheduler that is lost ends the build:
what is being made here is finished and kept.
"""

import contextlib
import importlib.util
import logging
import os
import pickle
import re
import signal
import threading
import time
import uuid
from functools import partial
from multiprocessing.connection import wait

from trainingtips.press.base.errors import UserError
from trainingtips.press.building import remote, workers

VARIABLE = "TRAININGTIPS_SCHEDULER"
ADDRESS = re.compile(r"(tcp|tls)://([\w.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})", re.ASCII)
PATIENCE = 5  # seconds to reach the scheduler
FETCHING = 60  # seconds to fetch a value from the worker that has it
MISSING = (
    f"{VARIABLE} is set, and that needs Dask's distributed: "
    f"python -m pip install 'trainingtips[cluster]'"
)
UNSEEN = 5  # seconds without any worker after which that is told


class ClusterLost(UserError):
    """The scheduler cannot be reached, or no longer."""


def pool(jobs, report=None):
    """A `workers.Pool` that computes on the cluster, where the environment names one.

    Raises UserError for an address that is none, and where distributed is not installed.
    """
    address = os.environ.get(VARIABLE, "").strip()
    if not address:
        return workers.Pool(jobs)
    match = ADDRESS.fullmatch(address)
    if not match or not 0 < int(match[3]) < 65536:
        raise UserError(
            f"{VARIABLE} is {address!r}; a scheduler's address looks like tcp://127.0.0.1:8786"
        )
    if importlib.util.find_spec("distributed") is None:
        raise UserError(MISSING)
    return Pool(jobs, address, report)


class Pool(workers.Pool):
    """Draws here, in at most `jobs` processes, and computes on the cluster at `address`."""

    def __init__(self, jobs, address, report=None):
        super().__init__(jobs)
        self.address, self.report = address, report
        self.link = self.pipe = None
        self.away = set()  # names of what has been sent and is not back

    def __exit__(self, *error):
        if self.link:
            self.link.kill()
            self.link.join()
            self.pipe.close()
        super().__exit__(*error)

    @property
    def names(self):
        away = [f"{len(self.away)} on the cluster"] if self.away else []
        return super().names + away

    def send(self, name, task, function, root, script):
        if script.hardware:
            return super().send(name, task, function, root, script)
        self.away.add(name)
        self._tell("do", name, remote.pack(script.name, task))

    def drop(self, names):
        super().drop(names)
        gone = self.away.intersection(names)
        self.away -= gone
        if gone:
            self._tell("drop", gone)

    def finished(self, timeout=None):
        if not self.pipe or self.lost:
            yield from super().finished(timeout)
            return
        if self.pipe in wait([*self.running, self.pipe], timeout):
            yield from self._received()
        yield from super().finished(0)

    def _received(self):
        try:
            while not self.lost and self.pipe.poll():
                kind, *message = self.pipe.recv()
                if kind == "lost":
                    self.lost = message[0]
                elif kind == "note" and self.report:
                    self.report.say(message[0])
                elif kind == "back" and message[0] in self.away:
                    self.away.discard(message[0])
                    yield message[0], _opened(message[1])
        except (EOFError, OSError):
            self.lost = f"the process that spoke with the cluster at {self.address} has ended"

    def _tell(self, *message):
        if self.link is None:
            self.pipe, end = self.context.Pipe()
            inherited = (self.pipe, self.lifeline)
            self.link = self.context.Process(target=_link, args=(self.address, end, inherited))
            self.link.start()
            end.close()
        with contextlib.suppress(OSError):  # the link has ended; `finished` reads why
            self.pipe.send(message)


def _opened(answer):
    """The outcome in a worker's answer, as a local process would give it back."""
    kind, value = answer
    if kind != "value":
        return workers.TaskFailed(value)
    try:
        return pickle.loads(value)
    except Exception as error:
        return workers.TaskFailed(f"a worker's answer cannot be read: {error}")


# from here on: in the link


def _link(address, pipe, inherited):
    parents, (lifeline, held) = inherited
    parents.close()
    os.close(held)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    threading.Thread(target=workers._die_with_parent, args=(lifeline,), daemon=True).start()
    logging.disable(logging.CRITICAL)  # what matters is told in one message
    _Link(address, pipe).run()
    os._exit(0)


class _Link:
    """Speaks with the scheduler on behalf of the builder, which has no threads."""

    def __init__(self, address, pipe):
        self.address, self.pipe, self.lock = address, pipe, threading.Lock()
        self.futures, self.seen, self.told = {}, time.monotonic(), False

    def run(self):
        try:
            from distributed import Client

            self.client = Client(self.address, timeout=PATIENCE, set_as_default=False)
        except ImportError as error:
            self.tell("lost", f"{MISSING} ({error})")
        except Exception as error:
            self.tell("lost", f"no scheduler answers at {self.address}: {_line(error)}")
        else:
            self.serve()

    def serve(self):
        while self.client.status == "running":
            if self.pipe.poll(0.5):
                try:
                    kind, *message = self.pipe.recv()
                except EOFError:
                    return
                getattr(self, kind)(*message)
            self.look_for_workers()
        self.gone()

    def do(self, name, task, tries=1):
        # never the same key twice: a result is kept by its own key, not by the scheduler
        future = self.client.submit(
            remote.perform, task, key=f"trainingtips/{name}/{uuid.uuid4().hex}", pure=False
        )
        self.futures[name] = future
        future.add_done_callback(partial(self.back, name, task, tries))

    def drop(self, names):
        for name in names:
            if name in self.futures:
                self.futures.pop(name).cancel()

    def back(self, name, task, tries, future):
        """In a thread of the client's: the task has ended, well or not."""
        if self.futures.get(name) is not future:
            return  # dropped
        if future.status not in ("finished", "error"):  # cancelled, and not here
            self.gone()
            return
        try:
            if future.status == "finished":
                answer = future.result(timeout=FETCHING)
            else:
                answer = "failed", _explain(future.exception(timeout=FETCHING))
        except Exception as error:  # its worker was lost on the way, or the scheduler
            if tries < workers.TRIES:
                self.do(name, task, tries + 1)
                return
            answer = "failed", f"its result was lost {tries} times: {_line(error)}"
        self.futures.pop(name, None)
        self.tell("back", name, answer)

    def gone(self):
        self.tell("lost", f"the scheduler at {self.address} has gone; what was finished is kept")

    def look_for_workers(self):
        """Tell where tasks wait and there is no worker; a cluster may start them on demand."""
        if not self.futures or self.client.scheduler_info().get("workers"):
            self.seen, self.told = time.monotonic(), False
        elif not self.told and time.monotonic() - self.seen > UNSEEN:
            self.told = True
            self.tell("note", f"the cluster at {self.address} has no worker; waiting for one")

    def tell(self, *message):
        with self.lock:
            self.pipe.send(message)


def _explain(error):
    """Why a task failed that was never computed, in the user's words."""
    if type(error).__name__ == "KilledWorker":
        return (
            f"{error.allowed_failures + 1} workers were lost while they computed it, the last at "
            f"{error.last_worker.address} (its machine may have run out of memory)"
        )
    text = f"{error} {error.__cause__ or ''}"
    if "No module named" in text:
        return (
            f"a worker cannot import the project ({_line(error.__cause__ or error)}): start "
            f"workers in the project's folder, with its environment: python -m dask worker"
        )
    return f"the worker failed: {type(error).__name__}: {_line(error)}"


def _line(error):
    return " ".join(str(error).split()) or type(error).__name__
