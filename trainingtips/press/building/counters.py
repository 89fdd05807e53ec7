"""Counter-results: what could have come out instead, and what claim() then has to refuse.

`tests/counter/<section>/<name>.py` has a function for each conjunct of the claim of
`figures/<section>/<name>.py`. Its docstring's first paragraph is that conjunct, in the sentence's
own words, with an … for what is left out between them; words of the caption, and of how it was
measured, are allowed for what only they say. Given the kept result, it changes numbers to
others that could have come out, and with which those words are false.

Where a project has the folder `tests/counter`, a figure is built only where every part of its
sentence has such a function, claim() refuses what each of them leaves, and each assertion of
claim() refuses one at least. Without the folder nothing is asked.
"""

import ast
import hashlib
import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from trainingtips.press.base import paths
from trainingtips.press.base.errors import ResultError, ScriptError
from trainingtips.press.kept import assertions, claims, results, scripts

# what a sentence is cut at, into parts each of which has a counter-result
_JOINS = r"(?:and|or|but|while|whereas)\s+"
_BETWEEN = re.compile(rf"[,;:]\s+(?:{_JOINS})?|\s+{_JOINS}")
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Counters:
    """The counter-results of one claim, as they are read."""

    path: str  # of their file, relative to the root
    text: bytes
    words: dict  # {function: the words that it makes false}

    @property
    def digest(self):
        return hashlib.sha256(self.text).hexdigest()


def read(root, script):
    """The `Counters` of `script`; None where the project asks for none, or it has no claim.

    Raises ScriptError, with what to write, where they are not there, where words of theirs are not
    in the claim, and where a part of it has none.
    """
    if script.shared or not (Path(root) / scripts.COUNTERS).is_dir():
        return None
    path = script.counters_path.as_posix()
    if not paths.is_inside(root, path):
        raise ScriptError(f"{path}: a link that leads out of the project; put the file itself here")
    try:
        text = (Path(root) / path).read_bytes()
    except FileNotFoundError:
        raise ScriptError(
            f"{path} is missing: a claim needs counter-results, plausible ones in which it is "
            f"false and which claim() refuses. Write there, with numbers in place of …\n"
            f"{stub(script.claim)}"
        ) from None
    words = _functions(path, text)
    _check_words(path, words, script)
    return Counters(path, text, words)


def stub(claim):
    """The functions to begin with, one for each part of the sentence; they change nothing yet.

    >>> print(stub("It rises, and falls."))
    def part_1(result):
        \"""It rises\"""
        result["…"] = …
    <BLANKLINE>
    <BLANKLINE>
    def part_2(result):
        \"""falls\"""
        result["…"] = …
    """
    told = (claim[start:end].rstrip(".") for start, end in parts(claim))
    return "\n\n\n".join(
        f'def part_{number}(result):\n    """{words}"""\n    result["…"] = …'
        for number, words in enumerate(told, 1)
    )


def parts(claim):
    """The parts of a sentence, each the (start, end) of its words.

    >>> claim = "At B = 4, noise helps and speed does not."
    >>> [claim[start:end] for start, end in parts(claim)]
    ['At B = 4', 'noise helps', 'speed does not.']
    """
    found, start = [], 0
    for between in _BETWEEN.finditer(claim):
        found.append((start, between.start()))
        start = between.end()
    return [(a, b) for a, b in [*found, (start, len(claim))] if _WORD.search(claim[a:b])]


def places(words, claim):
    """Where the words stand in the sentence: [(start, end)] of each run of them; None if not there.

    >>> places("noise … hurts", "Large noise never hurts.")
    [(6, 11), (18, 23)]
    """
    found, end, sentence = [], 0, claim.lower()
    for run in filter(None, (" ".join(each.split()) for each in words.split("…"))):
        start = sentence.find(run.lower(), end)
        if start < 0:
            return None
        end = start + len(run)
        found.append((start, end))
    return found or None


