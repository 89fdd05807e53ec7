"""The contract of a figure script, read without running it.

`figures/<section>/<name>.py` states a claim (first line of its docstring) with a caption (the first
paragraph after it: `CAPTION` words at most, the claim's included; the other paragraphs say how it
was measured), says in `ALT` what the picture shows, and has `compute()`, `claim(result)` and
`draw(result, figure)`. A shared experiment, `figures/<section>/_<name>.py`, has a docstring and
`compute()` alone; a `compute(runs)` is given the kept result of `_runs.py`, else of `runs.py`, of
its own section. Behind a star it may offer `data` and `device`, with defaults, for `show --data
mnist --device cuda`. `CHAOS = "why"` says that another processor's rounding grows into other
numbers: `reproduce` then compares its `Measured` values alone (see `compare`). `ILLUSTRATION =
("losses",)` names what of the result is drawn and not claimed, such as single paths of training:
only the same processor has to repeat it, and claim() may not read it. A long compute() names its
parts with `trainingtips.parallel.each`: they are done at once, by this machine's processes or on a
cluster. All chance comes by `trainingtips.chance` (see `generators`).

`SETTINGS = {"fashion_cnn": {"data": "fashion", "network": "filters", "optimiser": "SGD"}}` names on
what else the claim is tried: compute(*, setting=None) is given that dictionary, and claim() judges
its result (see `checking.settings`). It may have more, such as rates, and `inputs`, files that
are read instead of those of INPUTS. A text instead of a dictionary says why that setting is not
tried.

`REPEATS = {"claim": "batch/shuffle", "setting": "mnist_whole", "data": …, "network": …,
"optimiser": …}` says of a figure of its own, such as one from a record of a GPU, that it repeats
another's claim: its result's `elsewhere` lists what of that did not come out, in words.

For the claims ledger, `NUMBER = "slope {slopes.first | interval(2)} of the error"` says which
numbers of the result the claim is about, as pages write them: a dotted path and filters (see
`numbers`), a `Measured` value with its interval. `REPORTED = "10.6 points on ImageNet [@wu2018]"`
says what others found, with its citation. Both are read without running the script, count for the
picture's key and not for the result's, and are checked when the site is built (see `ledger`).
"""

import ast
import difflib
import functools
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from trainingtips.press.base import paths
from trainingtips.press.base.errors import ScriptError, UsageError, UserError
from trainingtips.press.kept import assertions, generators, sources

VERDICTS = ("holds", "regime", "not reproduced")
SHAPES = {"claim": ("claim(result)", 1), "draw": ("draw(result, figure)", 2)}
# what compute(…, *, data="digits") may offer to `show --data`; and a setting, see SETTINGS
OPTIONS = {"data", "device", "setting"}
CONSTANTS = ("ALT", "VERDICT", "HARDWARE", "INPUTS", "CHAOS", "ILLUSTRATION", "NUMBER", "REPORTED")
CONSTANTS += ("SETTINGS", "REPEATS")
SETTING = ("data", "network", "optimiser")  # what each setting has at least, in words
COUNTERS = "tests/counter"  # where a project has that folder, each claim has counter-results there
GPU = "gpu"  # HARDWARE of what only a machine with a GPU can measure
CAPTION = 60  # words under a figure, the claim's included; signs such as "=" are none
_WORD = re.compile(r"\S*\w\S*")
FIELD = re.compile(r"\{([^{}]*)\}")  # of NUMBER
CITATION = re.compile(r"\[@([A-Za-z][\w-]*)\]")  # of REPORTED
PART = re.compile(r"\w+(\.\w+)*")  # of a result: a dotted path of its dictionaries
NAME = re.compile(r"[a-z][a-z0-9_]*/_?[a-z][a-z0-9_]*", re.ASCII)


