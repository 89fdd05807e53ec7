"""What is wrong with a page's text, told with file and line before anything is built from it.

`check` looks at what would break a page, or pass it by: bytes that are no UTF-8, front matter that
is no YAML, a figure's line that is not one, a citation in a form that is not read, brackets that
would keep Markdown busy for minutes. `check_complete` asks for what a published page has besides.
"""

import os
import re
from pathlib import Path

import yaml

from trainingtips.press.base import limits, paths
from trainingtips.press.base.errors import UserError
from trainingtips.press.content import citations, glossary, prose
from trainingtips.press.kept import scripts

CHECKED = "TRAININGTIPS_CHECKED"  # set by who has just checked all, for the mkdocs that it starts
BYTES = 2**20  # of a page; the longest has a twentieth of it
BRACKETS = {"page": 5000, "paragraph": 1000}  # Markdown's time grows with their square
STEPS = 3  # things to try at the end of a notebook

_FRONT = re.compile(r"\A---[ \t]*\n(?P<yaml>(?:.*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_FIGURE = re.compile(r"!\[[^\]\n]*\]\((?P<up>(?:\.{1,2}/)*)figures/(?P<name>[^)\s]*)\)")
_PAGES_ALONE = re.compile(
    rf"(?P<figure>{_FIGURE.pattern})|(?P<lab>!\[[^\]\n]*\]\((?:\.{{1,2}}/)*labs/[^)\s]*\))|"
    r"\[-?@[A-Za-z][^\]\n]*\]"
)
_ALONE = re.compile(r"!\[[^\]\n]*\]\(/?figures/[^)\s]*\)[ \t]*")
_CITED = re.compile(r"(?<!!)(?=\[[^\]\n]*?(?<=[\[\s;-])@[A-Za-z])\[[^\]\n]*\]")
_READ = re.compile(r"\[-?@[A-Za-z][\w-]*(?:;\s*-?@[A-Za-z][\w-]*)*\]|\[@\*\]")
_BARE = re.compile(r"(?<![\w\[@/.;-])(?<!\[-)@(?P<key>[A-Za-z][\w-]*)")
_ITEM = re.compile(r"^[ ]*- @[A-Za-z][\w-]*", re.MULTILINE)
_CODE = (r"^[ ]*(`{3,}|~{3,})(?s:.*?)^[ ]*\1[ \t]*$", r"`[^`\n]*`", r"<!--(?s:.*?)-->")


def check(root):
    """Raise UserError that lists the faults of all pages under `root`/docs, each with its line."""
    _raise(_faults(Path(root)))


def is_checked():
    """Whether pages, figures and notebooks were checked by the process that has started this one.

    `publishing.site` does that, a moment before; a page that changes in between makes the site
    stale, so that the next build checks it.
    """
    return os.environ.get(CHECKED) == "1"


def check_complete(root):
    """Raise UserError for what a published page lacks or must not have.

    A description, three things to try; a typed number, a term that stands nowhere.
    """
    _raise(_lacks(Path(root)))


def _raise(faults):
    found = list(faults)
    if found:
        raise UserError("\n".join(found))


def pages(root):
    """[(path relative to `root`, path)] of the Markdown pages."""
    root = Path(root)
    return [(p.relative_to(root).as_posix(), p) for p in sorted((root / "docs").rglob("*.md"))]


def _faults(root):
    known = citations.read(root / "docs")
    yield from _notebook_faults(root)
    for where, path in pages(root):
        if path.stat().st_size > 4 * BYTES:
            size = path.stat().st_size
            yield f"{where}:1: a page of {size:,} bytes; {BYTES:,} characters are right at most"
            continue
        data = path.read_bytes()
        try:
            text = data.decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            byte = data[error.start]
            yield f"{where}:{line}: the byte 0x{byte:02x} is no UTF-8; save the page as UTF-8"
            continue
        heavy = list(_heavy(text))
        for line, fault in heavy or sorted([*_front_faults(text), *_line_faults(text, known)]):
            yield f"{where}:{line}: {fault}"


