"""Kept results: what compute() returned, as a file that a person can read and review.

`results/<section>/<name>.json` holds `key`, `digest`, `seal`, `verdict`, `seconds`, `environment`,
`needs` and `result`. Floats have six significant digits and dictionaries a stable order, so a
changed number is a readable line of a diff. The digest is the result's own hash: a number changed
by hand is found. The seal is one over all the rest (see `seals`). Reading executes nothing.
"""

import functools
import importlib
import json
import math
import re
import stat
import textwrap
from dataclasses import dataclass, field, replace
from pathlib import Path

from trainingtips.press.base import paths
from trainingtips.press.base.errors import ResultError
from trainingtips.press.kept import keys, seals
from trainingtips.statistics import Measured

DIGITS = 6
DEPTH = 32  # of lists within lists; numpy's arrays have at most so many axes
WHOLE = 2**63  # whole numbers lie below it, so that an array of them is one of numbers
BYTES = 64 * 2**20  # a larger file is no kept result
FIELDS = {
    "key": str,
    "digest": str,
    "verdict": str,
    "seconds": (int, float),
    "environment": dict,
    "result": dict,
}
SEALED = {"seal": str, "needs": dict}  # what a result of an earlier version lacks
_MEASURED = {"mean", "low", "high", "n"}
_LINE = 96
# control characters but for tab and newline, and halves of surrogate pairs
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Kept:
    """A kept result and its provenance: `plain` is its JSON form, `result` what claims get."""

    key: str
    verdict: str
    seconds: float  # of processor time to compute it, on the machine in `environment`
    environment: dict
    plain: dict = field(repr=False)
    name: str = field(default="", compare=False)  # of the figure whose result it is; "" before
    needs: dict = field(default_factory=dict)  # {figure: digest} of what it was computed from

    @property
    def result(self):
        return decode(self.plain)

    def text(self):
        """The file's text."""
        head = {"key": self.key, "digest": keys.digest(self.plain), "seal": self.seal}
        head |= {name: getattr(self, name) for name in ("verdict", "seconds", "environment")}
        return _layout({**head, "needs": self.needs, "result": self.plain}) + "\n"

    @property
    def seal(self):
        """The seal of what it holds now."""
        return seals.make(vars(self) | {"digest": keys.digest(self.plain)})


class AlteredResult(ResultError):
    """A kept result that is not what a build kept; `kept` is what stands there.

    `fields` are those of `seals.FIELDS` that were changed, `what` the same in words.
    """

    def __init__(self, message, kept, fields=("digest",)):
        super().__init__(message)
        self.kept, self.fields, self.what = kept, fields, _listed(fields)


def encode(value, where="result", depth=0):
    """`value` as plain JSON data. Raises ResultError for what cannot be kept, saying where it is.

    >>> encode({"slope": 2.00000012, "losses": (1, 0.5)})
    {'slope': 2.0, 'losses': [1, 0.5]}
    """
    if depth > DEPTH:
        raise ResultError(f"{where[:60]}… is more than {DEPTH} deep: does it contain itself?")
    if _is_measured(type(value)):
        value = {name: getattr(value, name) for name in sorted(_MEASURED)}
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _whole(int(value), where)
    if isinstance(value, float):
        return _rounded(float(value), where)
    if isinstance(value, dict):
        return _dict(value, where, depth)
    if isinstance(value, list | tuple):
        return [encode(each, f"{where}[{index}]", depth + 1) for index, each in enumerate(value)]
    if hasattr(value, "detach"):  # a torch tensor, without importing torch
        return encode(_tensor(value, where), where, depth)
    if hasattr(value, "tolist") and getattr(value, "dtype", None) is not None:
        if value.dtype.kind not in "biufU":
            raise ResultError(f"{where} has dtype {value.dtype}; a result holds real numbers")
        if value.dtype.kind == "f":
            value = value.astype(float)  # a long double's tolist() is itself
        return encode(value.tolist(), where, depth)
    raise ResultError(
        f"{where} is of type {type(value).__name__}; a result holds numbers, strings, booleans, "
        f"lists, dictionaries, numpy arrays and Measured values"
    )


def _tensor(value, where):
    """A torch tensor as an array; those of half precision in a wider type, which is exact."""
    try:
        value = value.detach().cpu()
        return (value.float() if str(value.dtype) == "torch.bfloat16" else value).numpy()
    except (TypeError, RuntimeError) as error:  # sparse, quantised, of float8, of no data
        raise ResultError(f"{where} is a tensor that is no plain array: {error}") from None


