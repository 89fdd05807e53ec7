"""Data sets as pairs of tensors; `digits` comes with scikit-learn, real, small, no fetching.

Parts of three others come with this package, with their licences beside them in `datasets/`.
"""

from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import numpy as np
import torch

from trainingtips import chance, originals

# OpenML's number of a data set, shape of its x, the largest value there
OPENML = {"mnist": (554, (70_000, 784), 255), "cifar10": (40_927, (60_000, 3_072), 255)}
FOLDER = Path(__file__).parent / "datasets"
# in this package, and how many of its examples are for training: they come first
PACKAGED = {"fashion": 5_000, "text": 16_738, "flights": 6_400}


@dataclass(frozen=True)
class Dataset:
    """x: float32, (N, features), in [0, 1] where loaded by name. y: int64, (N,), from 0.

    `classes` is how many classes there are, K; every label is below it. Of a text x and y are
    int64, (N, T), signs and the sign after each. Of a regression y is float32, (N,), and classes 0.
    """

    x: torch.Tensor
    y: torch.Tensor
    classes: int

    def __len__(self):
        return len(self.y)

    def split(self, train=1024, seed=0):
        """(training part of `train` examples, the rest), shuffled by `seed`.

        >>> [len(part) for part in load("digits").split(1024, seed=0)]
        [1024, 773]
        """
        if not isinstance(train, int) or not 0 < train < len(self):
            raise ValueError(
                f"train is a whole number between 0 and {len(self)}; received {train!r}"
            )
        order = torch.randperm(len(self), generator=chance.generator(seed))
        parts = order[:train], order[train:]
        return tuple(Dataset(self.x[i], self.y[i], self.classes) for i in parts)

    def to(self, device):
        """The same examples on another device, such as "cuda"."""
        return Dataset(self.x.to(device), self.y.to(device), self.classes)


def load(name="digits", cache=None, path=None):
    """The data set `name`, such as "digits", "fashion" or "mnist", or the path of an `.npz` file.

    Always there: "digits", 1,797 handwritten digits of 8×8; "fashion", 6,000 pictures of clothes of
    28×28 (of Fashion-MNIST); "text", Moby Dick in 18,598 windows of 64 signs; "flights", 8,000
    flights, with how late they were, in minutes: a regression, its features in their own units
    (`originals.FEATURES`). `parts` splits these three as they always are. The whole of them, 70,000
    pictures or 243,411 flights, is read from `path`, the folder of their package's files (see
    `originals`). In a figure's script, name the file in INPUTS: trainingtips/datasets/fashion.npz.

    "mnist" (70,000 of 28×28)
    and "cifar10" (60,000 of 3×32×32) are fetched from OpenML once, through scikit-learn, and kept
    in the folder `cache` (scikit-learn's own unless given). An `.npz` holds `x`, of shape (N, …),
    numbers, `y`, (N,), whole numbers from 0, and, where not every class occurs, `classes`, their
    number. Raises ValueError for an unknown name or malformed content, FileNotFoundError for a
    missing file, ConnectionError where a set is neither in the cache nor to be had.

    >>> digits = load("digits")
    >>> digits.x.shape, digits.classes
    (torch.Size([1797, 64]), 10)
    """
    if path is not None:
        return _whole_set(name, path)
    if str(name).endswith(".npz"):
        return _read(name)
    if name == "digits":
        from sklearn.datasets import load_digits

        x, y = load_digits(return_X_y=True)
        return _dataset(x / 16, y, name)
    if name in PACKAGED:
        return _packaged(name)
    if name in OPENML:
        return _fetch(name, cache)
    known = ", ".join(repr(each) for each in ("digits", *PACKAGED, *OPENML))
    raise ValueError(f"unknown data {name!r}: expected {known} or the path of an .npz file")


def parts(name):
    """(training part, testing part) of a set of this package, always the same.

    Of "fashion" 5,000 and 1,000, out of its makers' own two parts; of "text" nine tenths, and the
    end of the book; of "flights" 6,400 and 1,600. ValueError for any other.

    >>> [len(part) for part in parts("fashion")]
    [5000, 1000]
    """
    if name not in PACKAGED:
        known = ", ".join(map(repr, PACKAGED))
        raise ValueError(f"fixed parts are of {known}; received {name!r}")
    whole, train = load(name), PACKAGED[name]
    rows = slice(None, train), slice(train, None)
    return tuple(Dataset(whole.x[each], whole.y[each], whole.classes) for each in rows)


