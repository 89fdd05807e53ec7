"""Which tests are left to `make test-long`: those that rare.txt names, a line each.

`make test-long PART=2/4` runs a quarter of them: by their names, so that four parts are the whole.
"""

import re
import zlib
from collections import Counter
from pathlib import Path

import pytest

LIST = Path(__file__).with_name("rare.txt")
_LINE = re.compile(r"(?P<test>\S+\.py::\w+)(\[(?P<kept>[1-9]\d*):\])?")


def read(text):
    """{test: how many of its cases stay in `make test`}. Raises ValueError for another line."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = {}
    for line in lines:
        match = _LINE.fullmatch(line)
        if not match or match["test"] in found:
            raise ValueError(f"{LIST.name}: a test of its own, with [k:] or not; received {line}")
        found[match["test"]] = int(match["kept"] or 0)
    return found


def mark(items):
    """Put the mark `long` on all but the first cases of the tests in the list."""
    kept, seen = read(LIST.read_text("utf-8")), Counter()
    for item in items:
        test = item.nodeid.split("[")[0]
        if test not in kept or item.get_closest_marker("long"):
            continue
        seen[test] += 1
        if seen[test] > kept[test]:
            item.add_marker(pytest.mark.long)


def parted(items, text):
    """(kept, left out) of the tests: of the long ones those of the part `text`, such as "2/4".

    Raises UsageError for another text.
    """
    match = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
    part, parts = map(int, match.groups()) if match else (1, 0)
    if part > parts:
        raise pytest.UsageError(f"a part is 1/4, 2/4, 3/4 or 4/4, say; received {text}")
    kept, left = [], []
    for item in items:
        other = zlib.crc32(item.nodeid.encode()) % parts != part - 1
        (left if other and item.get_closest_marker("long") else kept).append(item)
    return kept, left
