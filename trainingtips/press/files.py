"""Files that are whole or absent: written to a temporary file beside, then renamed."""

import contextlib
import os
import tempfile
from pathlib import Path

TEMPORARY = ".unfinished-"  # names that a killed build may leave behind; the next one removes them


def replace(path, data):
    """Write the bytes `data` to `path`, so that no reader and no crash ever sees a part of them.

    Raises OSError where the folder cannot be written; what stood there before is then untouched.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp's 0600 would hide a page from a web server
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def remove_unfinished(folder):
    """Remove what a killed build left behind. Only for one who holds the build's lock."""
    for path in Path(folder).rglob(f"{TEMPORARY}*"):
        with contextlib.suppress(OSError):
            path.unlink()