@dataclass(frozen=True)
class Script:
    """What a script says of itself. Names are `section/name`; paths are relative to the root."""

    name: str
    claim: str  # the docstring's first line
    caption: str  # the docstring's first paragraph after it, Markdown
    measured: str  # its other paragraphs: how it was measured
    alt: str
    verdict: str
    hardware: bool | str  # a record of a machine; GPU: of one that has such
    inputs: tuple[str, ...]  # files that compute() reads, relative to the root
    arguments: tuple[str, ...]  # parameters of compute(): results that it builds on
    chaos: str = ""  # why only its Measured values can be compared elsewhere
    illustration: tuple[str, ...] = ()  # parts of the result that only the same processor repeats
    number: str = ""  # the claim's own numbers, as {path | filters} in a text
    published: str = ""  # what others found, with citations
    # {setting: what compute() is given, or, a text, why it is not tried}
    settings: dict = field(default_factory=dict, hash=False)
    # whose claim it repeats, and on what: {"claim": …, "setting": …, "data": …, …}
    repeats: dict = field(default_factory=dict, hash=False)

    @property
    def section(self):
        return self.name.partition("/")[0]

    @property
    def shared(self):
        """An experiment that other scripts use: it has no claim and no picture of its own."""
        return self.name.partition("/")[2].startswith("_")

    @property
    def path(self):
        return Path("figures") / f"{self.name}.py"

    @property
    def result_path(self):
        return Path("results") / f"{self.name}.json"

    @property
    def counters_path(self):
        return Path(COUNTERS) / f"{self.name}.py"

    @property
    def module(self):
        return "figures." + self.name.replace("/", ".")


def is_name(name):
    """Whether that is a figure's name, section/name.

    >>> is_name("batch/_runs"), is_name("../batch/runs"), is_name("batch/ruñs"), is_name("a/b\\n")
    (True, False, False, False)
    """
    return bool(NAME.fullmatch(name)) and len(name) <= paths.LONGEST


def find_names(root):
    """Names of all scripts under `root/figures`, shared experiments included, sorted."""
    folder = os.path.join(root, "figures")
    return sorted(
        f"{section}/{name.removesuffix('.py')}"
        for section in _listed(folder)
        for name in _listed(os.path.join(folder, section))
        if name.endswith(".py") and name != "__init__.py"
    )


def _listed(folder):
    """What lies in that folder, nothing where it is none, and nothing hidden.

    A hidden folder is an editor's or a notebook server's, not ours.
    """
    try:
        return [name for name in os.listdir(folder) if not name.startswith(".")]
    except OSError:
        return []


def none_found(root):
    """The error to raise where a project was expected, and neither it nor one around it is there.

    >>> print(none_found("/home/me"))
    no scripts under /home/me/figures, nor in a folder above: run this in the project's folder
    """
    place = Path(root).resolve()
    return UserError(
        f"no scripts under {place}/figures, nor in a folder above: run this in the project's folder"
    )


def need(script, argument, names):
    """The script, of `names`, whose kept result `compute(argument)` is given; None without one."""
    near = (f"{script.section}/_{argument}", f"{script.section}/{argument}")
    return next((name for name in near if name in names), None)


def chaos(root, script):
    """Why rounding grows in `script`, or in what it builds on; "" where it does not."""
    names = set(find_names(root))
    found = filter(None, (need(script, argument, names) for argument in script.arguments))
    above = (chaos(root, read_script(root, name)) for name in found)
    return script.chaos or next(filter(None, above), "")


def find_scripts(root):
    """Every figure script under `root/figures`, by name (no shared experiments).

    Raises ScriptError for the first one that breaks the contract.
    """
    scripts = {name: read_script(root, name) for name in find_names(root)}
    return {name: script for name, script in scripts.items() if not script.shared}


def keep_read(root):
    """Keep what was read of the scripts, for the processes and builds to come."""
    _read_before(Path(root)).save()


@functools.lru_cache(maxsize=8)
def _read_before(root):
    return sources.Cache(root / "build/cache/scripts.json")


def read_script(root, name, cache=None):
    """The `Script` of that name. Raises ScriptError, naming the file and what is missing.

    `cache` (a `sources.Cache`; without one, what `keep_read` has kept) spares the parsing of a text
    that was read before.
    """
    path = Path(root) / "figures" / f"{name}.py"
    where = path.relative_to(root).as_posix()
    if not is_name(name):
        raise ScriptError(
            f"{paths.shown(where)}: a script's path is figures/<section>/<name>.py in lower-case "
            f"letters, digits and underscores, starting with a letter, {paths.LONGEST} at most"
        )
    if not paths.is_inside(root, f"figures/{name}.py"):
        raise ScriptError(
            f"{where}: a link that leads out of the project; put the file itself here"
        )
    data = path.read_bytes()
    shared = name.partition("/")[2].startswith("_")
    try:
        cache = cache or _read_before(Path(root))
        fields = cache.get(f"script-7-{shared}", data, lambda d: _fields(d, shared))
    except RecursionError:
        raise ScriptError(f"{where}: an expression is nested too deeply to be read") from None
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise ScriptError(f"{where}{f':{line}' if line else ''}: {error}") from None
    fields = fields | {key: tuple(fields[key]) for key in ("inputs", "arguments", "illustration")}
    return Script(name=name, **fields)


