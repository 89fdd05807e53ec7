"""Labs: a figure that the reader moves. A page shows one by one line, `![](labs/momentum.js)`.

A lab is two files of one name, side by side in docs/labs:

- `NAME.py` says what is on the page before anything moves, all of it from the package:
  `TITLE`, what the controls are for; `CAPTION`, how to use it, in words; `CONTROLS`, a list of
  `Range`, `Choice`, `Hidden` and `Button`; `HANDLES`, a list of `Handle`; and
  `panels(result)`, the list of `Panel`s with their backgrounds and, drawn `still=True`, the default
  state, which is what print and a browser without JavaScript show. Where the lab computes with
  data, `given(result)` returns them as plain JSON. `result(name)` is the kept result of a figure.
  It is run while pages are built, so it does not import torch.
- `NAME.js` computes, draws and says what moves; see the head of docs/labs/lab.js. Its arithmetic
  comes from docs/labs/arithmetic.js, its chance from docs/labs/chance.js.

What a lab became is kept while the files of docs/labs, the results, the package and the libraries
are the same; one whose Python file reads others of the project's files is run at every build.

The tests of tests/labs find every lab by its files. A line for a lab that does not exist, and a lab
that no page shows, stop the build.
"""

import contextlib
import difflib
import functools
import html
import json
import math
import os
import re
import runpy
import sys
from dataclasses import dataclass
from pathlib import Path

from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url

from trainingtips.press.base import limits, paths
from trainingtips.press.base.errors import UserError
from trainingtips.press.kept import results, sources
from trainingtips.press.pages import before, rehearsal, rendered

FOLDER = "labs"
SHARED = ("arithmetic", "chance", "mount", "lab")  # the modules that are no lab
LINE = re.compile(r"^!\[(?P<alt>[^\]]*)\]\((?P<path>/?labs/[^)\s]*)\)[ \t]*$", re.MULTILINE)

KEPT = "build/cache/labs.json"
_shown = {}  # lab -> the page that shows it
_kept = {}  # "labs": the Cache of the project whose site is being built
_opened = []  # while a lab's Python file is run: the files that it opens


@dataclass(frozen=True)
class Range:
    """A slider. `name` is its key in the lab's state; a `log` one moves in steps of its log₁₀."""

    name: str
    label: str
    low: float
    high: float
    step: float
    value: float
    log: bool = False
    play: bool = False  # with a button that moves it to its end, a step a frame


@dataclass(frozen=True)
class Choice:
    """A menu; `options` are the state's values and their labels, the first is the default."""

    name: str
    label: str
    options: dict

    @property
    def value(self):
        return next(iter(self.options))


@dataclass(frozen=True)
class Hidden:
    """A number in the state that only buttons change, such as a seed."""

    name: str
    value: float


@dataclass(frozen=True)
class Button:
    """A button; `name` is the function of the module's `press` that says what it changes."""

    name: str
    label: str


@dataclass(frozen=True)
class Handle:
    """A point of panel `panel`, one in each at most, that is dragged.

    A coordinate is the name of the range that it moves, or a number where it does not move.
    """

    panel: int
    x: str | float
    y: str | float
    colour: str = "vermilion"


@dataclass(frozen=True)
class Lab:
    """What a lab's Python file says."""

    name: str
    title: str
    caption: str
    controls: list
    handles: list
    panels: list
    given: dict

    @property
    def state(self):
        """The default state: control -> value."""
        return {each.name: each.value for each in self.controls if not isinstance(each, Button)}


def find(docs):
    """Names of the labs under the folder `docs`. Raises UserError where one of two files lacks."""
    folder = Path(docs) / FOLDER
    scripts = {path.stem for path in folder.glob("*.js")} - set(SHARED)
    pages = {path.stem for path in folder.glob("*.py")}
    for name in sorted(scripts ^ pages):
        there, lacks = (".js", ".py") if name in scripts else (".py", ".js")
        raise UserError(f"docs/labs/{name}{there} needs docs/labs/{name}{lacks} beside it")
    return sorted(scripts)


def read(docs, name):
    """The `Lab` of that name, by running its Python file."""
    where = f"docs/{FOLDER}/{name}.py"
    path = Path(docs) / FOLDER / f"{name}.py"
    with _told(path, where), limits.within(rehearsal.SECONDS, rehearsal.MEMORY, where):
        values = runpy.run_path(str(path))
    missing = [each for each in ("TITLE", "CAPTION", "CONTROLS", "panels") if each not in values]
    if missing:
        raise UserError(f"{where} does not define {', '.join(missing)}")

    def result(figure):
        return results.read(Path(docs).parent / "results" / f"{figure}.json").result

    with _told(path, where), limits.within(rehearsal.SECONDS, rehearsal.MEMORY, where):
        given = values["given"](result) if "given" in values else {}
        lab = Lab(
            name,
            values["TITLE"],
            values["CAPTION"],
            values["CONTROLS"],
            values.get("HANDLES", []),
            values["panels"](result),
            given,
        )
        _check(lab, where)
    return lab


