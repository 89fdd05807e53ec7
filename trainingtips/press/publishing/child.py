"""mkdocs in a process that ends with the one that started it, and tells a full disk in one line.

The build's lock goes along to it: an orphan would keep every later build waiting.
"""

import ctypes
import gc
import os
import signal
import sys

PARENT = "TRAININGTIPS_PARENT"  # the process that waits for this one
_SET_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG


def main(arguments):
    """Run mkdocs with these arguments. Returns the exit status, where mkdocs does not exit."""
    end_with(int(os.environ.pop(PARENT, os.getppid())))
    from mkdocs.__main__ import cli

    gc.disable()  # this process ends with its work; there is nothing to be freed before
    try:
        cli(arguments)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"error: cannot write the site: {place}{error.strerror or error}", file=sys.stderr)
    return 1


def end_with(parent):
    """Ask Linux to end this process with its parent; elsewhere it finishes its work alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended already
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
