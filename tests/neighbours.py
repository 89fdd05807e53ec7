"""A command beside busy neighbours: `python -m tests.neighbours 10 make test`.

As many processes as it is told count for as long as the command runs, each at the full of what it
gets; its exit status and its seconds are those of the command.
"""

import contextlib
import os
import subprocess
import sys
import time

BUSY = "while True: pass"


@contextlib.contextmanager
def neighbours(count):
    """So many busy processes; none is left afterwards."""
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield busy
    finally:
        for each in busy:
            each.kill()
            each.wait()


def main(count, *command):
    start = time.monotonic()
    with neighbours(int(count)):
        status = subprocess.run(command).returncode
        load = os.getloadavg()[0]
    print(f"{time.monotonic() - start:.0f} s beside {count} neighbours, load {load:.1f} at the end")
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