def _notebook_faults(root):
    """Of lines in a notebook's text that only a page has: there they would be dead words."""
    for path in sorted((root / "docs/notebooks").glob("[!_]*.py")):
        where = path.relative_to(root).as_posix()
        text = _prose(limits.text(path, where))
        for pattern in _CODE:
            text = re.sub(pattern, prose.blank, text, flags=re.MULTILINE)
        for match in _PAGES_ALONE.finditer(text):
            what = "figure" if match["figure"] else "lab" if match["lab"] else "citation"
            told = f"a {what}'s line is read on a page alone; link to the page that has it"
            yield f"{where}:{_line(text, match.start())}: {match[0].strip()[:80]}: {told}"


def _heavy(text):
    """(line, fault) of a text that Markdown would need minutes for."""
    if len(text) > BYTES:
        yield 1, f"a page of {len(text):,} characters; {BYTES:,} are right at most"
    counts = [(part.count("["), part) for part in text.split("\n\n")]
    worst, part = max(counts, key=lambda pair: pair[0])
    for what, count in (("page", sum(each for each, _ in counts)), ("paragraph", worst)):
        if count > BRACKETS[what]:
            line = _line(text, text.index(part))
            yield line, f"{count:,} brackets [ in a {what}; {BRACKETS[what]:,} are right at most"
            return


def front_matter(text):
    """The front matter of a page as a dictionary. Raises yaml.YAMLError, ValueError."""
    if not text.startswith("---"):
        return {}
    found = _FRONT.match(text)
    if not found:
        raise ValueError("the front matter is not closed; write --- below it")
    values = yaml.safe_load(found["yaml"])
    if values is not None and not isinstance(values, dict):
        raise ValueError("the front matter is no list of names and values, such as `title: Batch`")
    return values or {}


