"""Kept results: what compute() returned, as a file that a person can read and review.

`results/<section>/<name>.json` holds `key`, `digest`, `verdict`, `seconds`, `environment` and
`result`. Floats have six significant digits and dictionaries a stable order, so a changed number is
a readable line of a diff. The digest is the result's own hash: a number changed by hand is found.
Reading executes nothing.
"""

import json
import math
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from trainingtips.press import keys
from trainingtips.press.errors import ResultError
from trainingtips.statistics import Measured

DIGITS = 6
FIELDS = {
    "key": str,
    "digest": str,
    "verdict": str,
    "seconds": (int, float),
    "environment": dict,
    "result": dict,
}
_MEASURED = {"mean", "low", "high", "n"}
_LINE = 96


@dataclass(frozen=True)
class Kept:
    """A kept result and its provenance: `plain` is its JSON form, `result` what claims get."""

    key: str
    verdict: str
    seconds: float  # to compute it, on one core of the machine in `environment`
    environment: dict
    plain: dict = field(repr=False)

    @property
    def result(self):
        return decode(self.plain)

    def text(self):
        """The file's text."""
        head = {
            "key": self.key,
            "digest": keys.digest(self.plain),
            "verdict": self.verdict,
            "seconds": self.seconds,
            "environment": self.environment,
        }
        return _layout({**head, "result": self.plain}) + "\n"


class AlteredResult(ResultError):
    """A kept result whose numbers are not those that were measured; `kept` is what stands there."""

    def __init__(self, message, kept):
        super().__init__(message)
        self.kept = kept


def encode(value, where="result"):
    """`value` as plain JSON data. Raises ResultError for what cannot be kept, saying where it is.

    >>> encode({"slope": 2.00000012, "losses": (1, 0.5)})
    {'slope': 2.0, 'losses': [1, 0.5]}
    """
    if isinstance(value, Measured):
        return {name: encode(getattr(value, name), f"{where}.{name}") for name in sorted(_MEASURED)}
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _rounded(float(value), where)
    if isinstance(value, dict):
        return {_text_key(name, where): encode(v, f"{where}.{name}") for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [encode(each, f"{where}[{index}]") for index, each in enumerate(value)]
    if hasattr(value, "detach"):  # a torch tensor, without importing torch
        return encode(value.detach().cpu().numpy(), where)
    if hasattr(value, "tolist") and getattr(value, "dtype", None) is not None:
        if value.dtype.kind not in "biufU":
            raise ResultError(f"{where} has dtype {value.dtype}; a result holds real numbers")
        return encode(value.tolist(), where)
    raise ResultError(
        f"{where} is of type {type(value).__name__}; a result holds numbers, strings, booleans, "
        f"lists, dictionaries, numpy arrays and Measured values"
    )


def _rounded(value, where):
    if not math.isfinite(value):
        raise ResultError(
            f"{where} is {value}; a result holds finite numbers. Say in the result what happened "
            f"instead, for instance with a count or a flag"
        )
    return float(f"{value:.{DIGITS}g}") + 0.0  # + 0.0 turns -0.0 into 0.0


def _text_key(name, where):
    if not isinstance(name, str):
        raise ResultError(f"{where} has the key {name!r}; keys are strings")
    return name


def decode(value):
    """What claim() and draw() are given: Measured values, and numpy arrays for lists of numbers."""
    if isinstance(value, dict):
        if value.keys() == _MEASURED:
            return Measured(**value)
        return {name: decode(each) for name, each in value.items()}
    if isinstance(value, list):
        return _array(value) if _shape(value) else [decode(each) for each in value]
    return value


def _shape(value):
    """Shape of a rectangular list of numbers; None for anything else."""
    if isinstance(value, int | float):
        return ()
    if not isinstance(value, list):
        return None
    shapes = {_shape(each) for each in value}
    if len(shapes) > 1 or None in shapes:
        return None
    return (len(value), *(shapes.pop() if shapes else ()))


def _array(value):
    import numpy

    return numpy.array(value)


def read(path):
    """The `Kept` result in that file.

    Raises ResultError where there is none, where the file is not a kept result, and where its
    result is not the one that its digest was made of.
    """
    path = Path(path)
    where = "/".join(path.parts[-3:])
    mend = "restore it (git checkout), or compute it again: python -m trainingtips figures --force "
    mend += f"{path.parent.name}/{path.stem}"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ResultError(f"{where}: there is no such result") from None
    except OSError as error:
        raise ResultError(f"{where}: cannot be read: {error.strerror}") from None
    try:
        content = json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ResultError(f"{where}: not a kept result: {error}; {mend}") from None
    problem = _problem(content)
    if problem:
        raise ResultError(f"{where}: not a kept result: {problem}; {mend}")
    kept = Kept(*(content[name] for name in ("key", "verdict", "seconds", "environment", "result")))
    found = keys.digest(kept.plain)
    if found != content["digest"]:
        raise AlteredResult(
            f"{where}: its numbers are not those that were measured (expected digest "
            f"{content['digest'][:12]}, found {found[:12]}): changed by hand or by a merge; {mend}",
            kept,
        )
    return kept


def _no_constant(name):
    raise ValueError(f"it holds {name}, which is not a number")


def _problem(content):
    if not isinstance(content, dict):
        return f"expected an object, found {type(content).__name__}"
    for name, kind in FIELDS.items():
        if name not in content:
            return f"it has no {name!r}"
        if not isinstance(content[name], kind) or isinstance(content[name], bool):
            return f"its {name!r} is of type {type(content[name]).__name__}"
    unknown = content.keys() - FIELDS.keys()
    return f"it has the unknown field {sorted(unknown)[0]!r}" if unknown else None


def _layout(value, indent=""):
    """JSON with a line for each key and short lines for arrays: a diff shows what changed."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        if value.keys() == _MEASURED:
            return json.dumps(value, sort_keys=True)
        lines = (
            f"{inner}{json.dumps(name, ensure_ascii=False)}: {_layout(value[name], inner)}"
            for name in value
        )
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(each, list | dict) for each in value):
        return "[\n" + ",\n".join(inner + _layout(v, inner) for v in value) + f"\n{indent}]"
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, list) and len(indent) + len(text) > _LINE and _shape(value):
        lines = textwrap.wrap(text[1:-1], _LINE - len(inner), break_on_hyphens=False)
        return "[\n" + "\n".join(inner + line for line in lines) + f"\n{indent}]"
    return text
