"""Names and paths that come from outside: from a command line, a page, a script or a file."""

import os
import reprlib
from pathlib import Path

PACKAGE = Path(__file__).parents[2]  # the package trainingtips itself
SOURCE = PACKAGE.parent  # what has to be on sys.path to import it
LONGEST = 100  # characters of a figure's name; a file's name may have 255 bytes
_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = 80


def shown(text):
    """`text` for a message: quoted, control characters escaped, and never long.

    >>> shown("a" * 1000)
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"
    """
    return _repr.repr(text)


def fault(path):
    """What is wrong with a path that has to lie within the project, or None.

    >>> fault("data/mnist.npz")
    >>> fault("../secret")
    'it leads out of the project'
    """
    if not path or not path.strip():
        return "it is empty"
    if not path.isprintable():
        return "it holds a character that cannot be seen"
    if len(path.encode(errors="replace")) > 1000 or any(
        len(part.encode(errors="replace")) > 255 for part in path.split("/")
    ):
        return "it is too long"
    if path.startswith(("/", "~")) or "\\" in path or ".." in path.split("/"):
        return "it leads out of the project"
    return None


def is_inside(root, path):
    """Whether `path`, relative to `root`, is still within it once every link is followed."""
    here = os.path.normpath(root)
    for part in Path(path).parts:
        here = os.path.join(here, part)
        if os.path.islink(here):
            break
    else:
        return True  # no link at all, which costs far less to find out
    try:
        return (Path(root) / path).resolve().is_relative_to(Path(root).resolve())
    except (OSError, RuntimeError):  # a link to itself
        return False
