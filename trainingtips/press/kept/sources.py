"""What a Python file defines, and which names each statement uses: the raw material of keys.

A file is read as a list of *units*, the statements at its top level. A unit is *free* where it does
nothing but give names their values (see `purity`), each bound by no other statement: it counts for
those who use a name of it. Every other is an *effect*, and counts, in its order, for whoever
imports the module. Comments and layout are gone before anything is hashed; so are the docstrings
and annotations that nothing can read.

A summary depends on the text alone, so it is kept by the text's hash; see `Cache`.
"""

import ast
import builtins
import functools
import hashlib
import json
import symtable
import sys
from collections import Counter
from pathlib import Path

from trainingtips.press.base import files
from trainingtips.press.kept import purity

FORMAT = 2  # of the summaries; raising it makes every key new
_SKIP = {"ctx", "type_comment", "kind", "type_ignores"}
# names that Python itself looks for in a module: no one needs to use them by name
_IMPLICIT = {"__getattr__", "__path__", "__name__", "__package__", "__file__", "__spec__"}
_IMPLICIT |= {"__loader__", "__builtins__", "__class__"}
# whatever uses one of these before it is bound uses Python's own
_NOT_FREE = _IMPLICIT | set(dir(builtins))
# importing these only binds names; what another library does, nobody knows
LIBRARIES = set(sys.stdlib_module_names) - {"this", "antigravity"}
LIBRARIES |= {"numpy", "scipy", "torch", "sklearn", "matplotlib"}
# whoever names one of these may read docstrings and annotations
READERS = {"__doc__", "__annotations__", "get_type_hints", "getdoc", "signature", "inspect"}
READERS |= {"singledispatch", "singledispatchmethod", "doctest", "pydoc", "__code__", "getsource"}
READERS |= {"linecache", "__text_signature__", "get_annotations", "jit", "script"}
READERS |= {"TypedDict", "register", "annotationlib", "unittest", "Cmd"}
READERS |= {"co_consts", "custom_op", "infer_schema", "triton_op"}  # of torch.library
# whoever names one of these may read in which line something stands
LINES = {"lineno", "end_lineno", "f_lineno", "tb_lineno", "co_firstlineno", "co_lines"}
LINES |= {"co_positions", "co_linetable", "co_lnotab", "format_exc", "format_exception"}
LINES |= {"format_tb", "format_stack", "extract_tb", "extract_stack", "print_exc", "getsource"}
LINES |= {"getsourcelines", "findsource", "getframeinfo", "linecache", "print_exception"}
# attributes by which code comes to what it does not name
REFLECTIVE = {"__globals__", "f_globals", "f_locals", "f_builtins", "__builtins__"}
REFLECTIVE |= {"__subclasses__", "gi_frame", "cr_frame", "tb_frame", "__loader__", "__spec__"}


def summarise(text):
    """Summary of a Python file's text, as plain JSON data. Raises SyntaxError.

    `units` are its statements in order; one `reads` where it is free and its value may depend on
    what effects before it have done, an import `rebinds` where it makes a difference what stands
    before it. `bindings` are {name: the imports that bind it}, `defined` {name: indices of the
    units that bind it otherwise}, `stars` what it imports by a star.

    >>> summary = summarise("import numpy as np\\ndef f(x):\\n    return np.sin(x) + g(x)\\n")
    >>> summary["bindings"], summary["units"][1]["uses"], summary["units"][1]["free"]
    ({'np': [['numpy', '', 0]]}, ['g', 'np.sin'], True)
    """
    tree = ast.parse(text)
    body = tree.body
    counts = Counter(name for statement in body for name in _bound(statement))
    plain = not any(_has_star(statement) for statement in body)
    own = set(_own(body, counts)) if plain else set()
    judge = purity.Judge(_libraries(body, counts), set(counts), own)
    settled = 0 if plain else _settled(body)
    units = [
        _unit(each, judge, counts, plain or index >= settled, plain)
        for index, each in enumerate(body)
    ]
    found = _names(units, body)
    known = _sources(body)
    for unit, statement in zip(units, body, strict=True):
        told = unit["kind"] == "import" and (not plain or _rebinds(statement, counts, known))
        unit["rebinds"] = told
    first = {name: each[0] for name, each in found["defined"].items()} | _first_imports(body)
    for index, unit in enumerate(units):  # what a name was imported as counts for whoever uses it
        roots = {chain.partition(".")[0] for chain in unit["uses"]}
        bound = {name: each for name, each in found["bindings"].items() if name in roots}
        if unit["reads"] or not unit["free"]:  # and what is not there yet when it is executed
            late = [name for name in roots if index < first.get(name, -1)]
            bound |= {"late": sorted(late)} if late else {}
        for kind in ("digest", "full") if bound else ():
            unit[kind] = _hash([unit[kind], bound])
    return {"units": units, **found}


