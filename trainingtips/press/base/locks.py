"""One build at a time writes: a lock in build/ that goes with its process."""

import contextlib
import fcntl
import os

from trainingtips.press.base.errors import UserError


@contextlib.contextmanager
def held(root, log=None, name="lock"):
    """One build at a time writes; the lock goes with the process, however it ends."""
    path = root / "build" / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise UserError(f"cannot write to {path.parent}: {error.strerror}") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if log:
                log("another build is running here; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)