def _fields(data, shared):
    tree = ast.parse(data.decode())
    values = _constants(tree)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    first, caption, measured = _docstring(tree)
    if not shared or "ALT" in values:
        _check_alt(values)
    if not shared:
        _check_caption(f"{first} {caption}")
        for name, (shape, count) in SHAPES.items():
            _check_function(functions, name, shape, count)
        assertions.check_claim(tree)
        assertions.check_draw(tree)
    generators.check(tree)
    arguments = _compute_arguments(functions)
    verdict = values.get("VERDICT", "holds")
    if verdict not in VERDICTS:
        raise ValueError(f"VERDICT is {verdict!r}; it is one of {', '.join(map(repr, VERDICTS))}")
    hardware = values.get("HARDWARE", False)
    if hardware not in (True, False, GPU) or not isinstance(hardware, bool | str):
        raise ValueError(f"HARDWARE is {hardware!r}; it is True, False or {GPU!r}")
    chaos = values.get("CHAOS", "")
    if not isinstance(chaos, str) or ("CHAOS" in values and not chaos.strip()):
        raise ValueError(f"CHAOS says in words why rounding grows; received {chaos!r}")
    illustration = _illustration(values)
    number = _text(values, "NUMBER", FIELD, "'slope {slopes.first | interval(2)}'")
    _check_number(number, illustration)
    settings = _settings(values, functions["compute"], hardware)
    return {
        "claim": first,
        "caption": caption,
        "measured": measured,
        "alt": " ".join(values.get("ALT", "").split()),
        "verdict": verdict,
        "hardware": hardware,
        "inputs": _inputs(values),
        "arguments": arguments,
        "chaos": " ".join(chaos.split()),
        "illustration": illustration,
        "number": number,
        "published": _text(values, "REPORTED", CITATION, "'10.6 points [@wu2018]'"),
        "settings": settings,
        "repeats": _repeats(values),
    }


def _repeats(values):
    """REPEATS, texts by name."""
    found, names = values.get("REPEATS", {}), ("claim", "setting", *SETTING)
    whole = isinstance(found, dict) and set(found) == set(names)
    if "REPEATS" in values and not (
        whole and all(isinstance(each, str) and each.strip() for each in found.values())
    ):
        raise ValueError(
            f"REPEATS is a dictionary of texts: {', '.join(names)}; received {paths.shown(found)}"
        )
    if found and not (is_name(found["claim"]) and PART.fullmatch(found["setting"])):
        raise ValueError(
            f"REPEATS: claim is such as 'batch/shuffle', setting such as 'mnist_whole'; received "
            f"{paths.shown(found)}"
        )
    return found


def _settings(values, compute, hardware):
    """SETTINGS, each of its values a dictionary of plain data or a text."""
    settings = values.get("SETTINGS", {})
    options = {argument.arg for argument in compute.args.kwonlyargs}
    if ("SETTINGS" in values) != ("setting" in options):
        raise ValueError("SETTINGS and compute(*, setting=None) go together")
    if hardware and "SETTINGS" in values:
        raise ValueError("SETTINGS are of what is computed here: not of a HARDWARE record")
    if not isinstance(settings, dict) or ("SETTINGS" in values and not settings):
        raise ValueError(f"SETTINGS is a dictionary by names; received {paths.shown(settings)}")
    for name, setting in settings.items():
        _check_setting(name, setting)
    try:
        return json.loads(json.dumps(settings, allow_nan=False))  # as it comes from the cache
    except (TypeError, ValueError) as error:
        raise ValueError(f"SETTINGS: numbers, texts, lists and dictionaries: {error}") from None


def _check_setting(name, setting):
    if not isinstance(name, str) or not PART.fullmatch(name) or "." in name or not name.islower():
        raise ValueError(f"SETTINGS: a name is such as 'fashion_cnn'; received {paths.shown(name)}")
    if isinstance(setting, str) and setting.strip():
        return
    words = [setting.get(each) for each in SETTING] if isinstance(setting, dict) else [None]
    if not all(isinstance(each, str) and each.strip() for each in words):
        raise ValueError(
            f"SETTINGS: {name} says its {', '.join(SETTING)}, in words, or, a text, why it is not "
            f"tried; received {paths.shown(setting)}"
        )
    _inputs({"INPUTS": setting.get("inputs", [])})


def _text(values, name, part, example):
    """The constant as one line, "" where there is none. It has at least one `part`."""
    text = values.get(name, "")
    if not isinstance(text, str) or (name in values and not part.search(text)):
        raise ValueError(f"{name} is a text such as {example}; received {text!r}")
    return " ".join(text.split())