def check_size(kept):
    """Raise ResultError for a result larger than `read` accepts: before it is written."""
    size = len(kept.text().encode())
    if size > BYTES:
        largest = max(kept.plain, key=lambda name: len(json.dumps(kept.plain[name])))
        raise ResultError(
            f"the result has {size:,} bytes as a file, {BYTES:,} are right at most; return what "
            f"the picture shows, such as a mean or each tenth value (most are in {largest!r})"
        )


def _is_measured(kind):
    """Also the class of a worker, which has imported the project's modules anew."""
    return (kind.__module__, kind.__name__) == (Measured.__module__, Measured.__name__)


def _dict(value, where, depth):
    names = [_name(name, where) for name in value]
    plain = {n: encode(value[n], f"{where}.{n}", depth + 1) for n in names}
    if plain.keys() == _MEASURED:
        _check_measured(plain, where)
    return plain


def _rounded(value, where):
    return float(f"{_finite(value, where):.{DIGITS}g}") + 0.0  # + 0.0 turns -0.0 into 0.0


def _finite(value, where):
    if not math.isfinite(value):
        raise ResultError(
            f"{where} is {value}; a result holds finite numbers. Say in the result what happened "
            f"instead, for instance with a count or a flag"
        )
    return value


def _whole(value, where):
    if not -WHOLE <= value < WHOLE:
        raise ResultError(
            f"{where} is a whole number of {value.bit_length()} bits; a result holds 64-bit ones. "
            f"Keep its logarithm, or the number as a string"
        )
    return value


def _text(value, where):
    """Text that a person can read in a file and on a terminal, and that UTF-8 can hold."""
    wrong = _UNREADABLE.search(value)
    if wrong:
        raise ResultError(f"{where} holds the character {wrong[0]!r}, which cannot be read")
    return value


def _name(name, where):
    if not isinstance(name, str):
        raise ResultError(f"{where} has the key {paths.shown(name)}; keys are strings")
    if not name.isprintable():
        raise ResultError(f"{where} has the key {paths.shown(name)}, which cannot be read")
    return name


def _check_measured(plain, where):
    if any(type(each) not in (int, float) for each in plain.values()):
        raise ResultError(f"{where} has the names of a Measured value, and not its numbers")
    try:
        Measured(**plain)
    except ValueError as error:
        raise ResultError(f"{where} is no Measured value: {error}") from None


def _check(value, where="result", depth=0):
    """Raise ResultError for what `encode` would never have written."""
    kind = type(value)
    if depth > DEPTH:
        raise ResultError(f"{where[:60]}… is more than {DEPTH} deep")
    if kind is float:
        _finite(value, where)
    elif kind is int:
        _whole(value, where)
    elif kind is str:
        _text(value, where)
    elif kind is list:
        for index, each in enumerate(value):
            if type(each) is not float or not math.isfinite(each):  # most are, by the thousand
                _check(each, f"{where}[{index}]", depth + 1)
    elif kind is dict:
        for name, each in value.items():
            _check(each, f"{where}.{_name(name, where)}", depth + 1)
        if value.keys() == _MEASURED:
            _check_measured(value, where)
    elif kind is not bool:
        raise ResultError(f"{where} is {value!r}, which is no number, text, list or object")


def decode(value):
    """What claim() and draw() are given: Measured values, and numpy arrays for lists of numbers."""
    if isinstance(value, dict):
        if value.keys() == _MEASURED:
            return importlib.import_module(Measured.__module__).Measured(**value)
        return {name: decode(each) for name, each in value.items()}
    if isinstance(value, list):
        return _array(value) if _shape(value) else [decode(each) for each in value]
    return value


def without(result, parts, make=lambda rest, left_out: rest):
    """`result` without `parts`, dotted paths of its dictionaries; those it has not are passed over.

    Each dictionary that lacks something is what `make(rest, names left out)` returns.

    >>> without({"y": 1, "runs": {"a": 2, "b": 3}}, ["runs.a"])
    {'y': 1, 'runs': {'b': 3}}
    """
    names = {part for part in parts if part in result}
    below = [part.split(".", 1) for part in parts if part not in names and "." in part]
    inner = {name: [p for n, p in below if n == name] for name, _ in below}
    rest = {
        name: without(value, inner[name], make)
        if name in inner and isinstance(value, dict)
        else value
        for name, value in result.items()
        if name not in names
    }
    return make(rest, names) if names else rest


def has(result, part):
    """Whether `part`, a dotted path, is one of `result`."""
    for name in part.split("."):
        if not isinstance(result, dict) or name not in result:
            return False
        result = result[name]
    return True


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


def kept(root, name):
    """The `Kept` result of the figure `name` of the project at `root`. Raises ResultError.

    A link that leads out of the project is not followed: what lies there is not its to publish.
    """
    path = Path("results") / f"{name}.json"
    if not paths.is_inside(root, path):
        raise ResultError(f"{path}: a link that leads out of the project; put the file itself here")
    return read(Path(root) / path)


