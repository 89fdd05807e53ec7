"""Records: what a figure's pictures were last made from, `build/figures/<section>/<name>.json`.

A record says which result and which code its pictures show, and the pictures' own hashes. It lies
beside them and is written last, so that no half-made figure has one.
"""

import json
import re
from pathlib import Path

FOLDER = "build/figures"
FORMAT = 1
PICTURES = 6  # format of the pictures; raising it draws all of them again
WIDE, NARROW = 720, 344  # CSS pixels
LAYOUTS = {"": WIDE, ".narrow": NARROW}
THEMES = ("light", "dark")
_KEYS = ("result_key", "result_hash", "picture_key")
_HASH = re.compile(r"[0-9a-f]{64}")


def picture_names(script):
    """The file names of the pictures of `script`, a set; a shared experiment has none."""
    stem = script.name.partition("/")[2]
    every = {f"{stem}{layout}.{theme}.svg" for layout in LAYOUTS for theme in THEMES}
    return set() if script.shared else every


def read(root, script):
    """The record of `script`; empty where there is none that can be trusted: then it is drawn.

    Never raises: a record is made again from what it describes.
    """
    try:
        record = json.loads((Path(root) / FOLDER / f"{script.name}.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return record if _is_whole(record, script) else {}


def _is_whole(record, script):
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        return False
    pictures = record.get("pictures")
    if not isinstance(pictures, dict) or pictures.keys() != picture_names(script):
        return False  # its own names alone: a name is a path, and its file is published
    return all(_is_hash(record.get(key)) for key in _KEYS) and all(
        isinstance(picture, dict)
        and _is_hash(picture.get("sha256"))
        and all(_is_length(picture.get(side)) for side in ("width", "height"))
        for picture in pictures.values()
    )


def _is_hash(value):
    return isinstance(value, str) and _HASH.fullmatch(value)


def _is_length(value):
    return type(value) is int and 0 < value < 10_000
