"""A process in which everything is imported already, and which forks for each task.

`Warm` is the other side's view of it. Importing mkdocs, its plugins, matplotlib and torch takes
seconds, a fork none. It has no threads, computes nothing itself, and ends with the one that
started it; each task begins with what was on the disk when it was imported, so a change of the
package wants another process.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path

from trainingtips.press.base import paths, pins
from trainingtips.press.base.errors import BuildFailed, UserError
from trainingtips.press.publishing import child


class Warm:
    """The process, seen from outside. Use it in a `with` block, which leaves nothing behind."""

    def __init__(self, root):
        self.root, self.process = root, None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.end()

    def start(self):
        """Another process, with the package as it is now. It answers once it is ready."""
        self.end()
        path = os.pathsep.join(filter(None, [str(paths.SOURCE), os.getenv("PYTHONPATH")]))
        ours = {"PYTHONPATH": path, child.PARENT: str(os.getpid()), "NO_MKDOCS_2_WARNING": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(self.root)],
            cwd=self.root, env=pins.environment() | ours, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def end(self):
        """End the process, and what it has forked, wherever they are."""
        if self.process is None:
            return
        process, self.process = self.process, None
        with process:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                process.kill()

    def ask(self, task, *arguments):
        """What the task of that name (see `TASKS`) returns. Raises UserError with what it tells."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        try:
            print(json.dumps([task, *arguments]), file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise BuildFailed("the process that builds pages has ended: see the messages above")
        good, value = json.loads(answer)
        if not good:
            raise UserError(value)
        return value


def _figures(root):
    from rich.console import Console

    from trainingtips.press.building import build, run

    return build.build(root, report=run.Report(Console(file=sys.stderr)))


def _notebooks(root):
    from trainingtips.press.pages import notebooks

    return notebooks.ensure_built(root)


def _pages(root, uris, folder):
    from trainingtips.press.publishing import quick

    return quick.build(root, uris, folder)


TASKS = {"figures": _figures, "notebooks": _notebooks, "pages": _pages}


def main(root):
    """Answer the tasks on standard input, one a line, until there is no more input."""
    child.end_with(int(os.environ.pop(child.PARENT, os.getppid())))
    root = Path(root)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a task prints is for people
    _prepare(root)
    for line in sys.stdin:
        task, *arguments = json.loads(line)
        print(_forked(TASKS[task], root, *arguments), file=answers, flush=True)


def _prepare(root):
    import rich.console  # noqa: F401 - for the tasks

    from trainingtips.press.building import build, run, workers  # noqa: F401
    from trainingtips.press.pages import notebooks  # noqa: F401
    from trainingtips.press.publishing import quick

    quick.warm(root)
    workers.preload(set(workers.SHARED))


def _forked(function, *arguments):
    """The JSON of [whether it went well, what it returned or tells], from a process of its own."""
    receiver, sender = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(receiver)
        with os.fdopen(sender, "w") as file:
            file.write(json.dumps(_outcome(function, *arguments)))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    os.close(sender)
    with os.fdopen(receiver) as file:
        answer = file.read()
    _, status = os.waitpid(pid, 0)
    return answer or json.dumps([False, f"its process ended with status {status}"])


def _outcome(function, *arguments):
    sys.dont_write_bytecode = True  # see `workers`
    try:
        return [True, function(*arguments)]
    except (UserError, OSError) as error:
        return [False, str(error)]
    except BaseException:  # a fault of ours: whole, and the server goes on
        return [False, traceback.format_exc()]


if __name__ == "__main__":
    main(*sys.argv[1:])