def read(path):
    """The `Kept` result in that file.

    Raises ResultError, and nothing else, where there is none, where the file is not a kept result,
    and where a field of it is not the one that its digest or its seal was made of. A result of an
    earlier version has no seal; a build computes it anew.
    """
    path = Path(path)
    where = "/".join(path.parts[-3:])
    mend = "restore it (git checkout), or compute it again: python -m trainingtips figures --force "
    mend += f"{path.parent.name}/{path.stem}"
    data = _bytes(path, where)
    try:
        kept, content, found = _opened(data)
    except (ValueError, RecursionError, ResultError) as error:
        raise ResultError(f"{where}: not a kept result: {error}; {mend}") from None
    kept = replace(kept, name=f"{path.parent.name}/{path.stem}", needs=content.get("needs", {}))
    expected = content["digest"]
    if found != expected:
        raise AlteredResult(
            f"{where}: its numbers are not those that were measured (expected digest "
            f"{expected[:12]}, found {found[:12]}): changed by hand or by a merge; {mend}",
            kept,
        )
    fields = seals.altered(vars(kept) | content, content["seal"]) if "seal" in content else []
    if fields:
        raise AlteredResult(f"{where}: {_told(fields)}; {mend}", kept, fields)
    return kept


def head(data):
    """What stands before the result in a file of these bytes; {} where that cannot be read.

    Quick, and not checked: for what is only compared, and read whole before it is used.
    """
    start, found, _ = data.partition(b'\n  "result": ')
    try:
        content = json.loads(start.rstrip().rstrip(b",") + b"}") if found else {}
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _told(fields):
    if "name" in fields:
        return "it was kept as the result of another figure: renamed, or put in its place"
    return f"its {_listed(fields)} changed since it was kept: by hand or by a merge"


def _listed(fields):
    return " and its ".join({"digest": "numbers"}.get(each, each) for each in fields)


@functools.lru_cache(maxsize=256)  # by its bytes: a page asks for one result at each of its numbers
def _opened(data):
    """(`Kept`, the file's content, the digest of what stands there) of a file's bytes."""
    content = _parsed(data)
    kept = Kept(*(content[name] for name in ("key", "verdict", "seconds", "environment", "result")))
    return kept, content, keys.digest(kept.plain)


def _bytes(path, where):
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # a pipe would be waited for, a device never ends
            raise ResultError(f"{where}: cannot be read: it is not a file")
        if about.st_size > BYTES:
            raise ResultError(f"{where}: not a kept result: it has {about.st_size:,} bytes")
        return path.read_bytes()
    except FileNotFoundError:
        raise ResultError(f"{where}: there is no such result") from None
    except OSError as error:
        raise ResultError(f"{where}: cannot be read: {error.strerror}") from None
    except ValueError:  # a NUL in the path
        raise ResultError(f"{paths.shown(where)}: there is no such result") from None


def _parsed(data):
    """The content of a file, every field checked. Raises ValueError, ResultError."""
    options = {"parse_constant": _no_constant, "object_pairs_hook": _unique}
    content = json.loads(data.decode("utf-8"), **options)
    if not isinstance(content, dict):
        raise ValueError(f"expected an object, found {type(content).__name__}")
    for name, kind in FIELDS.items():
        if name not in content:
            raise ValueError(f"it has no {name!r}")
        if not isinstance(content[name], kind) or isinstance(content[name], bool):
            raise ValueError(f"its {name!r} is of type {type(content[name]).__name__}")
        _check(content[name], name)
    unknown = content.keys() - FIELDS.keys()
    if unknown & SEALED.keys():
        _check_sealed(content)
        unknown -= SEALED.keys()
    if unknown:
        raise ValueError(f"it has the unknown field {paths.shown(min(unknown))}")
    if not _DIGEST.fullmatch(content["digest"]):
        raise ValueError(f"its digest is {paths.shown(content['digest'])}")
    if content["seconds"] < 0:
        raise ValueError(f"it took {content['seconds']} seconds")
    return content


def _check_sealed(content):
    for name, kind in SEALED.items():
        if not isinstance(content.get(name), kind):
            raise ValueError(f"its {name!r} is of type {type(content.get(name)).__name__}")
    if not seals.FORM.fullmatch(content["seal"]):
        raise ValueError(f"its seal is {paths.shown(content['seal'])}")
    for name, digest in content["needs"].items():
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise ValueError(f"its need {paths.shown(name)} has no digest")


def _no_constant(name):
    raise ValueError(f"it holds {name}, which is not a number")


def _unique(pairs):
    found = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"it has {paths.shown(name)} twice")
        found[name] = value
    return found


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