@contextlib.contextmanager
def _told(path, where):
    """Turns what a lab's own file raises into one sentence, with the line."""
    try:
        yield
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        raise UserError(f"{where}{before.code_fault(error, path)}") from None


def _check(lab, where):
    ranges = {each.name for each in lab.controls if isinstance(each, Range)}
    for handle in lab.handles:
        moved = {each for each in (handle.x, handle.y) if isinstance(each, str)}
        if not moved or not moved <= ranges or not 0 <= handle.panel < len(lab.panels):
            raise UserError(f"{where}: {handle} needs ranges of CONTROLS and a panel")
    if len({handle.panel for handle in lab.handles}) < len(lab.handles):
        raise UserError(f"{where}: a panel has one handle at most; received {lab.handles}")
    try:
        json.dumps(lab.given, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UserError(
            f"{where}: given(result) returns what JSON does not hold: {error}; return numbers that "
            f"are finite, texts, lists and dictionaries"
        ) from None
    for panel in lab.panels:
        if not panel.alt.endswith("."):
            raise UserError(f"{where}: a panel's alt is a sentence; received {panel.alt!r}")


def check_syntax(docs):
    """Raise UserError for a lab's JavaScript that no browser could read, with its line."""
    import quickjs

    for path in sorted((Path(docs) / FOLDER).glob("*.js")):
        engine = quickjs.Context()
        engine.set_time_limit(1)
        try:
            engine.module(limits.text(path, f"docs/{FOLDER}/{path.name}"))
        except quickjs.JSException as error:
            told, _, place = str(error).partition("\n")
            line = re.search(r"<input>:(\d+)", place)
            if told.startswith("SyntaxError"):  # else it only lacks a page around it
                where = f"docs/{FOLDER}/{path.name}{f':{line[1]}' if line else ''}"
                raise UserError(f"{where}: {told}") from None


def start(root):
    """Forget which labs were shown, at the start of a build of the project at `root`."""
    _shown.clear()
    _kept["labs"] = sources.Cache(Path(root) / KEPT)
    _asked_of.cache_clear()


def save():
    """Keep the labs that were shown since `start`, and no other."""
    if "labs" in _kept:
        _kept.pop("labs").save()


def files(files, config):
    """The labs' modules without comments and indentation; their Python files are no pages."""
    from rjsmin import jsmin

    for file in [each for each in files if each.src_uri.startswith(f"{FOLDER}/")]:
        if file.src_uri.endswith((".js", ".py")):
            files.remove(file)
        if file.src_uri.endswith(".js"):
            files.append(File.generated(config, file.src_uri, content=jsmin(file.content_string)))


def render(markdown, page, docs):
    """The page's Markdown with each lab's line replaced by the lab."""
    return LINE.sub(lambda match: _lab(match, page, docs), markdown)


def check(docs):
    """Raise UserError for a lab that no page shows."""
    unseen = [name for name in find(docs) if name not in _shown]
    if unseen:
        lines = "\n".join(f"  ![](labs/{name}.js)" for name in unseen)
        raise UserError(f"no page shows these labs; their lines are:\n{lines}")


def _lab(match, page, docs):
    alt, path, names = match["alt"], match["path"], find(docs)
    name = path.removeprefix("labs/").removesuffix(".js")
    if alt or not path.startswith("labs/") or not path.endswith(".js"):
        raise UserError(f"{match[0].strip()}: a lab is written ![](labs/name.js)")
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names) or 'none'}"
        raise UserError(f"no lab {name!r}; {hint}")
    if name in _shown:
        raise UserError(f"lab {name!r} is shown twice, here and on {_shown[name]}")
    _shown[name] = page.file.src_uri
    root = Path(docs).resolve().parent
    asked = json.dumps([name, page.url, *_asked_of(root)]).encode()
    if "labs" not in _kept:
        return _made(docs, name, page.url)
    found = _kept["labs"].get("lab", asked, lambda _: _made(docs, name, page.url))
    if any(_is_other(root, path) for path in _opened):
        _kept["labs"].forget("lab", asked)
    _opened.clear()
    return found


def _made(docs, name, url):
    with _opening():
        lab = read(docs, name)
    rehearsal.check(docs, lab)
    return markup(lab, lambda uri: get_relative_url(uri, url))


@functools.lru_cache(maxsize=2)
def _asked_of(root):
    """What labs are made of."""
    return [
        *rendered.makers(),
        rendered.package(),
        *(rendered.hashes(root / each) for each in (f"docs/{FOLDER}", "results")),
    ]


