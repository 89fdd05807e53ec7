"""What the records of the judges share: a file in results/ with an entry for each name."""

import json
from pathlib import Path

from trainingtips.press.base import files
from trainingtips.press.base.errors import ResultError
from trainingtips.press.kept import results


def read(root, path, number, field, entry, what, mend):
    """{name: entry(name, plain)} of the record at `path`, of format `number`; {} where none is.

    `entry` raises AttributeError, KeyError, TypeError or ValueError for what is none. Raises
    ResultError for a file that is not `what`, with the way to `mend` it.
    """
    try:
        data = (Path(root) / path).read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        content = json.loads(data, object_pairs_hook=results._unique)
        if content["format"] != number:
            raise ValueError(f"its format is {content['format']!r}, expected {number}")
        return {name: entry(name, plain) for name, plain in content[field].items()}
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else error
        raise ResultError(f"{path}: not {what}: {reason}; {mend}") from None


def write(root, path, number, field, plain):
    """Keep the record, whole or not at all."""
    text = results._layout({"format": number, field: plain}) + "\n"
    files.replace(Path(root) / path, text.encode())
