"""mkdocs in a process that ends with the one that started it, and tells a full disk in one line.

The build's lock goes along to it: an orphan would keep every later build waiting.
"""

import ctypes
import gc
import importlib.util
import os
import signal
import sys

PARENT = "TRAININGTIPS_PARENT"  # the process that waits for this one
# takes a second to import, and is used where a notebook has changed
_RARE = ("jupytext", "mkdocs_jupyter.convert")
_SET_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG


def main(arguments):
    """Run mkdocs with these arguments. Returns the exit status."""
    end_with(int(os.environ.pop(PARENT, os.getppid())))
    for name in _RARE:
        _import_late(name)
    from mkdocs.__main__ import cli

    gc.disable()  # this process ends with its work; there is nothing to be freed before
    try:
        cli(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"error: cannot write the site: {place}{error.strerror or error}", file=sys.stderr)
    return 1


def _import_late(name):
    """Let that module be loaded where something of it is first used; nothing, if there is none."""
    parent, _, own = name.rpartition(".")
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:  # of the parent
        spec = None
    if spec is None or name in sys.modules:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    if parent:
        setattr(sys.modules[parent], own, module)


def end_with(parent):
    """Ask Linux to end this process with its parent; elsewhere it finishes its work alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended already
        os._exit(1)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # to take a site apart, object by object, takes as long as a page
