"""`trainingtips checkup FILE.py`: the check-up of a training that stands in a file."""

import runpy
import sys
from pathlib import Path

from trainingtips.checkup.examining import examine

WANTED = "a file with two functions: setup(), which builds the training, and train(t, updates)"


class NoTraining(Exception):
    """The file holds no training; says what was there and what would be right."""


def examined(path, updates, seconds, progress=None):
    """The `Report` of the training in the Python file at `path`.

    Raises NoTraining where there is no such file or it lacks `setup` or `train`, and whatever the
    file itself raises.
    """
    path = Path(path)
    if not path.is_file():
        raise NoTraining(f"there is no file {path}; expected {WANTED}")
    sys.path.insert(0, str(path.parent.resolve()))  # as Python does for a script
    try:
        names = runpy.run_path(str(path))
        missing = [name for name in ("setup", "train") if not callable(names.get(name))]
        if missing:
            raise NoTraining(f"{path} has no {' and no '.join(missing)}; expected {WANTED}")
        return examine(names["setup"], names["train"], updates, seconds, progress)
    finally:
        sys.path.remove(str(path.parent.resolve()))
