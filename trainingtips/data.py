"""Data sets as pairs of tensors; `digits` comes with scikit-learn, real, small, no fetching."""

from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Dataset:
    """x: float32, (N, features), in [0, 1]. y: int64, (N,), classes from 0."""

    x: torch.Tensor
    y: torch.Tensor

    def __len__(self):
        return len(self.y)

    def split(self, train=1024, seed=0):
        """(training part of `train` examples, the rest), shuffled by `seed`."""
        if not 0 < train < len(self):
            raise ValueError(f"train lies between 0 and {len(self)}; received {train}")
        order = torch.randperm(len(self), generator=torch.Generator().manual_seed(seed))
        first, rest = order[:train], order[train:]
        return Dataset(self.x[first], self.y[first]), Dataset(self.x[rest], self.y[rest])


def load(name="digits"):
    """The data set `name`: "digits" (1,797 handwritten digits, 8×8), or a path to an `.npz`.

    An `.npz` holds `x`, of shape (N, …), numbers, and `y`, (N,), whole numbers from 0. Raises
    ValueError for an unknown name or malformed content, FileNotFoundError for a missing file.
    """
    if name == "digits":
        from sklearn.datasets import load_digits

        x, y = load_digits(return_X_y=True)
        return _dataset(x / 16, y, name)
    if str(name).endswith(".npz"):
        return _read(name)
    raise ValueError(f"unknown data {name!r}: expected 'digits' or the path of an .npz file")


def _read(path):
    with np.load(path, allow_pickle=False) as file:
        missing = {"x", "y"} - set(file.files)
        if missing:
            raise ValueError(
                f"{path} has no array {sorted(missing)[0]!r}; it holds {file.files or 'nothing'}"
            )
        return _dataset(file["x"], file["y"], path)


def _dataset(x, y, where):
    if y.ndim != 1 or x.ndim < 2 or len(x) != len(y):
        raise ValueError(
            f"{where}: expected x of shape (N, …) and y of shape (N,); "
            f"received {x.shape} and {y.shape}"
        )
    if not np.issubdtype(x.dtype, np.number) or not np.isfinite(x).all():
        raise ValueError(f"{where}: x holds values that are not finite numbers")
    if not np.issubdtype(y.dtype, np.integer) or y.min() < 0:
        raise ValueError(f"{where}: y holds classes, whole numbers from 0; received {y.dtype}")
    flat = x.reshape(len(x), -1).astype(np.float32)
    return Dataset(torch.from_numpy(flat), torch.from_numpy(y.astype(np.int64)))
