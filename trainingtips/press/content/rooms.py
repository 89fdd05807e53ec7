"""The page *How it is built*, from the code itself: rooms, modules, and where a name stands.

{{ rooms() }}
{{ code("kept.keys.digest") }}
"""

import ast
import difflib
import functools
import html
import re

from trainingtips import press
from trainingtips.press.base import paths
from trainingtips.press.base.errors import UserError
from trainingtips.press.content import numbers

FOLDER = paths.PACKAGE / "press"


class CodeError(UserError):
    """A page names a module or a definition that is not there."""


def rooms():
    """Each room as a heading and its docstring; its modules, with lines and first words, folded."""
    parts = []
    for room in press.ROOMS:
        found = _modules(room)
        title, text = _docstring(FOLDER / room if (FOLDER / room).is_dir() else found[0])
        lines = [f"### {room}", "", f"**{_plain(title)}** {_plain(text)}", ""]
        lines += [f'??? note "{_size(found)}"', "", *(f"    {_item(path)}" for path in found)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _modules(room):
    folder = FOLDER / room
    if not folder.is_dir():
        return [folder.with_suffix(".py")]
    return sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")


def _size(found):
    total = sum(map(_lines, found))
    return f"{len(found)} modules, {total:,} lines" if len(found) > 1 else f"{total:,} lines"


def _item(path):
    return f"- `{path.stem}` ({_lines(path)}): {_plain(_docstring(path)[0])}"


def _plain(text):
    """A docstring's words for Markdown: no `<name>` is a tag; code stays as it is."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if index % 2 else html.escape(part) for index, part in enumerate(parts))


def _lines(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def _docstring(path):
    """(first line, the rest) of the docstring of a module or of a folder's `__init__`."""
    path = path / "__init__.py" if path.is_dir() else path
    text = ast.get_docstring(_tree(path))
    if not text:
        raise CodeError(f"{path.relative_to(paths.SOURCE)}: has no docstring to show on the page")
    first, _, rest = text.partition("\n")
    return first, rest.strip()


def code(name):
    """`name`, such as "kept.keys.digest", as its file and definition; CodeError if not there.

    >>> code("kept.keys.digest")
    '`press/kept/keys.py`, `digest`'
    """
    *module, definition = name.split(".")
    path = FOLDER / f"{'/'.join(module)}.py"
    if not path.is_file():
        raise CodeError(f"code({paths.shown(name)}): there is no press/{'/'.join(module)}.py")
    known = [node.name for node in _tree(path).body if hasattr(node, "name")]
    if definition not in known:
        near = difflib.get_close_matches(definition, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(known)}"
        raise CodeError(f"code({paths.shown(name)}): not defined there; {hint}")
    return f"`press/{'/'.join(module)}.py`, `{definition}`"


@functools.cache
def _tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def define_env(env):
    """Called by mkdocs-macros."""
    for macro in (rooms, code):
        env.macro(numbers.collected_macro(macro), macro.__name__)