def _functions(path, text):
    """{function: its words} of that file."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ScriptError(f"{path}:{line}: {getattr(error, 'msg', error)}") from None
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            words = (ast.get_docstring(node) or "").partition("\n\n")[0]
            if not words:
                raise ScriptError(
                    f"{path}:{node.lineno}: {node.name} does not say which words of the claim it "
                    f"makes false; they are its docstring"
                )
            found[node.name] = words
    return found


def _check_words(path, words, script):
    claim, touched = script.claim, []
    others = [" ".join(text.split()) for text in (script.caption, script.measured)]
    for function, told in words.items():
        where = places(told, claim)
        if where is None and not any(places(told, text) for text in others):
            raise ScriptError(
                f"{path}: {function} makes {' '.join(told.split())!r} false, which the claim does "
                f"not say; take words of it, with … for what is left out: {claim}"
            )
        touched += where or []
    for start, end in parts(claim):
        if not any(a < end and start < b for a, b in touched):
            raise ScriptError(
                f"{path}: no counter-result for {claim[start:end]!r} of the claim; write one in "
                f"which just that is false:\n{stub(claim[start:end]).replace('part_1', 'name')}"
            )


def check(root, script, module, kept):
    """Raise ScriptError where claim() accepts a counter-result, or an assertion refuses none.

    `module` is the script, imported; `kept` the result that its claim() accepts. All faults are
    told at once.
    """
    counters = read(root, script)
    if counters is None:
        return
    faults, refused = [], set()
    for name, function in _made(root, counters).items():
        try:
            refused.update(_refused_at(root, script, module, kept, counters, name, function))
        except ScriptError as fault:
            faults.append(str(fault))
    for node in assertions.asserted(ast.parse((Path(root) / script.path).read_bytes())):
        if not any(node.lineno <= line <= node.end_lineno for line in refused):
            faults.append(
                f"{script.path}:{node.lineno}: no counter-result of {counters.path} is refused by "
                f"this assertion, so that nobody knows whether it can fail; write one that comes "
                f"to it: {ast.unparse(node).partition(', f')[0]}"
            )
    if faults:
        raise ScriptError("\n".join(faults))


def _refused_at(root, script, module, kept, counters, name, function):
    """Lines of the script where claim() refuses what `function` makes. Raises ScriptError."""
    changed = _changed(root, counters.path, name, function, kept)
    error = claims.refusal(module, changed, script.illustration)
    if error is None:
        raise ScriptError(
            f"{counters.path}: {name}: claim() accepts it, though {counters.words[name]!r} is "
            f"false in it; assert those words in {script.path}, or make them false here"
        )
    if not isinstance(error, AssertionError):
        raise ScriptError(
            f"{counters.path}: {name}: claim() refuses it by no assertion, it raises "
            f"{type(error).__name__}: {error}"
        )
    frames, own = traceback.extract_tb(error.__traceback__), str(Path(root) / script.path)
    return [frame.lineno for frame in frames if frame.filename == own]


def _made(root, counters):
    """{name: function} of the file, which is run."""
    space = {"__name__": "counter", "__file__": counters.path}
    try:
        exec(compile(counters.text, str(Path(root) / counters.path), "exec"), space)
    except Exception as error:
        raise ScriptError(_told(root, counters.path, error)) from None
    return {name: space[name] for name in counters.words}


def _changed(root, path, name, function, kept):
    """The kept result as that function leaves it. Raises ScriptError where it is no result."""
    result = kept.result
    try:
        if function(result) is not None:
            raise ScriptError(
                f"{path}: {name} changes the result that it is given, and returns None"
            )
        plain = results.encode(result)
    except ScriptError:
        raise
    except ResultError as error:
        raise ScriptError(f"{path}: {name} leaves what no result can be: {error}") from None
    except Exception as error:
        raise ScriptError(_told(root, path, error)) from None
    where = _other_form(kept.plain, plain)
    if where:
        raise ScriptError(
            f"{path}: {name} changes the form of {where}; a counter-result has other numbers under "
            f"the same names"
        )
    if plain == kept.plain:
        raise ScriptError(f"{path}: {name} changes nothing")
    return results.decode(plain)


def _other_form(one, other, where="result"):
    """Where two plain results have other names or kinds; "" where they have not."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(one[name], other[name], f"{where}.{name}") for name in one]
    elif isinstance(one, list) and isinstance(other, list):
        like = [*one, *one[-1:] * (len(other) - len(one))]  # there may be more of them, or fewer
        pairs = [(a, b, f"{where}[{i}]") for i, (a, b) in enumerate(zip(like, other, strict=False))]
    else:
        return "" if _kind(one) == _kind(other) != "" else where
    return next(filter(None, (_other_form(*pair) for pair in pairs)), "")


def _kind(value):
    if isinstance(value, bool | str):
        return type(value).__name__
    return "number" if isinstance(value, int | float) else ""


def _told(root, path, error):
    own = str(Path(root) / path)
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == own]
    where = f"{path}:{lines[-1]}" if lines else path
    return f"{where}: {type(error).__name__}: {error}"
