"""`python -m MODULE …` without its second of imports: forked from a process that has done them.

Most tests that run a command ask what it does with a project, not how a process comes to be. For
them `run` gives what `subprocess.run` would: the same arguments, folder, environment, streams and
status, but numpy, matplotlib or mkdocs are there already. Where more than that could differ (an
environment that Python or a library reads as it starts, such as PYTHONHASHSEED; two at once), it
starts a real process. Tests of kills, limits and the start itself do so too, by `Project.start` or
`subprocess`.
"""

import array
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from trainingtips.press.base import pins

ROOT = Path(__file__).parents[1]
WARM = {  # what each module's process imports: no state of ours, and nothing that is computed
    "trainingtips": [
        "matplotlib.backends.backend_svg",
        "matplotlib.figure",
        "rich.console",
        "rich.text",
        "trainingtips.press.building.run",
        "trainingtips.press.cli",
    ],
    "mkdocs": [
        "material.plugins.search.plugin",
        "mkdocs.commands.build",
        "mkdocs.commands.serve",
        "mkdocs_jupyter.plugin",
        "mkdocs_macros.plugin",
    ],
}
# Read when they are needed, and not as Python or a library starts.
LATE = {"NO_COLOR", "NO_MKDOCS_2_WARNING", "PYTEST_CURRENT_TEST", "SITE_URL"}
# What scikit-learn and torch set for themselves as they are imported: no test asks for it.
LATE |= {"KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK", "TORCHINDUCTOR_CACHE_DIR"}
OURS = "TRAININGTIPS_"
EARLY = "--instructions"  # wants a process that has not imported numpy

_start = dict(os.environ)  # what the processes are started with, but for their pins
_one = threading.Lock()
_waiting = {}


def begin():
    """From here on a test's environment is what it sets itself: the rest imports have set."""
    global _start
    _start = dict(os.environ)


def run(module, *arguments, cwd, env, timeout=None):
    """A `subprocess.CompletedProcess` of `python -m module …`, its streams as text."""
    if _fits(env) and EARLY not in arguments and _one.acquire(blocking=False):
        try:
            if module not in _waiting:
                _waiting[module] = _Waiting(module)
            return _waiting[module].run(arguments, str(cwd), env, timeout)
        finally:
            _one.release()
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout
    )


def _fits(env):
    """Whether a process that runs already can take that environment on."""
    if env.get("PYTHONPATH") not in (None, str(ROOT)):
        return False  # another folder may shadow what is imported already
    for name in {*env, *_start} - {"PYTHONPATH"}:
        if name in pins.ENVIRONMENT:
            if env.get(name, pins.ENVIRONMENT[name]) != pins.ENVIRONMENT[name]:
                return False
        elif name not in LATE and not name.startswith(OURS) and env.get(name) != _start.get(name):
            return False
    return True


def end():
    """End the processes that wait for commands."""
    while _waiting:
        _waiting.popitem()[1].end()


class _Waiting:
    """The process that waits, seen from the tests."""

    def __init__(self, module):
        self.module = module
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        env = _start | pins.ENVIRONMENT | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", __name__, str(theirs.fileno()), module, *WARM[module]]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()

    def end(self):
        self.socket.close()
        self.process.wait()

    def run(self, arguments, cwd, env, timeout):
        end = time.monotonic() + timeout if timeout else None
        pipes = [os.pipe() for _ in range(2)]
        readers, writers = zip(*pipes, strict=True)
        task = json.dumps([arguments, cwd, env | pins.ENVIRONMENT]).encode()
        head = len(task).to_bytes(8, "big")
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", writers))]
        self.socket.sendmsg([head], ancillary)
        self.socket.sendall(task)
        for each in writers:
            os.close(each)
        pid = int.from_bytes(_exactly(self.socket, 8), "big")
        try:
            out, err = _drained(readers, end)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise
        finally:
            for each in readers:
                os.close(each)
            status = int.from_bytes(_exactly(self.socket, 8), "big", signed=True)
        command = [sys.executable, "-m", self.module, *arguments]
        return subprocess.CompletedProcess(command, status, out, err)


def _drained(readers, end):
    """The texts that come from these pipes until they are closed. TimeoutError after `end`."""
    texts = {each: bytearray() for each in readers}
    with selectors.DefaultSelector() as open_ones:
        for each in readers:
            open_ones.register(each, selectors.EVENT_READ)
        while open_ones.get_map():
            ready = open_ones.select(end and max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the command, or what it started, has not ended")
            for key, _ in ready:
                if not (piece := os.read(key.fd, 2**16)):
                    open_ones.unregister(key.fd)
                texts[key.fd] += piece
    return [text.decode().replace("\r\n", "\n") for text in texts.values()]


def _exactly(connection, count):
    data = b""
    while len(data) < count:
        if not (piece := connection.recv(count - len(data))):
            raise EOFError("the other side has ended")
        data += piece
    return data


# The process that waits


def main(descriptor, module, *warm):
    """Answer each request with a fork's number and then its status, until there are no more."""
    connection = socket.socket(fileno=int(descriptor))
    path = sys.path[:]
    for name in warm:
        __import__(name)
    gc.collect()
    gc.freeze()
    while request := _request(connection):
        streams, (arguments, cwd, env) = request
        pid = os.fork()
        if not pid:
            connection.close()
            return _become(module, arguments, cwd, env, streams, path)
        for each in streams:
            os.close(each)
        connection.sendall(pid.to_bytes(8, "big"))
        _, status = os.waitpid(pid, 0)
        status = os.waitstatus_to_exitcode(status)
        connection.sendall(status.to_bytes(8, "big", signed=True))
    os._exit(0)


def _request(connection):
    head, streams, _, _ = socket.recv_fds(connection, 8, 2)
    if not head:
        return None
    head += _exactly(connection, 8 - len(head)) if len(head) < 8 else b""
    return streams, json.loads(_exactly(connection, int.from_bytes(head, "big")))


def _become(module, arguments, cwd, env, streams, path):
    """In the fork: be that command. Python ends the process afterwards, as it would any other."""
    for number, each in enumerate(streams, 1):
        os.dup2(each, number)
        os.close(each)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    given = [each for each in env.get("PYTHONPATH", "").split(os.pathsep) if each]
    sys.path[:] = [cwd, *given, *(each for each in path if each != str(ROOT))]
    sys.path_importer_cache.clear()
    sys.argv[:] = [module, *arguments]
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # by chance, as where it is imported
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
