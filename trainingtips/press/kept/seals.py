"""Seals: whether a kept result is, in every field, what a build wrote, and in its own place.

A result's `seal` is one hash over its figure's name, key, digest, verdict, seconds, environment and
the digests of the results that it was computed from; behind it stand three digits of each field's
own hash, which tell the field that was changed. `results/SEAL` has the seal of every result, a line
each: a result that was put in another's place, or brought back from an older build, is not the one
that stands there.

An empty line between two keeps git from taking neighbours for one change: branches that changed
different results merge. Where they do not, as with two new results side by side, no hand is needed:
a result may have several lines while a merge is open, whatever is no such line is passed over, and
the next build writes the file anew. It holds both lines, too, while a result is being replaced, so
that a build that is killed leaves no result without its line.

Whoever can compute a seal can forge it. It tells accidents and careless edits; the judge of a
number is `make reproduce`, which computes it again.
"""

import re
from pathlib import Path

from trainingtips.press.base import files, paths
from trainingtips.press.kept import keys

PATH = "results/SEAL"
FIELDS = ("name", "key", "digest", "verdict", "seconds", "environment", "needs")
SHORT = 3  # hexadecimal digits that tell which field was changed
FORM = re.compile(rf"[0-9a-f]{{64}}( [0-9a-f]{{{SHORT}}}){{{len(FIELDS)}}}")
HEAD = 2**14  # bytes in which a file's seal stands; environments are short
BYTES = 2**22  # of SEAL; more is no list of results
_LINE = re.compile(r"(?P<seal>[0-9a-f]{64})  (?P<name>\S{1,200})")
_IN_FILE = re.compile(rb'"seal"\s*:\s*"([0-9a-f]{64}) ')


def make(content):
    """The seal of a result's `content`, a dictionary that has the `FIELDS`."""
    whole = keys.digest([content[each] for each in FIELDS])
    return " ".join([whole, *(keys.digest(content[each])[:SHORT] for each in FIELDS)])


def altered(content, seal):
    """Which of `FIELDS` are not those that `seal` was made of; ["seal"] where that is not known.

    >>> content = dict.fromkeys(FIELDS, "") | {"seconds": 1.5}
    >>> altered(content | {"seconds": 2.5}, make(content)), altered(content, make(content))
    (['seconds'], [])
    """
    now = make(content)
    if now == seal:
        return []
    pairs = zip(FIELDS, now.split()[1:], seal.split()[1:], strict=True)
    return [field for field, here, there in pairs if here != there] or ["seal"]


def of(path):
    """The seal of the result in that file, 64 digits; "" where there is none. Never raises."""
    try:
        if not Path(path).is_file():
            return ""
        with Path(path).open("rb") as file:
            found = _IN_FILE.search(file.read(HEAD))
    except OSError:
        return ""
    return found[1].decode() if found else ""


class Book:
    """`results/SEAL` of the project at `root`: for each result the seals that it may have."""

    def __init__(self, root):
        self.root, self.path = Path(root), Path(root) / PATH
        self.text = self._read()
        self.known = {}
        for match in map(_LINE.fullmatch, self.text.splitlines()):
            if match:
                self.known.setdefault(match["name"], set()).add(match["seal"])

    def _read(self):
        try:
            if not paths.is_inside(self.root, PATH) or self.path.stat().st_size > BYTES:
                return ""
            return self.path.read_text("utf-8", "replace") if self.path.is_file() else ""
        except OSError:
            return ""

    def has(self, name):
        """Whether the result of that figure, as it is now, is the one that stands here."""
        return of(self.root / "results" / f"{name}.json") in self.known.get(name, ())

    def with_line(self, name, seal):
        """The file's bytes with that line as well; older ones of `name` stay until it is tidied."""
        self.known.setdefault(name, set()).add(seal.partition(" ")[0])
        return _bytes(self.known)

    def is_tidy(self, names):
        """Whether the file has one line for each result of `names`, and nothing else."""
        return self._tidied(names).decode() == self.text

    def tidy(self, names):
        """Write the file anew where it is not tidy; a line that no result has any more goes."""
        data = self._tidied(names)
        if data.decode() != self._read():
            files.replace(self.path, data)

    def _tidied(self, names):
        found = {}
        for name in self.known.keys() & set(names):
            here = {of(self.root / "results" / f"{name}.json")}
            found[name] = here & self.known[name] or self.known[name]
        return _bytes(found)


def _bytes(known):
    lines = (f"{seal}  {name}\n" for name in sorted(known) for seal in sorted(known[name]))
    return "\n".join(lines).encode()
