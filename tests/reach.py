"""What a change reaches: the test files that read what was changed, and why.

`python -m tests.reach` asks git which files differ from HEAD (`--base REVISION` from another) or
are new, prints the test files that they reach, each with the way, and runs them; `make check`. Read
from the syntax trees, nothing is imported. A file reads

- the files that it imports, at its top or within a function, and their packages' `__init__`;
- the modules that it names in a string: code for another process, `-m trainingtips`, a script;
- the files at `ROOT / "path"`, `DOCS / …` and the like, and below them; where a path goes on with
  what is only known later, all that begins like it; where ROOT itself is handed on, the whole
  project (SCRIPTS below: what a figure is made from);
- of a conftest.py above it, what the fixtures read that it asks for.

Who asks for the published site reads all that it is made from. Browser tests look at how the pages
behave, not at what their numbers are: figures, results and the package's own modules are not
followed for them. A file of a kind that nothing is known of reaches everything.
"""

import argparse
import ast
import contextlib
import gc
import re
import subprocess
import sys
from functools import cached_property
from pathlib import Path

PACKAGE = "trainingtips"
ROOT = Path(__file__).parents[1]
FOLDERS = {"ROOT": "", "DOCS": "docs/", "LABS": "docs/labs/", "FIGURES": "figures/"}
SCRIPTS = ("figures/", "results/", "tests/counter/")
PAGES = (*SCRIPTS, "docs/")
SITE = (*SCRIPTS, "docs/", "overrides/", "mkdocs.yml", f"{PACKAGE}/")
BEHAVIOUR = ("docs/", "overrides/", "mkdocs.yml", f"{PACKAGE}/press/")
LOOKING = ("tests/browser/", "tests/labs/test_labs.py")
MODULE = re.compile(rf"\b{PACKAGE}(?:\.\w+)+")
EVERYTHING = "everything"
DOCUMENTED = (ast.Module, ast.FunctionDef, ast.ClassDef)


class Files:
    """The files of a project, and which of them each reads: `{path: set of paths}`."""

    def __init__(self, root, paths):
        self.root, self.paths = Path(root), sorted(paths)
        self._known = set(self.paths)
        self._trees, self._nodes, self._fixtures = {}, {}, {}

    def tree(self, path):
        if path not in self._trees:
            try:
                text = (self.root / path).read_text("utf-8")
                self._trees[path] = ast.parse(text)
            except (OSError, SyntaxError, ValueError):  # gone, or its own test will tell
                self._trees[path] = ast.parse("")
        return self._trees[path]

    def nodes(self, path):
        """All nodes of its tree: each tree is walked once, however much is asked of it."""
        if path not in self._nodes:
            self._nodes[path] = list(ast.walk(self.tree(path)))
        return self._nodes[path]

    @cached_property
    def reads(self):
        """What each file reads by itself; for a test file, with what its fixtures read."""
        python = [path for path in self.paths if path.endswith(".py")]
        found = {path: self._used(self.nodes(path), path) - {path} for path in python}
        for path in filter(is_test, python):
            found[path] |= self._by_fixtures(path)
        return found

    def _used(self, nodes, path):
        """The files that these nodes of the file `path` name."""
        names, below, words = set(), set(), _docstrings(nodes)
        for node in nodes:
            names |= set(_imported(node, path))
            if path.startswith("tests/") and node not in words:
                names |= set(_named(node))
                below |= set(_places(node))
        found = {file for name in names for file in self._files(name)}
        return found | {file for file in self.paths if file.startswith(tuple(below))}

    def _files(self, name):
        """The file of a module, of which `name` may be a part, and its packages' own files."""
        steps = name.split(".")
        for end in range(1, len(steps) + 1):
            base = "/".join(steps[:end])
            yield from {f"{base}.py", f"{base}/__init__.py"} & self._known
        if name.endswith("."):  # the rest is only known when it runs
            yield from (path for path in self.paths if path.startswith(name.replace(".", "/")))

    def _by_fixtures(self, path):
        tree = self.tree(path)
        own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        asked, found, done = _asked(self.nodes(path)) - own, set(), set()
        while asked:
            name = asked.pop()
            done.add(name)
            if name == "site":
                found |= self._site(path.startswith(LOOKING))
                continue
            for conftest in self._conftests(path):
                uses, more = self._fixture(conftest, name)
                found |= uses
                asked |= more - done
        return found

    def _site(self, looking):
        """What the published site is made from; for one who only looks, what it looks like."""
        if not looking:
            return {path for path in self.paths if path.startswith(SITE)}
        found = {path for path in self.paths if path.startswith(BEHAVIOUR)}
        return {path for path in found if not path.startswith("docs/notebooks/")}

    def _conftests(self, path):
        parents = Path(path).parents
        return [p for each in parents if (p := (each / "conftest.py").as_posix()) in self._known]

    def _fixture(self, conftest, name):
        """What a conftest's function reads, and the names that it uses: fixtures, helpers."""
        if (conftest, name) not in self._fixtures:
            self._fixtures[conftest, name] = self._found(self.tree(conftest).body, conftest, name)
        return self._fixtures[conftest, name]

    def _found(self, body, conftest, name):
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
                nodes = list(ast.walk(node))
                more = _asked(nodes) | {each.id for each in nodes if isinstance(each, ast.Name)}
                imports = [list(ast.walk(each)) for each in body if _binds(each) & more]
                uses = self._used(nodes, conftest)
                return uses.union(*(self._used(each, conftest) for each in imports)), more
        return set(), set()

    def tests(self):
        """Everything that pytest collects: test files, and modules with examples to run."""
        for path in self.paths:
            text = path.endswith(".py") and path.startswith((f"{PACKAGE}/", "tests/"))
            if is_test(path) or (text and _has_examples(self.nodes(path))):
                yield path


