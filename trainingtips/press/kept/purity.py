"""Which statements at a module's top level do nothing but give a name its value.

Such a statement may be left out where nobody uses the name: nothing else changes. All others, a
call of anything unknown first of all, may have an effect, and are never left out. So this room
errs on one side only: what it does not know has an effect.
"""

import ast

# called while a module is imported, these only return a value
CALLS = {
    *("dict", "list", "tuple", "set", "frozenset", "range", "len", "zip", "enumerate", "sorted"),
    *("min", "max", "sum", "abs", "round", "int", "float", "str", "bool", "complex", "reversed"),
    *("slice", "object", "bytes", "any", "all"),
    *("functools.partial", "contextvars.ContextVar", "pathlib.Path", "re.compile"),
    *("fractions.Fraction", "decimal.Decimal", "collections.namedtuple", "typing.TypeVar"),
    *("torch.tensor", "torch.arange", "torch.linspace", "torch.logspace", "torch.ones"),
    *("torch.zeros", "torch.eye", "torch.finfo", "torch.device"),
}
NUMPY = {
    *("abs", "arange", "arccos", "arcsin", "arctan", "array", "array_equal", "asarray"),
    *("ceil", "concatenate", "cos", "cosh", "cumprod", "cumsum", "diag", "diff", "dot"),
    *("dtype", "exp", "exp2", "expm1", "eye", "finfo", "float32", "float64", "floor"),
    *("full", "geomspace", "iinfo", "int32", "int64", "interp", "isin", "isnan", "linspace"),
    *("log", "log10", "log1p", "log2", "logspace", "max", "maximum", "mean", "meshgrid"),
    *("min", "minimum", "ones", "outer", "power", "prod", "radians", "r_", "repeat"),
    *("reshape", "round", "sign", "sin", "sinh", "sort", "sqrt", "square", "stack", "std"),
    *("sum", "tan", "tanh", "tile", "trace", "unique", "var", "zeros"),
}
DECORATORS = {
    *("property", "staticmethod", "classmethod", "functools.cache", "functools.lru_cache"),
    *("functools.cached_property", "functools.total_ordering", "contextlib.contextmanager"),
    *("abc.abstractmethod", "dataclasses.dataclass", "torch.no_grad", "torch.enable_grad"),
    *("torch.inference_mode", "typing.overload", "typing.final", "enum.unique"),
}
BASES = {
    *("object", "Exception", "ValueError", "TypeError", "RuntimeError", "KeyError", "dict"),
    *("list", "tuple", "int", "float", "str", "typing.NamedTuple", "typing.Protocol", "abc.ABC"),
    *("torch.nn.Module", "torch.optim.Optimizer", "torch.autograd.Function", "enum.Enum"),
    *("enum.IntEnum", "enum.StrEnum", "BaseException", "ArithmeticError", "LookupError"),
}
# what these return can be read once only, so that it has to be read where it is made
ITERATORS = {"zip", "enumerate", "reversed"}
CONSUMERS = {"dict", "list", "tuple", "set", "frozenset", "sorted", "min", "max", "sum"}
CONSUMERS |= {"any", "all"}
_STORED = (ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Lambda)  # keep what they are given as it is
_PURE_NODES = (
    *(ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.BoolOp),
    *(ast.Compare, ast.IfExp, ast.JoinedStr, ast.FormattedValue, ast.Subscript, ast.Slice),
    *(ast.Starred, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension),
    *(ast.Name, ast.Attribute, ast.keyword, ast.expr_context, ast.operator, ast.unaryop),
    *(ast.boolop, ast.cmpop),
)