def _docstring(tree):
    text = ast.get_docstring(tree)
    if not text:
        raise ValueError(
            "no docstring: its first line is the claim, a full sentence that ends in a full stop"
        )
    first, _, rest = text.partition("\n")
    if not first.rstrip().endswith("."):
        raise ValueError(
            f"the docstring's first line is the claim, on one line, a full sentence that ends in a "
            f"full stop; received {first!r}"
        )
    # a blank line may hold spaces
    caption, *measured = re.split(r"\n[ \t]*\n", rest.strip(), maxsplit=1)
    return first.strip(), caption, "".join(measured).strip()


def _check_caption(text):
    words = len(_WORD.findall(text))
    if words > CAPTION:
        raise ValueError(
            f"the claim and the docstring's first paragraph, the caption, have {words} words; "
            f"{CAPTION} at most are right: put the rest into a paragraph after it, which is folded"
        )


def _constants(tree):
    """Values of the capitalised names that the contract knows; they must be literals."""
    values = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name = node.targets[0].id
        if name in CONSTANTS:
            try:
                values[name] = ast.literal_eval(node.value)
            except (ValueError, TypeError, SyntaxError, MemoryError):
                received = paths.shown(ast.unparse(node.value))
                raise ValueError(f"{name} is a plain literal; received {received}") from None
    return values


def _check_alt(values):
    alt = values.get("ALT")
    if not isinstance(alt, str) or not alt.strip():
        received = "there is none" if alt is None else f"received {alt!r}"
        raise ValueError(
            f"ALT says in words what the picture shows, for someone who cannot see it; {received}"
        )


def _inputs(values):
    inputs = values.get("INPUTS", [])
    if not isinstance(inputs, list | tuple) or not all(isinstance(each, str) for each in inputs):
        raise ValueError(
            f"INPUTS is a list of paths relative to the root; received {paths.shown(inputs)}"
        )
    for path in inputs:
        if paths.fault(path):
            raise ValueError(
                f"INPUTS is a list of paths relative to the root; received {paths.shown(path)}: "
                f"{paths.fault(path)}"
            )
    return list(inputs)


def _illustration(values):
    parts = values.get("ILLUSTRATION", ())
    wrong = not isinstance(parts, list | tuple) or ("ILLUSTRATION" in values and not parts)
    if wrong or not all(isinstance(each, str) and PART.fullmatch(each) for each in parts):
        raise ValueError(
            f"ILLUSTRATION names parts of the result, as in ('losses', 'network.path'); received "
            f"{paths.shown(parts)}"
        )
    return list(parts)


def _check_number(number, illustration):
    """NUMBER says what the claim is about, which is not what only one processor repeats."""
    for each in FIELD.findall(number):
        path = each.partition("|")[0].strip()
        for part in illustration:
            if f"{path}.".startswith(f"{part}."):
                raise ValueError(f"NUMBER is of {path}, which ILLUSTRATION leaves out of the claim")


def _check_function(functions, name, shape, count):
    if name not in functions:
        raise ValueError(f"no function {shape}")
    arguments = functions[name].args
    if len(arguments.posonlyargs + arguments.args) != count:
        received = ast.unparse(arguments)
        raise ValueError(f"{name} is called as {shape}; received {name}({received})")


def _compute_arguments(functions):
    if "compute" not in functions:
        raise ValueError("no function compute()")
    arguments = functions["compute"].args
    options = {argument.arg for argument in arguments.kwonlyargs}
    whole = all(default is not None for default in arguments.kw_defaults) and options <= OPTIONS
    if arguments.vararg or arguments.kwarg or arguments.defaults or not whole:
        raise ValueError(
            f"compute's arguments are names of kept results, without defaults, and after a * "
            f"options with theirs, out of {', '.join(sorted(OPTIONS))}; "
            f"received compute({ast.unparse(arguments)})"
        )
    return [argument.arg for argument in arguments.posonlyargs + arguments.args]


def resolve(name, names):
    """The one of `names` that is `name`. Raises UsageError that suggests the nearest.

    >>> resolve("batch/shufle", ["batch/shuffle"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    trainingtips.press.base.errors.UsageError: no figure ...; did you mean 'batch/shuffle'?
    """
    if name in names:
        return name
    ends = {each.partition("/")[2]: each for each in names}
    near = difflib.get_close_matches(name, [*names, *ends], n=1)
    if near:
        hint = f"did you mean {ends.get(near[0], near[0])!r}?"
    else:
        hint = "`trainingtips list` shows them all"
    raise UsageError(f"no figure {paths.shown(name)}; {hint}")