@contextlib.contextmanager
def keeping():
    """All that is made here is kept: to look for rubbish in it would cost more than to read it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def is_test(path):
    return path.startswith("tests/") and re.fullmatch(r"test_\w+\.py", path.rpartition("/")[2])


def _docstrings(nodes):
    """The nodes that hold the words of a module, class or function."""
    firsts = (node.body[0] for node in nodes if isinstance(node, DOCUMENTED) and node.body)
    return {first.value for first in firsts if isinstance(first, ast.Expr)}


def _imported(node, path):
    """Dotted names of the modules that one node imports."""
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        folder = path.split("/")[: -node.level] if node.level else []
        base = ".".join([*folder, *filter(None, [node.module])])
        yield from (f"{base}.{each.name}" for each in node.names)


def _named(node):
    """Dotted names of modules in a chain of attributes, or in a string."""
    if isinstance(node, ast.Attribute):
        yield from (each for each in [_chain(node)] if each.startswith(f"{PACKAGE}."))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if node.value == PACKAGE:  # python -m
            yield f"{PACKAGE}.__main__"
        elif node.value == f"{PACKAGE}.":
            yield node.value
        yield from MODULE.findall(node.value)
        for name in re.findall(r"from ([\w.]+) import (\w+)", node.value):
            yield ".".join(name)
        for script in re.findall(rf"\b{PACKAGE}/[\w/]+\.py\b", node.value):
            yield script.removesuffix(".py").replace("/", ".")


def _chain(node):
    """`a.b.c` of attributes of a name; of anything else what cannot be a module."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id if isinstance(node, ast.Name) else "", *reversed(parts)])


def _places(node):
    """Beginnings of the paths that one node names."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        if isinstance(node.left, ast.Name) and node.left.id in FOLDERS:
            place = FOLDERS[node.left.id] + _literal(node.right)
            yield from [place] if place else PAGES
    elif isinstance(node, ast.Name) and node.id in FOLDERS and node.id != "ROOT":
        yield FOLDERS[node.id]
    elif isinstance(node, ast.Call):
        given = [each.id for each in node.args if isinstance(each, ast.Name)]
        yield from SCRIPTS if "ROOT" in given and ast.unparse(node.func) != "str" else ()


def _literal(node):
    """What is known of a string beforehand."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    return first.value if isinstance(first, ast.Constant) else ""