def _names(units, body):
    found = {"bindings": {}, "defined": {}, "stars": []}
    for index, (unit, statement) in enumerate(zip(units, body, strict=True)):
        for name in unit["names"]:
            found["defined"].setdefault(name, []).append(index)
        if unit["kind"] == "guard":  # what is run as a program only
            continue
        for module, attribute, level, alias in _imports_within(statement):
            if attribute == "*":
                found["stars"].append([module, level])
            elif alias:
                known = found["bindings"].setdefault(alias, [])
                known += [e for e in [[module, attribute, level]] if e not in known]
    return found


def _sources(body):
    """{name: how many statements bind it to what}, of the imports at the top level."""
    found = {}
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for each in set(_imports(statement)):
                found.setdefault(each[3], Counter())[each[:3]] += 1
    return found


def _rebinds(statement, counts, sources):
    """Whether that import binds a name that something else binds, too, or that is Python's own."""
    names = {each[3] for each in _imports(statement) if each[3]}
    return any(
        len(sources[name]) > 1 or sources[name].total() < counts[name] or name in _NOT_FREE
        for name in names
    )


def _first_imports(body):
    """{name: index of the statement that imports it first}."""
    found = {}
    for index, statement in enumerate(body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for *_, name in _imports(statement):
                found.setdefault(name, index)
    return found


def _settled(body):
    """From which statement on a definition is the last word, though a star brings any names.

    Only where nothing is done while the module is imported, so that no one can ask before.
    """
    stars = [index for index, each in enumerate(body) if _has_star(each)]
    imports = all(isinstance(body[index], ast.ImportFrom) for index in stars)
    return stars[-1] + 1 if imports and all(map(_is_inert, body)) else len(body)


_LITERAL = (
    *(ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp),
    *(ast.expr_context, ast.operator, ast.unaryop),
)


def _is_inert(statement):
    """Whether it does nothing whatever the names that it uses stand for."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        notes = [n.annotation for n in ast.walk(statement.args) if isinstance(n, ast.arg)]
        plain = all(
            isinstance(n, ast.Name | ast.Constant | None) for n in [*notes, statement.returns]
        )
        return plain and _is_literal_function(statement)
    if isinstance(statement, ast.Assign):
        literal = all(isinstance(each, _LITERAL) for each in ast.walk(statement.value))
        return literal and all(isinstance(each, ast.Name) for each in statement.targets)
    return _is_text(statement) or isinstance(statement, ast.Import | ast.ImportFrom)


def _unit(statement, judge, counts, settled, plain):
    names = sorted(set(_bound(statement)))
    kind = _kind(statement, counts)
    single = settled and all(counts[name] == 1 and name not in _NOT_FREE for name in names)
    if kind == "import":
        free = (
            single
            and plain
            and all(
                module.partition(".")[0] in LIBRARIES and not level and module != "__future__"
                for module, _, level, _ in _imports(statement)
            )
        )
        names = []  # they are bindings
    elif kind in ("guard", "text"):
        free, names = True, [] if kind == "guard" else ["__doc__"]
    else:
        does_nothing = judge.is_free(statement) if plain else _is_inert(statement)
        free = bool(names) and single and does_nothing
        if free and plain:
            judge.knows(statement, names)
    bare = kind in ("import", "guard", "text")
    uses, flags = ([], []) if bare else _uses(statement, counts, plain and "vars" not in counts)
    return {
        "kind": kind,
        "names": names,
        "free": free,
        "digest": _digest(_Strip(judge).visit(_copy(statement))),
        "full": _digest(statement),
        "uses": uses,
        "reads": free and not bare and bool(uses) and not _is_literal_function(statement),
        "noted": kind == "definition" and _is_noted(statement),
        "imports": [] if kind == "guard" else [list(each) for each in _imports_within(statement)],
        "flags": flags,
    }


def _kind(statement, counts):
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return "import"
    if _is_main_guard(statement) and "__name__" not in counts:
        return "guard"
    if _is_text(statement):
        return "text"
    return "definition" if _defined_names(statement) else "effect"


def _is_literal_function(statement):
    """A function whose making reads nothing: where it stands makes no difference."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    given = [*statement.args.defaults, *filter(None, statement.args.kw_defaults)]
    return not statement.decorator_list and all(isinstance(each, ast.Constant) for each in given)


def _is_noted(statement):
    """Whether it is a function with annotations, which are worked out where it stands."""
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and bool(
        statement.returns or [n for n in ast.walk(statement.args) if getattr(n, "annotation", None)]
    )


def _libraries(body, counts):
    """{name: what it stands for} of the names that imports of libraries bind, once each."""
    found = {}
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for module, attribute, level, alias in _imports(statement):
                known = module.partition(".")[0] in LIBRARIES and not level
                if known and alias and counts[alias] == 1:
                    root = module.partition(".")[0]
                    whole = root if alias == root else module
                    found[alias] = f"{module}.{attribute}" if attribute else whole
    return found


def _own(body, counts):
    """Names of functions, classes and imports that are the project's, or a stranger's, bound once.

    What they do with what they decorate their own text says; of a stranger's library nobody knows,
    but where one is imported all docstrings and annotations count anyway.
    """
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for module, _, level, alias in _imports(statement):
                if alias and counts[alias] == 1 and (level or not _is_library(module)):
                    yield alias
        elif isinstance(statement, _SCOPES) and counts[statement.name] == 1:
            yield statement.name


def _is_library(module):
    return module.partition(".")[0] in LIBRARIES


def _imports(statement):
    """(module, attribute, level, name bound) of each part of an import statement.

    `import a.b` binds a and loads a.b: two parts, the second without a name.
    """
    if isinstance(statement, ast.ImportFrom):
        for part in statement.names:
            yield statement.module or "", part.name, statement.level, part.asname or part.name
        return
    for part in statement.names:
        root = part.name.partition(".")[0]
        if part.asname or root == part.name:
            yield part.name, "", 0, part.asname or root
        else:
            yield root, "", 0, root
            yield part.name, "", 0, ""


def _imports_within(statement):
    """Those of a statement at the top level, and of all within it."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Import | ast.ImportFrom):
            top = node is statement or not isinstance(statement, _SCOPES)
            for module, attribute, level, alias in _imports(node):
                yield module, attribute, level, alias if top else ""


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_NAMING = (*_SCOPES, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)


def _has_star(statement):
    return any(each[1] == "*" for each in _imports_within(statement))


def _bound(statement):
    """Every name that the statement may bind in its module, as often as it does."""
    if isinstance(statement, _SCOPES):
        yield statement.name
    for node in _of_module(statement):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store | ast.Del):
                yield node.id
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from dict.fromkeys(each[3] for each in _imports(node) if each[3])
        elif isinstance(node, _NAMING) and node is not statement and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest
    for node in ast.walk(statement):
        if isinstance(node, ast.Global):
            yield from node.names  # a function may bind it, at any time


def _of_module(statement):
    """The nodes of a statement whose names are the module's own, not a function's or a class's."""
    todo = [statement]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, (*_SCOPES, ast.Lambda)):
            continue
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            # its variables are its own; a walrus within it binds outside
            todo += [each.target for each in ast.walk(node) if isinstance(each, ast.NamedExpr)]
            continue
        todo += ast.iter_child_nodes(node)


