"""The cluster's side: what a Dask worker does with a task.

A worker is started in its own copy of the project. Each task gets a fresh process there, pinned as
the builder's own are, so that nothing leaks from one to the next and the numbers are the same. It
works out by itself the key of what it would compute, from its own files, and its own versions:
where they are not the builder's, it refuses. So a worker with other code never gives a number.
"""

import contextlib
import os
import pickle
import select
import socket
import subprocess
import sys
import threading
import traceback
from dataclasses import replace
from pathlib import Path

import trainingtips
from trainingtips.press.base import paths, pins
from trainingtips.press.base.errors import UserError
from trainingtips.press.building import workers

PROTOCOL = 2  # of what is sent; another one is refused before anything else is looked at


class Refused(UserError):
    """This worker has another version of the project, of a library or of this file."""


def pack(name, task):
    """A `figure.Task` for the script `name`, as it is sent: plain values, for any version."""
    return {
        "protocol": PROTOCOL,
        "name": name,
        "code": task.code,  # without the results that it builds on: they are sent
        "versions": versions(task.libraries),
        "task": pickle.dumps(replace(task, modules={}, inputs={})),
    }


def versions(libraries):
    """What has to be the same here and there, besides the key."""
    from trainingtips.press.base import provenance

    found = {"trainingtips": trainingtips.__version__, **provenance.environment(libraries)}
    del found["processor"]  # may differ: the result says which it was
    return found


def perform(packed):
    """Run by a Dask worker: ("value", pickle), ("failed", message) or ("refused", message)."""
    if packed.get("protocol") != PROTOCOL:
        return "refused", _refusal("the protocol", packed.get("protocol"), PROTOCOL)
    for _ in range(workers.TRIES):
        answer, code = _in_process(packed)
        if answer is not None:
            return answer
    return "failed", workers._lost(code, workers.TRIES)


def _in_process(packed):
    """(answer, None) of a process of its own; (None, its exit code) where it was killed."""
    reader, writer = os.pipe()
    source = str(paths.SOURCE)
    path = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")]))
    with open(reader, "rb") as answers:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(writer)],
            stdin=subprocess.PIPE,
            pass_fds=[writer],
            env=pins.environment() | {"PYTHONPATH": path},
        )
        os.close(writer)
        try:
            data = _exchange(process, packed, answers)
        finally:
            process.kill()  # it has answered, or nobody waits for its answer
            code = process.wait()
    return (pickle.loads(data), None) if data else (None, code)


def _exchange(process, packed, answers):
    with contextlib.suppress(BrokenPipeError):  # it was killed: there is no answer, either
        process.stdin.write(pickle.dumps(packed))
        process.stdin.flush()  # and stays open: the process ends when this worker does
    while not select.select([answers], [], [], 0.5)[0]:
        if _given_up():
            raise RuntimeError("nobody waits for this task any more")
    return answers.read()


def _given_up():
    """Whether the scheduler has taken the task back, or this worker is closing."""
    try:
        from distributed import get_worker
        from distributed.core import Status

        worker = get_worker()
        task = worker.state.tasks.get(worker.get_current_task())
    except ValueError:  # called outside of a worker
        return False
    open_ = worker.status in (Status.running, Status.paused, Status.closing_gracefully)
    return not open_ or task is None or task.state == "cancelled"


# from here on: in the process of one task


def main():
    packed = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_worker, daemon=True).start()
    sys.dont_write_bytecode = True  # as in `workers`: a stale one must not meet a new key
    try:
        answer = "value", pickle.dumps(_perform(packed, Path.cwd()))
    except Refused as error:
        answer = "refused", str(error)
    except UserError as error:
        answer = "failed", str(error)
    except BaseException:
        answer = "failed", traceback.format_exc()
    with open(int(sys.argv[1]), "wb") as answers:
        answers.write(pickle.dumps(answer))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # no teardown: torch's takes half a second


def _end_with_worker():
    os.read(0, 1)
    os._exit(1)


def _perform(packed, root):
    """Compute, in the project at `root`, once it is sure to be the builder's."""
    from trainingtips.press.building import figure
    from trainingtips.press.building.plan import Plan

    name = packed["name"]
    plan = Plan(root)
    state = plan.states.get(name)
    if state is None:
        there = plan.broken.get(name, f"it has no figures/{name}.py")
        raise Refused(_refusal(name, f"key {packed['code'][:12]}", there))
    if state.code != packed["code"]:
        here, there = f"key {packed['code'][:12]}", f"key {state.code[:12]}"
        raise Refused(_refusal(f"what {name} computes", here, there))
    ours = versions(state.libraries)
    for package, version in packed["versions"].items():
        if ours.get(package) != version:
            raise Refused(_refusal(package, version, ours.get(package)))
    task = replace(
        pickle.loads(packed["task"]),
        modules=plan.modules(state.script), inputs=state.made["inputs"],
    )  # fmt: skip
    do = figure.compute if task.part is None else figure.do_part
    return do(root, state.script, task)


def _refusal(what, builder, worker):
    return (
        f"refused by the worker on {socket.gethostname()}, in {Path.cwd()}: it has another version "
        f"of {what}: the builder has {builder}, the worker {worker}. Give the worker the same "
        f"commit and the same requirements.lock"
    )


if __name__ == "__main__":
    main()