def _asked(nodes):
    """Names of the fixtures that functions among these nodes may ask for."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            found |= {each.arg for each in node.args.args}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {node.value} if node.value.isidentifier() else set()
    return found


def _binds(node):
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return set()
    return {(each.asname or each.name).partition(".")[0] for each in node.names}


def _has_examples(nodes):
    documented = (node for node in nodes if isinstance(node, DOCUMENTED))
    return any(">>>" in (ast.get_docstring(node) or "") for node in documented)


def reached(files, changed):
    """`{test file: the way to it, from what was changed}`; or {EVERYTHING: the file}."""
    readers = {}
    for path, read in files.reads.items():
        for each in read:
            readers.setdefault(each, set()).add(path)
    tests, found, ways = set(files.tests()), {}, {path: [path] for path in changed}
    for path in changed:
        if _is_unknown(path, readers):
            return {EVERYTHING: [path]}
    todo = list(changed)
    while todo:
        path = todo.pop(0)
        if path in tests:
            found[path] = ways[path]
        further = _readers(path, readers, files) if path in changed else _through(path, readers)
        for reader in sorted(further - ways.keys()):
            ways[reader] = [*ways[path], reader]
            todo.append(reader)
    return dict(sorted(found.items()))


def _readers(path, readers, files):
    """Who reads a changed file; a conftest.py is read by all tests below it."""
    folder, _, name = path.rpartition("/")
    if name != "conftest.py":
        return readers.get(path, set())
    return {test for test in files.tests() if test.startswith(f"{folder}/")}


def _through(path, readers):
    """Who reads a file that itself reads what was changed: another number, for a script."""
    found = readers.get(path, set())
    if not path.startswith(("figures/", "docs/notebooks/")):
        return found
    return {reader for reader in found if not reader.startswith(LOOKING)}


def _is_unknown(path, readers):
    """Whether nothing that is read says whom this file concerns."""
    if path.endswith(".py"):
        return "/" not in path
    return path not in readers


def changed(root, base):
    """The files that differ from `base`, or are new and not ignored."""
    differ = ["git", "diff", "--name-only", "--no-renames", base]
    new = ["git", "ls-files", "--others", "--exclude-standard"]
    found = []
    for command in (differ, new):
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"git cannot tell what has changed: {done.stderr.strip()}")
        found += done.stdout.splitlines()
    return sorted(path for path in found if not (Path(root) / path).is_dir())


def listed(root, more=()):
    """The paths of a project's files as git knows them, with `more` that may be gone."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return {*done.stdout.splitlines(), *more}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--base", default="HEAD", help="the revision to compare with")
    parser.add_argument("--list", action="store_true", help="say which tests, run none")
    given = parser.parse_args()
    files = changed(ROOT, given.base)
    with keeping():
        ways = reached(Files(ROOT, listed(ROOT, files)), files)
    print(f"{len(files)} files changed since {given.base}", *told(ways), sep="\n", flush=True)
    if ways and not given.list:
        run = [] if EVERYTHING in ways else [path for path in ways if (ROOT / path).exists()]
        options = ["-m", "not long", "-n", "logical", "--maxprocesses", "4"]
        options += ["--dist", "loadfile", "--no-loadscope-reorder"]
        sys.exit(subprocess.run([sys.executable, "-m", "pytest", *options, *run]).returncode)


def told(ways):
    """A line for each test file that is reached, with the way to it."""
    if not ways:
        return ["no test reads what was changed"]
    if EVERYTHING in ways:
        return [f"every test: {ways[EVERYTHING][0]} is of a kind that could concern any"]
    return [
        " ← ".join(reversed(way)) + (" (changed)" if len(way) == 1 else "") for way in ways.values()
    ]


if __name__ == "__main__":
    main()