def _defined_names(statement):
    if isinstance(statement, _SCOPES):
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
    """`if __name__ == "__main__":`, and nothing for the other case."""
    return (
        isinstance(statement, ast.If)
        and not statement.orelse
        and ast.unparse(statement.test) in ("__name__ == '__main__'", "'__main__' == __name__")
    )


def _uses(statement, bound, builtin):
    """(dotted names that the statement takes from its module's scope, flags), both sorted.

    `builtin`: `vars` is Python's own.
    """
    outside = _scope_names(ast.unparse(statement), bound)
    chains = _Chains(builtin)
    chains.visit(statement)
    reading = _Chains(builtin)  # a decorator reads what it decorates, and there all counts anyway
    for node in ast.iter_child_nodes(statement):
        if node not in getattr(statement, "decorator_list", ()):
            reading.visit(node)
    uses = sorted(chain for chain in chains.found if chain.partition(".")[0] in outside)
    words = reading.words | {part for chain in reading.found for part in chain.split(".")}
    words |= {part for each in _imports_within(statement) for part in each[:2] if part}
    flags = ["reader"] if words & READERS else []
    flags += ["lists"] if "__dict__" in words else []
    flags += ["lines"] if words & LINES else []
    words |= chains.words | {part for chain in chains.found for part in chain.split(".")}
    return uses, flags + (["reflective"] if words & REFLECTIVE else [])


def _scope_names(text, bound):
    """Names that the text may take from the module, in whatever scope it does."""
    names, tables = set(), [symtable.symtable(text, "<statement>", "exec")]
    top = tables[0]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        inside = table.get_type() == "class"
        for symbol in table.get_symbols():
            name = symbol.get_name()
            # symtable takes every table *named* "top" for the module's, so that a bound name of a
            # function top() is both global and local there
            outer = symbol.is_global() and not symbol.is_local()
            # in a class `rate = rate` reads the module's: its own is not there yet
            own = inside and symbol.is_local() and symbol.is_referenced() and name in bound
            if table is top or outer or symbol.is_declared_global() or own:
                names.add(name)
    return names