def _front_faults(text):
    try:
        front_matter(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        problem = getattr(error, "problem", None) or "it is no YAML"
        yield line, f"front matter: {problem}; put a value with a colon or quotes into '…'"
    except ValueError as error:
        yield 1, str(error)


def _line_faults(text, known):
    """(line, fault) of figure lines and citations that would not be read."""
    for pattern in _CODE:
        text = re.sub(pattern, prose.blank, text, flags=re.MULTILINE)
    seen = {}
    for match in _FIGURE.finditer(text):
        line = _line(text, match.start())
        start = text.rfind("\n", 0, match.start()) + 1
        whole = text[start:].partition("\n")[0]
        right = f"![](figures/{match['name']})"
        if match["up"] or not _ALONE.fullmatch(whole):
            yield line, f"a figure's line stands alone, at the line's beginning: {right}"
        elif match["name"] in seen:
            yield line, f"this figure stands on line {seen[match['name']]} already; show it once"
        seen.setdefault(match["name"], line)
    for match in _CITED.finditer(text):
        if not _READ.fullmatch(match[0]):
            key = re.search(r"@[A-Za-z][\w-]*", match[0])[0]
            told = f"{match[0]} is no citation; write [{key}], and pages or other words outside"
            yield _line(text, match.start()), told
    text = _ITEM.sub(prose.blank, _CITED.sub(prose.blank, text))
    for match in _BARE.finditer(text):
        if match["key"] in known:
            told = f"@{match['key']} is no citation by itself; write [@{match['key']}]"
            yield _line(text, match.start()), told


def _line(text, at):
    return text.count("\n", 0, at) + 1


def _lacks(root):
    said = {}
    for where, path in pages(root):
        description = front_matter(path.read_text("utf-8")).get("description")
        description = description.strip() if isinstance(description, str) else ""
        if not description:
            yield f"{where}:1: no description; write `description: …` between two lines ---"
        elif description in said:
            yield f"{where}:2: it has the description of {said[description]}; say what is its own"
        said.setdefault(description, where)
    for path in sorted((root / "docs/notebooks").glob("[!_]*.py")):
        yield from _lacks_steps(path.relative_to(root).as_posix(), path.read_text("utf-8"))
    yield from _typed(root)
    yield from _unused_terms(root)
    texts = "\n".join(path.read_text("utf-8") for _, path in pages(root))
    lines = [f"![](figures/{name}.svg)" for name in scripts.find_scripts(root)]
    unseen = [f"\n  {line}" for line in lines if line.removeprefix("!") not in texts]
    if unseen:
        yield f"no page shows these figures; their lines are:{''.join(unseen)}"


def _typed(root):
    texts = [(where, path.read_text("utf-8")) for where, path in pages(root)]
    for path in sorted((root / "docs/notebooks").glob("[!_]*.py")):
        texts.append((path.relative_to(root).as_posix(), _prose(path.read_text("utf-8"))))
    for where, text in texts:
        for line, number in prose.typed_numbers(text):
            yield f"{where}:{line}: {number!r} is typed by hand; {prose.INSTEAD}"


def _unused_terms(root):
    """Of the glossary's terms that stand nowhere; mkdocs finds those that stand in code alone."""
    terms = glossary.read(root / "docs")
    texts = (path.read_text("utf-8") for _, path in pages(root) if path.name not in glossary.PLAIN)
    unseen = glossary.unseen(terms, texts)
    # a macro's words come from a script, a table of results or the builder: rarely asked for
    more = [*(root / "figures").rglob("*.py"), *(root / "results").glob("*.json")] if unseen else []
    more += sorted((paths.PACKAGE / "press").rglob("*.py")) if unseen else []
    unseen = glossary.unseen(unseen, (path.read_text("utf-8", "replace") for path in more))
    for line, term in glossary.lines(root / "docs", unseen):
        forms = ", ".join(term.forms)
        yield f"docs/{glossary.FILE}:{line}: no page uses {forms!r}; use it in a text, or remove it"


def _lacks_steps(where, text):
    """Of a notebook that does not end with three things to try."""
    cell = text.rfind("# %% [markdown]")
    steps = re.findall(r"^# \d+\. ", text[cell:], re.MULTILINE) if cell >= 0 else []
    if len(steps) != STEPS or "\n# %%" in text[cell + 4 :]:
        line = _line(text, max(cell, 0))
        yield (
            f"{where}:{line}: a notebook ends with {STEPS} things to try, a cell with a list of "
            f"`# 1. …`; found {len(steps)}"
        )


def notebook_numbers(path, where):
    """Raise UserError for numbers typed in a notebook's prose, each at its line of the .py file."""
    text = Path(path).read_text("utf-8")
    prose.check(_prose(text), where)


def _prose(text):
    """A percent-format file's Markdown, every line in its place, all else blank."""
    lines, inside = [], False
    for line in text.splitlines():
        if line.startswith("# %%"):
            inside = "[markdown]" in line
            lines.append("")
        else:
            lines.append(re.sub(r"^# ?", "", line) if inside and line.startswith("#") else "")
    return "\n".join(lines)


def macro_fault(error, markdown, page):
    """`docs/page.md:line: what` of an error that a macro on the page raised.

    mkdocs-macros has a page of Markdown with a traceback for it, in whose place this is put.
    """
    lines = [getattr(error, "lineno", None)]  # of a template that cannot be read
    lines += [number for name, number in _places(error) if name == "<template>"]
    line, source = next((each for each in lines if each), None), page.file.content_string
    start = source.rfind(markdown.strip())
    where = f"docs/{page.file.src_uri}"
    if line and start >= 0:
        above = source.count("\n", 0, start) - _leading(markdown)
        where += f":{above + line}"
    return f"{where}: {type(error).__name__}: {' '.join(str(error).split())[:300]}"


def _leading(text):
    return text[: len(text) - len(text.lstrip())].count("\n")


def code_fault(error, path):
    """`file:line: what` of an error that running the project's own file at `path` raised."""
    lines = [number for name, number in _places(error) if name == str(path)]
    line = f":{lines[-1]}" if lines else ""
    return f"{line}: {type(error).__name__}: {error}"


def _places(error):
    if isinstance(error, SyntaxError):
        yield error.filename, error.lineno
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
