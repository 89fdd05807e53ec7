"""What mkdocs.yml stands for: its text, what it inherits, the code and environment it names."""

import hashlib
import os
import re
from pathlib import Path

NAME = "mkdocs.yml"
_INHERIT = re.compile(r"^INHERIT:[ \t]*['\"]?([^'\"\n#]+?)['\"]?[ \t]*(?:#.*)?$", re.MULTILINE)
_ASKED = re.compile(r"!ENV\s+(\[[^\]]*|\w+)")  # a variable; or several, and what is taken else
_VARIABLE = re.compile(r"[A-Za-z_]\w*")
_CODE = re.compile(r"[^\s'\",\[\]{}:]+\.py\b")  # hooks and extensions
_MACROS = "main.py"  # which mkdocs-macros takes unasked


def files(root):
    """The configuration's files: `root`/mkdocs.yml, then what that one inherits, and so on."""
    found, path = [], Path(root) / NAME
    while path.is_file() and path.resolve() not in [each.resolve() for each in found]:
        found.append(path)
        inherited = _INHERIT.search(_text(path))
        if not inherited:
            break
        path = path.parent / inherited[1]
    return found


def code(root):
    """The Python files that the configuration names, such as hooks, as far as they are there."""
    root = Path(root)
    named = {name for path in files(root) for name in _CODE.findall(_text(path))}
    return [root / name for name in sorted(named | {_MACROS}) if (root / name).is_file()]


def variables(root):
    """{name: value, or None} of all of the environment that it may ask for."""
    asked = [each for path in files(root) for each in _ASKED.findall(_text(path))]
    names = {name for each in asked for name in _VARIABLE.findall(each)}
    return {name: os.environ.get(name) for name in sorted(names)}


def state(root):
    """All that it stands for, as JSON data: hashes of its files and code, and the environment."""
    named = [*files(root), *code(root)]
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in named]
    return [hashes, variables(root)]


def _text(path):
    return path.read_text("utf-8", errors="replace")