def halved(dataset):
    """Grey square pictures at half their side: the mean of each four neighbours.

    Raises ValueError for what is no such picture, and for an odd side.

    >>> halved(load("fashion")).x.shape  # 14×14
    torch.Size([6000, 196])
    """
    features = dataset.x.shape[1]
    side = isqrt(features)
    if side**2 != features or side % 2 or not dataset.x.is_floating_point():
        raise ValueError(
            f"halved takes grey square pictures of an even side; received x of shape "
            f"{tuple(dataset.x.shape)}, {dataset.x.dtype}"
        )
    pictures = dataset.x.view(-1, side // 2, 2, side // 2, 2)
    return Dataset(pictures.mean((2, 4)).flatten(1), dataset.y, dataset.classes)


def relabelled(dataset, share, seed=0):
    """The data set with that share of its labels drawn at random, some of them right by chance.

    >>> relabelled(load("digits"), 0.0).y.equal(load("digits").y)
    True
    """
    generator = chance.generator(seed)
    chosen = torch.rand(len(dataset), generator=generator) < share
    drawn = torch.randint(dataset.classes, (len(dataset),), generator=generator)
    return Dataset(dataset.x, torch.where(chosen, drawn, dataset.y), dataset.classes)


def _packaged(name):
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        if name == "text":
            return _of_text(*originals.windows(file["signs"]))
        return _scaled(name, file["x"], file["y"])


def _whole_set(name, path):
    if name not in PACKAGED:
        known = ", ".join(map(repr, PACKAGED))
        raise ValueError(f"a path is for {known}; received {name!r}, with the path {path}")
    x, y, _ = getattr(originals, name)(path)
    return _of_text(x, y) if name == "text" else _scaled(name, x, y)


def _of_text(x, y):
    x, y = (torch.from_numpy(each.astype(np.int64)) for each in (x, y))
    return Dataset(x, y, len(originals.SIGNS))


def _scaled(name, x, y):
    if name == "fashion":
        return _dataset(x.astype(np.float32) / 255, y, name, classes=10)
    return Dataset(torch.from_numpy(x), torch.from_numpy(y), 0)


def _fetch(name, cache):
    from sklearn.datasets import fetch_openml

    number, shape, top = OPENML[name]
    try:  # this parser needs no pandas
        found = fetch_openml(
            data_id=number, data_home=cache, as_frame=False, parser="liac-arff", n_retries=1
        )
    except OSError as error:
        raise ConnectionError(
            f"{name} is not in the cache, {cache or 'the one of scikit-learn'}, and could not be "
            f"fetched from OpenML ({error}); fetch it where there is a network, or give an .npz"
        ) from error
    if found.data.shape != shape:
        raise ValueError(f"{name}: expected x of shape {shape}; received {found.data.shape}")
    x = np.divide(found.data, top, dtype=np.float32)  # half the memory of the reader's float64
    return _dataset(x, _whole(found.target, name), name, classes=10)


def _whole(labels, where):
    """OpenML's labels are words, such as "7"."""
    try:
        return labels.astype(np.int64)
    except ValueError as error:
        raise ValueError(f"{where}: y holds a label that is no whole number: {error}") from error


def _read(path):
    with np.load(path, allow_pickle=False) as file:
        missing = sorted({"x", "y"} - set(file.files))
        if missing:
            raise ValueError(
                f"{path} has no array {missing[0]!r}; it holds {file.files or 'nothing'}"
            )
        classes = file["classes"] if "classes" in file.files else None
        return _dataset(file["x"], file["y"], path, classes)


def _dataset(x, y, where, classes=None):
    if y.ndim != 1 or x.ndim < 2 or len(x) != len(y) or not x.size:
        raise ValueError(
            f"{where}: expected x of shape (N, …) and y of shape (N,), N ≥ 1; "
            f"received {x.shape} and {y.shape}"
        )
    if x.dtype.kind not in "buif":
        raise ValueError(f"{where}: x holds numbers; received {x.dtype}")
    if not np.isfinite(x).all():
        raise ValueError(f"{where}: x holds {(~np.isfinite(x)).sum()} values that are not finite")
    if y.dtype.kind not in "ui":
        raise ValueError(f"{where}: y holds classes, whole numbers from 0; received {y.dtype}")
    classes = _classes(y, where, classes)
    flat = np.ascontiguousarray(x.reshape(len(x), -1), dtype=np.float32)
    return Dataset(torch.from_numpy(flat), torch.from_numpy(y.astype(np.int64)), classes)


def _classes(y, where, classes):
    if classes is None:
        classes = y.max() + 1
    if np.ndim(classes) or np.asarray(classes).dtype.kind not in "ui" or classes < 1:
        raise ValueError(f"{where}: classes is a whole number from 1; received {classes!r}")
    wrong = y[(y < 0) | (y >= classes)]
    if len(wrong):
        raise ValueError(f"{where}: y lies from 0 to {classes - 1}; received {wrong[0]}")
    return int(classes)
