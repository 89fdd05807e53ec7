"""Data that a reader gives, `show --data file.npz`, or a script names in INPUTS, looked at first.

An `.npz` is a zip archive of arrays. Each array's header says its type and shape, and both are
checked against the bytes that are there: no array of Python objects (it would be unpickled, which
runs whatever the file says), and no shape that promises terabytes.
"""

import stat
import zipfile
import zlib
from math import prod
from pathlib import Path

from trainingtips.press.base import paths
from trainingtips.press.base.errors import ScriptError, UsageError

NAMES = ("digits", "mnist", "cifar10")  # `trainingtips.data` loads these
BYTES = 2 * 2**30  # of all arrays together, unpacked; CIFAR-10 has a third of it
# what the readers of archives and headers raise; RuntimeError where a member is encrypted
UNSOUND = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def check(data):
    """Raise UsageError for a `--data` that is neither a known name nor a sound `.npz` file."""
    if data in NAMES:
        return
    if not data.endswith(".npz"):
        raise UsageError(
            f"--data is one of {', '.join(NAMES)} or the path of an .npz file; "
            f"received {paths.shown(data)}"
        )
    fault = _fault(data)
    if fault:
        raise UsageError(f"--data {paths.shown(data)}: {fault}")


def check_inputs(root, script):
    """Raise ScriptError for an `.npz` file of the script's INPUTS that is not sound."""
    for path in script.inputs:
        fault = _fault(Path(root) / path) if path.endswith(".npz") else None
        if fault:
            raise ScriptError(f"{script.path}: INPUTS names {paths.shown(path)}: {fault}")


def _fault(path):
    """What is wrong with an archive, told by its directory and its arrays' headers alone."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise ValueError("it is not a file")
        with zipfile.ZipFile(path) as archive:
            whole = sum(member.file_size for member in archive.infolist())
            if whole > BYTES:
                raise ValueError(f"it unpacks to {whole:,} bytes; {BYTES:,} are right at most")
            for member in archive.infolist():
                _check_member(archive, member)
    except UNSOUND as error:
        return str(getattr(error, "strerror", None) or error)[:200]  # it may quote the file
    return None


def _check_member(archive, member):
    from numpy.lib import format as npy

    name = paths.shown(member.filename)
    with archive.open(member) as file:
        version = npy.read_magic(file)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if read is None:
            raise ValueError(f"{name} is of version {version} of numpy's format")
        shape, _, kind = read(file)
        if kind.hasobject:
            raise ValueError(f"{name} holds Python objects, which are never loaded")
        promised = prod(shape) * kind.itemsize
        if promised != member.file_size - file.tell():
            raise ValueError(
                f"{name} is said to be {shape} of {kind}, {promised:,} bytes, and has "
                f"{member.file_size - file.tell():,}"
            )