def _chain(node):
    """`a.b.c` as a string where the node is a name or attributes of a name, else None."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def _asks_for_name(node):
    """`frame.f_globals.get("__name__")`: the name of a module that is at work."""
    first = node.args[0] if node.args else None
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "get"
        and isinstance(node.func.value, ast.Attribute)
        and node.func.value.attr == "f_globals"
        and isinstance(first, ast.Constant)
        and first.value == "__name__"
    )


def _asks_for_dict(node):
    """`vars(x)`, which is `x.__dict__`."""
    plain = not node.keywords and len(node.args) == 1 and not isinstance(node.args[0], ast.Starred)
    return plain and isinstance(node.func, ast.Name) and node.func.id == "vars"


class _Chains(ast.NodeVisitor):
    """The longest dotted chain at every use of a name, and the attributes of all else."""

    def __init__(self, builtin=False):
        self.builtin = builtin
        self.found, self.words = set(), set()

    def visit_Attribute(self, node):
        chain = _chain(node)
        if chain is None:
            self.words.add(node.attr)
            self.generic_visit(node)
        else:
            self.found.add(chain)

    def visit_Call(self, node):
        if _asks_for_name(node):  # who calls, and none of what it has
            self.visit(node.func.value.value)
            for each in node.args[1:]:
                self.visit(each)
        elif self.builtin and _asks_for_dict(node):
            self.words.add("__dict__")
            self.visit(node.args[0])
        else:
            self.generic_visit(node)

    def visit_Name(self, node):
        if not isinstance(node.ctx, ast.Store):
            self.found.add(node.id)

    def visit_Constant(self, node):
        named = isinstance(node.value, str) and node.value.startswith("__")
        if named and node.value in READERS | {"__dict__"}:
            self.words.add(node.value)  # getattr(f, "__doc__")

    def visit_AugAssign(self, node):
        if isinstance(node.target, ast.Name):
            self.found.add(node.target.id)
        self.generic_visit(node)


class _Strip(ast.NodeTransformer):
    """Drops the docstrings and annotations that no decorator, base or metaclass may read."""

    def __init__(self, judge):
        self.judge = judge

    def _body(self, node):
        self.generic_visit(node)  # a text that stands alone is none, unless it is the first
        node.body = [each for each in node.body if not _is_text(each)] or [ast.Pass()]
        return node

    def visit_ClassDef(self, node):
        if [self.judge.dotted(each) for each in node.bases] == ["object"]:
            node.bases = []  # it says what is so anyway
        made = [each.value for each in node.keywords if each.arg in ("metaclass", None)]
        if not all(map(self._is_silent, [*node.decorator_list, *node.bases, *made])):
            return node
        return self._body(node)  # a field's annotation stays: dataclasses read it

    def visit_FunctionDef(self, node):
        if not all(map(self._is_silent, node.decorator_list)):
            return node
        node.returns = None
        for each in ast.walk(node.args):
            if isinstance(each, ast.arg):
                each.annotation = None
        return self._body(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def _is_silent(self, node):
        """Whether that decorator or base reads neither, or its own text would tell that it does."""
        node = node.func if isinstance(node, ast.Call) else node
        chain = (_chain(node) or "").split(".")
        told = chain[0] in self.judge.own and not READERS & set(chain)
        return told or self.judge.harmless(node) or self.judge.dotted(node) == "functools.wraps"


def _is_text(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _copy(node):
    return ast.parse(ast.unparse(node)).body[0] if not isinstance(node, ast.Module) else node


def _digest(node):
    return hashlib.sha256(_canonical(node).encode()).hexdigest()


def _hash(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


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

    def keep(self, kind, text_hash):
        """Not to be lost with the next `save`, though it was not asked for."""
        name = f"{kind}:{text_hash}"
        if name in self.known:
            self.used[name] = self.known[name]

    def forget(self, kind, data):
        """Not to be kept, though it was asked for."""
        self.used.pop(f"{kind}:{hashlib.sha256(data).hexdigest()}", None)

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
    found = hashlib.sha256(own_code())
    found.update(text)
    return found.hexdigest().encode()


@functools.cache
def own_code():
    """What reads the sources, and the Python that does: another one reads anew."""
    here = Path(__file__)
    names = (here.name, "purity.py", "scripts.py", "assertions.py", "generators.py")
    code = b"".join(here.with_name(name).read_bytes() for name in names)
    return sys.version.encode() + code
