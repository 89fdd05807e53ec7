"""Every fault that mutmut can put into a file, with its place and its change in words.

mutmut numbers the faults of a function, and the numbers move with every edit. A fault is known here
by what it changes, so that a reason written for it, and its place in the sample, stay.
"""

import ast
import difflib
import hashlib
import json
import re
from collections import Counter
from dataclasses import astuple, dataclass
from pathlib import Path

_NAMED = re.compile(r"x(?:_|ǁ(?P<owner>\w+)ǁ)(?P<name>\w+?)__mutmut_(?:\d+|orig)")


@dataclass(frozen=True)
class Change:
    """One fault: in `function` of `file`, from `line` on, the text `was` becomes `now`.

    `again` counts the same change further down in the same function, from 0.
    """

    mutant: str  # mutmut's name for it
    file: str
    function: str
    line: int
    was: str
    now: str
    again: int

    def rank(self, seed):
        """A number as good as random, in [0, 1): the sample is the faults with the smallest."""
        told = (str(seed), self.file, self.function, self.was, self.now, str(self.again))
        return int.from_bytes(hashlib.sha256("\n".join(told).encode()).digest()[:8]) / 2**64


def changes(folder, file):
    """All changes of `file`, a path within `folder`, in the order of its lines.

    To be called in a folder with mutmut's configuration. Outside of it are statements of modules
    and classes, and functions with a decorator, which mutmut leaves alone.
    """
    from mutmut.mutation.file_mutation import mutate_file_contents  # installed by `make mutants`

    source = (Path(folder) / file).read_text()
    mutated = mutate_file_contents(file, source)
    lines, spans = mutated.code.splitlines(), mutated.line_span_by_function_name
    texts = {name: lines[span.start - 1 : span.end] for name, span in spans.items()}
    starts = dict(_definitions(ast.parse(source)))
    module = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    seen, found = Counter(), []
    for name in mutated.mutant_names:
        function = _plain(name)
        before = texts[re.sub(r"__mutmut_\d+$", "__mutmut_orig", name)]
        offset, was, now = _difference(before, texts[name])
        place = (function, was, now)
        line = starts[function] + offset
        found.append(Change(f"{module}.{name}", file, function, line, was, now, seen[place]))
        seen[place] += 1
    return sorted(found, key=lambda change: change.line)


def known(folder, file, store):
    """`changes`, from the folder `store` where they were found before in the same text.

    To find all of the science's, some 27,000, takes minutes.
    """
    path = Path(store) / f"{file.replace('/', '.')}.{digest(folder, file)}.json"
    if path.exists():
        return [Change(*each) for each in json.loads(path.read_text("utf-8"))]
    found = changes(folder, file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([astuple(each) for each in found]), "utf-8")
    return found


def digest(folder, file):
    """Of the text that `changes` would change: another text, other changes."""
    return hashlib.sha256((Path(folder) / file).read_bytes()).hexdigest()[:16]


def _definitions(tree):
    """(name, line of its `def`) of functions, and of methods as Class.method."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{name}", line) for name, line in _definitions(node))


def _plain(name):
    named = _NAMED.fullmatch(name)
    return f"{named['owner']}.{named['name']}" if named["owner"] else named["name"]


def _difference(before, after):
    """(lines between `def` and the first change, text before, text after)."""
    before, after = (
        [_NAMED.sub(lambda named: named["name"], line) for line in text] for text in (before, after)
    )
    start = next(i for i, line in enumerate(before) if line.lstrip().startswith("def "))
    blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    changed = [block for block in blocks if block[0] != "equal"]
    was, now = (
        " ".join(line.strip() for block in changed for line in text[block[i] : block[i + 1]])
        for text, i in ((before, 1), (after, 3))
    )
    return changed[0][1] - start, was, now
