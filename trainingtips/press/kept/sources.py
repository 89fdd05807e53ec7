"""What a Python file defines, and which names each definition uses: the raw material of keys.

A file is read as a list of *statements*. A function, a class or an assignment to plain names is a
definition, found by its name; an import binds names; anything else at the top level (a loop, a
call, `X[0] = 1`) is an *effect* that counts for whoever uses the module at all. Comments, layout,
docstrings and annotations are gone before anything is hashed.

A summary depends on the text alone, so it is kept by the text's hash; see `Cache`.
"""

import ast
import functools
import hashlib
import json
import symtable
import sys
from pathlib import Path

from trainingtips.press.base import files

FORMAT = 1  # of the summaries; raising it makes every key new
_SKIP = {"ctx", "type_comment", "kind", "type_ignores", "annotation", "returns", "type_params"}


def summarise(text):
    """Summary of a Python file's text, as plain JSON data. Raises SyntaxError.

    >>> summary = summarise("import numpy as np\\ndef f(x):\\n    return np.sin(x) + g(x)\\n")
    >>> summary["bindings"], summary["definitions"]["f"][0]["names"]
    ({'np': [['numpy', '', 0]]}, ['g', 'np.sin'])
    """
    tree = _Strip().visit(ast.parse(text))
    summary = {"definitions": {}, "effects": [], "bindings": {}, "stars": [], "imports": []}
    for statement in tree.body:
        _add(statement, summary)
    return summary


def _add(statement, summary):
    if isinstance(statement, ast.Import | ast.ImportFrom):
        _bind(statement, summary)
    elif names := _defined_names(statement):
        entry = _entry(statement)
        for name in names:
            summary["definitions"].setdefault(name, []).append(entry)
    elif not _is_main_guard(statement):
        for inner in ast.walk(
            statement
        ):  # an import under `try` or `if` binds at the top level too
            if isinstance(inner, ast.Import | ast.ImportFrom):
                _bind(inner, summary)
        summary["effects"].append(_entry(statement))


def _bind(statement, summary):
    for module, attribute, level, alias in _imports(statement):
        summary["imports"].append([module, attribute, level])
        if attribute == "*":
            summary["stars"].append([module, level])
        else:
            summary["bindings"].setdefault(alias, []).append([module, attribute, level])


def _imports(statement):
    """(module, attribute, level, name bound) of each part of an import statement."""
    if isinstance(statement, ast.ImportFrom):
        for part in statement.names:
            yield statement.module or "", part.name, statement.level, part.asname or part.name
    else:
        for part in statement.names:
            # `import a.b` binds a; `import a.b as c` binds a.b
            bound = part.name if part.asname else part.name.partition(".")[0]
            yield bound, "", 0, part.asname or bound


def _defined_names(statement):
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return []
    names = [node for target in targets for node in _leaves(target)]
    plain = all(isinstance(node, ast.Name) for node in names)
    return [node.id for node in names] if plain else []  # X.y = … or X[0] = …: an effect


def _leaves(target):
    if isinstance(target, ast.Tuple | ast.List):
        return [leaf for part in target.elts for leaf in _leaves(part)]
    return [target.value if isinstance(target, ast.Starred) else target]


def _is_main_guard(statement):
    return isinstance(statement, ast.If) and "__main__" in ast.dump(statement.test)


def _entry(statement):
    inner = [
        [module, attribute, level]
        for node in ast.walk(statement)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module, attribute, level, _ in _imports(node)
    ]
    decorators = [_chain(_callee(node)) for node in getattr(statement, "decorator_list", [])]
    return {
        "digest": hashlib.sha256(_canonical(statement).encode()).hexdigest(),
        "names": _global_names(statement),
        "imports": inner,
        "decorators": [chain for chain in decorators if chain],
    }


def _callee(node):
    return node.func if isinstance(node, ast.Call) else node


def _global_names(statement):
    """Dotted names that the statement takes from the module's own scope, sorted."""
    outside = _scope_names(ast.unparse(statement))
    chains = _Chains()
    chains.visit(statement)
    return sorted(chain for chain in chains.found if chain.partition(".")[0] in outside)


def _scope_names(text):
    names, tables = set(), [symtable.symtable(text, "<statement>", "exec")]
    top = tables[0]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            # symtable takes every table *named* "top" for the module's, so that a bound name of a
            # function top() is both global and local there
            outer = symbol.is_global() and not symbol.is_local()
            if table is top or outer or symbol.is_declared_global():
                names.add(symbol.get_name())
    return names


def _chain(node):
    """`a.b.c` as a string where the node is a name or attributes of a name, else None."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


class _Chains(ast.NodeVisitor):
    """The longest dotted chain at every use of a name."""

    def __init__(self):
        self.found = set()

    def visit_Attribute(self, node):
        chain = _chain(node)
        if chain is None:
            self.generic_visit(node)
        else:
            self.found.add(chain)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load):
            self.found.add(node.id)


class _Strip(ast.NodeTransformer):
    """Drops docstrings and annotations, which change no number."""

    def _body(self, node):
        self.generic_visit(node)
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            node.body = node.body[1:] or [ast.Pass()]
        return node

    visit_Module = visit_ClassDef = _body

    def visit_FunctionDef(self, node):
        node.returns = None
        return self._body(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_AnnAssign(self, node):
        self.generic_visit(node)
        if node.value is None:  # inside a dataclass the field's name and order still count
            return ast.copy_location(ast.Expr(ast.Constant(ast.unparse(node.target))), node)
        return ast.copy_location(ast.Assign([node.target], node.value, lineno=node.lineno), node)


def _canonical(node):
    """The tree as text that is the same in every Python version that parses it."""
    if isinstance(node, ast.AST):
        fields = (
            f"{name}={_canonical(value)}"
            for name, value in ast.iter_fields(node)
            if name not in _SKIP and value is not None and value != []
        )
        return f"{type(node).__name__}({','.join(fields)})"
    if isinstance(node, list):
        return f"[{','.join(map(_canonical, node))}]"
    return repr(node)


class Cache:
    """Summaries by the hash of a file's bytes, kept in one JSON file between runs.

    Losing it costs time, never correctness: a missing, damaged or unwritable cache is not an error.
    Its first line is a hash of the rest and of the code that made it: a damaged summary would give
    a wrong key, one of an older version would lack what this one asks for.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.used = {}
        try:
            head, _, text = self.path.read_bytes().partition(b"\n")
            self.known = json.loads(text) if head == _head(text) else {}
        except (OSError, ValueError):
            self.known = {}

    def get(self, kind, data, make):
        """`make(data)` for the bytes `data`, from the cache where it is there."""
        name = f"{kind}:{hashlib.sha256(data).hexdigest()}"
        if name not in self.used:
            self.used[name] = self.known[name] if name in self.known else make(data)
        return self.used[name]

    def save(self):
        if self.used.keys() == self.known.keys():
            return
        text = json.dumps(self.used).encode()
        try:
            files.replace(self.path, _head(text) + b"\n" + text)
        except OSError:
            pass  # the next run parses again
        else:
            self.known = dict(self.used)


def _head(text):
    found = hashlib.sha256(_own_code())
    found.update(text)
    return found.hexdigest().encode()


@functools.cache
def _own_code():
    here = Path(__file__)
    names = (here.name, "scripts.py", "assertions.py", "generators.py")
    code = b"".join(here.with_name(name).read_bytes() for name in names)
    return sys.version.encode() + code
