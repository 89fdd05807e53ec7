"""Small disks and read-only trees for a test, in a mount namespace of its own.

A process holds the namespace. What is mounted there is seen by the commands that join it, and
through /proc; it goes with that process, so that nothing is left to unmount.
"""

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest

UNSHARE = ["unshare", "--map-root-user", "--mount"]


@contextlib.contextmanager
def space(script):
    """A namespace in which the shell has run `script`; yields a `Space`. Skips where it cannot."""
    if not all(map(shutil.which, ("unshare", "nsenter", "mount"))):
        pytest.skip("no unshare, nsenter or mount here")
    holder = subprocess.Popen(
        [*UNSHARE, "sh", "-c", f"{script} && echo ready && exec cat"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        if holder.stdout.readline() != "ready\n":
            pytest.skip(f"no mounts here: {holder.stderr.read().strip()}")
        yield Space(holder.pid)
    finally:
        holder.kill()
        holder.communicate()


class Space:
    def __init__(self, pid):
        self.pid = pid

    def command(self, folder, *command):
        """`command` as it is run inside, in `folder`."""
        target = ["nsenter", f"--target={self.pid}", "--user", "--mount", "--preserve-credentials"]
        return [*target, "sh", "-c", 'cd "$0" && exec "$@"', str(folder), *map(str, command)]

    def path(self, path):
        """What lies at `path` inside, for this process to read and write."""
        return Path(f"/proc/{self.pid}/root{path}")