def _is_other(root, path):
    """Whether it is a file of the project that `_asked_of` does not have."""
    path = Path(os.path.abspath(path))
    known = (root / "docs" / FOLDER, root / "results", root / "build", paths.PACKAGE)
    inside = path.is_relative_to(root) and "site-packages" not in path.parts
    return inside and path.is_file() and not any(path.is_relative_to(each) for each in known)


@functools.cache
def _listen():
    sys.addaudithook(_note)  # once: there is no way to take it back


def _note(event, arguments):
    if event == "open" and _opening.now and isinstance(arguments[0], str):
        _opened.append(arguments[0])


class _opening:
    """While it is entered, the files that are opened are noted."""

    now = False

    def __enter__(self):
        _listen()
        _opened.clear()
        _opening.now = True

    def __exit__(self, *_):
        _opening.now = False


def markup(lab, link):
    """The lab's HTML, in one piece: Markdown leaves it alone. `link(uri)` leads to a file."""
    panels = "".join(_panel(lab, number, panel) for number, panel in enumerate(lab.panels))
    controls = "".join(_CONTROLS[type(each)](lab, each) for each in lab.controls)
    return (
        f'<figure class="lab" id="lab-{_quoted(lab.name)}" data-lab="{_quoted(lab.name)}" '
        f'data-given="{_quoted(json.dumps(lab.given, separators=(",", ":")))}">'
        # here, and not in the page's head alone (overrides/main.html), so that the theme's instant
        # navigation takes them along
        f'<link rel="stylesheet" href="{link(f"{FOLDER}/labs.css")}">'
        f'<div class="panels">{panels}</div>'
        f'<p class="says"></p><p class="unseen" role="status"></p>'
        # a dialog's form: Enter sends it nowhere
        f'<form class="controls" method="dialog" autocomplete="off"><fieldset disabled>'
        f"<legend>{_quoted(lab.title)}</legend>{controls}"
        f'<button type="reset">Reset</button></fieldset></form>'
        f'<script type="module" src="{link(f"{FOLDER}/mount.js")}"></script>'
        f"<figcaption><p>{_quoted(lab.caption)}</p></figcaption></figure>"
    )


def _panel(lab, number, panel):
    def row(values):
        return " ".join(f"{value:g}" for value in values)

    handles = "".join(
        f'<span class="handle" data-x="{_quoted(each.x)}" data-y="{_quoted(each.y)}" '
        f'data-colour="{_quoted(each.colour)}"></span>'
        for each in lab.handles
        if each.panel == number
    )
    return (
        f'<div class="panel" data-size="{row(panel.size)}" data-frame="{row(panel.frame)}" '
        f'data-view="{row((*panel.x, *panel.y))}">{panel.svg(lab.state)}'
        f'<canvas aria-hidden="true"></canvas>{handles}</div>'
    )


def _range(lab, control):
    place = math.log10 if control.log else float
    low, high, value = (f"{place(v):.6g}" for v in (control.low, control.high, control.value))
    name = _quoted(control.name)
    number = f"{_quoted(lab.name)}-{name}"
    places = len(f"{control.step:.10f}".rstrip("0").partition(".")[2])
    shown = f"{control.value:g}" if control.log else f"{control.value:.{places}f}"
    play = f'<button type="button" data-play="{name}">Play</button>' if control.play else ""
    return (
        f'<div class="control"><label for="{number}">{_quoted(control.label)}</label>'
        # a cell of the grid each, in which they are laid out without the page around them
        f'<span><input type="range" id="{number}" name="{name}" min="{low}" max="{high}" '
        f'step="{control.step:g}" value="{value}"{" data-log" if control.log else ""}></span>'
        f'<span><output for="{number}" data-of="{name}" aria-live="off">'
        f"{shown.replace('-', '−')}</output></span>{play}</div>"
    )


def _choice(lab, control):
    name = _quoted(control.name)
    number = f"{_quoted(lab.name)}-{name}"
    options = "".join(
        f'<option value="{_quoted(value)}"{" selected" if value == control.value else ""}>'
        f"{_quoted(label)}</option>"
        for value, label in control.options.items()
    )
    return (
        f'<div class="control"><label for="{number}">{_quoted(control.label)}</label>'
        f'<select id="{number}" name="{name}">{options}</select></div>'
    )


def _hidden(lab, control):
    # no type=hidden: a form's reset leaves those as they are
    return f'<input type="number" name="{_quoted(control.name)}" value="{control.value:g}" hidden>'


def _button(lab, control):
    name = _quoted(control.name)
    return f'<button type="button" data-press="{name}">{_quoted(control.label)}</button>'


_CONTROLS = {Range: _range, Choice: _choice, Hidden: _hidden, Button: _button}


def _quoted(text):
    return html.escape(str(text), quote=True)
