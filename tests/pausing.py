"""A compute() that waits until it is ended, for the tests that end it.

It asks the environment where to say so, which a project's own code may not: to the project this is
a library.
"""

import os
import time


def hold():
    """Where $PAUSE names a folder without a file `go`: say in it who waits, and wait."""
    folder = os.environ.get("PAUSE", "")
    if folder and not os.path.exists(f"{folder}/go"):
        with open(f"{folder}/{os.getppid()}-{os.getpid()}", "w"):
            pass
        while os.path.isdir(folder):
            time.sleep(0.1)