class Judge:
    """Judges the statements of one module, in their order.

    `libraries` says what a name stands for, such as {"np": "numpy"}: each bound once, by an import.
    `bound` are all names that the module binds, `own` those of them that are no library's.
    """

    def __init__(self, libraries, bound, own=()):
        self.libraries, self.bound, self.own = libraries, bound, own
        self.free = set()  # names bound so far by statements that were judged to be free
        self.classes = set()  # those of them that may be built upon

    def is_free(self, statement):
        """Whether the statement only binds names, and reading what it reads changes nothing."""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._function(statement)
        if isinstance(statement, ast.ClassDef):
            return self._class(statement)
        if isinstance(statement, ast.Assign):
            return self.pure(statement.value)
        if isinstance(statement, ast.AnnAssign):
            return self.pure(statement.value) and self.pure(statement.annotation)
        return False

    def knows(self, statement, names):
        """The statement is free, and the module's only one to bind these names."""
        self.free.update(names)
        if isinstance(statement, ast.ClassDef):
            self.classes.add(statement.name)

    def harmless(self, node):
        """Whether that decorator or base is known to read neither annotations nor docstrings."""
        found = self.dotted(node.func if isinstance(node, ast.Call) else node)
        return found in DECORATORS or found in BASES

    def dotted(self, node):
        """`np.pi` as numpy.pi; a builtin as itself; None for anything of the project's."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        if node.id in self.libraries:
            return ".".join([self.libraries[node.id], *reversed(parts)])
        return None if node.id in self.bound else ".".join([node.id, *reversed(parts)])

    def pure(self, node, worked=False, consumed=False):
        """Whether evaluating the expression has no effect.

        `worked`: something is done with its value, which is not only kept; `consumed`: it is read
        to its end at once.
        """
        if node is None:
            return True
        if isinstance(node, ast.Name):
            known = node.id in self.free or node.id in self.libraries or node.id not in self.bound
            return known or not worked  # what it is nobody knows: reading it may use it up
        if isinstance(node, ast.Lambda):
            return all(self.pure(each) for each in _defaults(node.args))
        if isinstance(node, ast.Call):
            return self._call(node, consumed)
        if isinstance(node, ast.GeneratorExp) and not consumed:
            return False
        if isinstance(node, ast.comprehension):
            inner = [node.target, *node.ifs]
            return self.pure(node.iter, True, True) and all(self.pure(e, True) for e in inner)
        if not isinstance(node, _PURE_NODES):
            return False
        worked = worked or not isinstance(node, (*_STORED, ast.Attribute))
        return all(self.pure(child, worked) for child in ast.iter_child_nodes(node))

    def _call(self, node, consumed):
        name = self.dotted(node.func) or ""
        root, _, rest = name.partition(".")
        known = name in CALLS or (root == "math" and rest) or (root == "numpy" and rest in NUMPY)
        if not known or (name in ITERATORS and not consumed):
            return False
        parts = [*node.args, *(each.value for each in node.keywords)]
        if name in ("functools.partial", "contextvars.ContextVar"):
            return all(self.pure(each) for each in parts)
        # what is given to a function may be called by it: max(…, key=f)
        if any(each.arg == "key" for each in node.keywords):
            return False
        through = name in CONSUMERS or name in ITERATORS
        return all(self.pure(each, True, through) for each in parts)

    def _function(self, node):
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [each for each in (arguments.vararg, arguments.kwarg) if each]
        notes = [each.annotation for each in every] + [node.returns]
        return (
            not getattr(node, "type_params", None)
            and all(self._decorator(each) for each in node.decorator_list)
            and all(self.pure(each) for each in [*_defaults(arguments), *notes])
        )

    def _decorator(self, node):
        given = [*node.args, *node.keywords] if isinstance(node, ast.Call) else []
        return self.harmless(node) and all(self.pure(each) for each in given)

    def _class(self, node):
        bases = all(
            self.dotted(each) in BASES or (isinstance(each, ast.Name) and each.id in self.classes)
            for each in node.bases
        )
        return (
            bases
            and not node.keywords
            and not getattr(node, "type_params", None)
            and all(self._decorator(each) for each in node.decorator_list)
            and all(self._member(each, node) for each in node.body)
        )

    def _member(self, statement, owner):
        hooks = {"__init_subclass__", "__class_getitem__", "__set_name__", "__mro_entries__"}
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            setters = [each for each in statement.decorator_list if _is_setter(each)]
            plain = [each for each in statement.decorator_list if each not in setters]
            bare = ast.FunctionDef(
                name=statement.name, args=statement.args, body=[], decorator_list=plain,
                returns=statement.returns, lineno=0,
            )  # fmt: skip
            return statement.name not in hooks and self._function(bare)
        if isinstance(statement, ast.Expr):
            return isinstance(statement.value, ast.Constant)
        if isinstance(statement, ast.Assign):
            named = all(isinstance(each, ast.Name) for each in statement.targets)
            return named and self.pure(statement.value)
        return isinstance(statement, ast.Pass) or (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and self.is_free(statement)
        )


def _is_setter(node):
    """`@width.setter`, of a property of the same class."""
    return isinstance(node, ast.Attribute) and node.attr in ("setter", "deleter", "getter")


def _defaults(arguments):
    return [*arguments.defaults, *filter(None, arguments.kw_defaults)]
