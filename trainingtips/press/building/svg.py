"""Shorter SVG for a page's pictures: the same to a tenth of a unit, in half the bytes.

matplotlib writes each place of a path in full, with six decimals and from the corner of the
picture. Here a path goes on from place to place, by differences of tenths, which compress well.
"""

import re
from functools import lru_cache

import numpy as np

STRAY = 0.1  # units that a filled outline may leave its course by where that saves points
LONG = 8  # points of an outline that is worth a look
_PATH = re.compile(rb'(?<= d=")[^"]*')
_NEEDLESS = re.compile(rb"<!DOCTYPE.*?>\s*|<metadata>.*?</metadata>\s*", re.DOTALL)
_BETWEEN = re.compile(rb">\s+<")
_PLACES = {"M": 1, "L": 1, "Q": 2, "C": 3, "z": 0}  # of each command, the last is where it leads


def shorten(data):
    """The SVG `data` (bytes of matplotlib's writing, with its text as outlines) in fewer bytes."""
    data = _BETWEEN.sub(b"><", _NEEDLESS.sub(b"", data))
    return _PATH.sub(lambda path: shorten_path(path[0].decode()).encode(), data)


@lru_cache(4096)  # light and dark have the same paths, and letters come again and again
def shorten_path(text):
    """Path data with the commands M, L, Q, C and z, places apart by white space, made shorter.

    >>> shorten_path("M 10.04 10 L 20.26 10 L 20.26 9.5 z")
    'M10 10l10.3 0 0-.5z'
    """
    commands, places = _read(text.split())
    if len(commands) >= LONG and not {"Q", "C"} & set(commands):
        commands, places = _simplify(commands, places)
    return _write(commands, np.rint(10 * places).astype(int).tolist())


def _read(words):
    commands = [word for word in words if word in _PLACES]
    numbers = [float(word) for word in words if word not in _PLACES]
    return commands, np.array(numbers).reshape(-1, 2)


def _simplify(commands, places):
    """Without the points of straight stretches: a filled outline has one at each grid line.

    Open lines are as matplotlib simplified them; a second time would blunt their peaks.
    """
    kept, found, first = "", [places[:0]], 0
    for part in re.finditer("M(L*)(z?)", "".join(commands)):
        points = places[first : first + 1 + len(part[1])]
        points = straightened(points, STRAY) if part[2] else points
        first += 1 + len(part[1])
        kept += "M" + "L" * (len(points) - 1) + part[2]
        found.append(points)
    return kept, np.concatenate(found)


def straightened(points, stray):
    """`points`, (k, 2), without those that lie within `stray` of the line through the rest."""
    from matplotlib.path import Path

    path = Path(points)
    path.simplify_threshold = stray
    simple = path.cleaned(simplify=True)
    return simple.vertices[simple.codes != Path.STOP]


def _write(commands, tenths):
    """Path data of places in tenths; a command that comes again is left out, as SVG allows."""
    parts, before, start, (x, y) = [], "", (0, 0), (0, 0)
    places = iter(tenths)
    for command in commands:
        if command == "z":
            x, y = start
            parts.append("z")
        elif command == "M":
            x, y = start = next(places)
            parts.append(f"M{_tenth(x).lstrip()}{_tenth(y)}")
        else:
            ends = [next(places) for _ in range(_PLACES[command])]
            if command == "L" and ends[0] == [x, y]:
                continue
            words = "".join(_tenth(u - x) + _tenth(v - y) for u, v in ends)
            parts.append(words if command == before else command.lower() + words.lstrip())
            x, y = ends[-1]
        before = command
    return "".join(parts)


@lru_cache(65536)
def _tenth(number):
    """A number of tenths as a word that may follow another: ` 1.2` or `-.3`."""
    word = f"{number / 10:.1f}".removesuffix(".0").replace("-0.", "-.").removeprefix("0") or "0"
    return word if number < 0 else f" {word}"
