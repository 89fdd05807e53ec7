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
    replace_all({path: data})


def replace_all(contents, first=()):
    """Write each of {path: bytes}: first all of them beside their places, then all renames.

    A disk that is full is found before the first rename: what stood there before is then
    untouched. The paths of `first` are renamed before the others. Raises OSError that names the
    path.
    """
    written = []
    try:
        for path, data in contents.items():
            with _told(path):
                written.append((_write_beside(Path(path), data), path))
        written.sort(key=lambda pair: pair[1] not in first)
        while written:
            temporary, path = written[0]
            with _told(path):
                os.replace(temporary, path)
            del written[0]
    finally:
        for temporary, _ in written:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _write_beside(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp's 0600 would hide a page from a web server
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary


@contextlib.contextmanager
def _told(path):
    """A full disk is reported without a name, a folder that is none with the temporary file's."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def unfinished(folder):
    """What a killed build left behind in `folder` and in those within, links not followed."""
    for here, _, names in os.walk(folder):
        for name in names:
            if name.startswith(TEMPORARY):
                yield Path(here) / name


def remove_unfinished(folder):
    """Remove what a killed build left behind. Only for one who holds the build's lock."""
    for path in list(unfinished(folder)):
        with contextlib.suppress(OSError):
            path.unlink()
