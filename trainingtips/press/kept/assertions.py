"""Whether a claim() can fail at all, and draw() draws on its own figure: read, not run.

A claim counts where an assertion is reached and says something: `assert`, a raised AssertionError,
or a call whose name begins with `assert`, such as numpy's. Functions of the same file are followed.
"""

import ast

# calls that only tell: their answer, dropped, asserts nothing
_TELL = {"isclose", "allclose", "array_equal", "array_equiv", "equal", "all", "any", "isfinite"}
_TELL |= {"bool", "isinstance", "less", "greater", "less_equal", "greater_equal", "not_equal"}
_TOLD = (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Name, ast.Attribute, ast.Subscript, ast.Tuple)
_ENDS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_LEAVES = (ast.Return, ast.Break, ast.Continue)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_CAUGHT = {"AssertionError", "Exception", "BaseException"}


class Fault(ValueError):
    """What is wrong, with the line that it is in."""

    def __init__(self, node, message):
        super().__init__(message)
        self.lineno = node.lineno


def check_claim(tree):
    """Raise Fault where claim() of the module `tree` cannot fail, saying what to write."""
    functions = {node.name: node for node in tree.body if isinstance(node, _FUNCTIONS)}
    claim = functions["claim"]
    _check_is_run(tree, claim)
    _check_own(claim)
    asserted, modules = False, _modules(tree)
    for function in _reached(claim, functions):
        _check_function(function)
        holder = next(each for each in functions.values() if function in ast.walk(each))
        _check_forgets(function, modules | _bound_in(holder))
        asserted |= any(_asserts(node) for node in _own_nodes(function))
    if not asserted:
        raise Fault(claim, "claim() asserts nothing, so it cannot fail; write " + _example(claim))
    given = {argument.arg for argument in claim.args.args}
    read = {node.id for node in ast.walk(claim) if isinstance(node, ast.Name)}
    if given and not given & read:
        raise Fault(claim, f"claim() never reads {min(given)}; write {_example(claim)}")


def asserted(tree):
    """The nodes of the module `tree` that assert something for its claim(), by line."""
    functions = {node.name: node for node in tree.body if isinstance(node, _FUNCTIONS)}
    reached = _reached(functions["claim"], functions)
    found = (node for function in reached for node in _own_nodes(function) if _asserts(node))
    return sorted(found, key=lambda node: node.lineno)


def check_draw(tree):
    """Raise Fault where the script draws with pyplot, on a figure that nobody sees."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {a.asname or a.name for a in node.names if a.name == "matplotlib.pyplot"}
        elif isinstance(node, ast.ImportFrom) and node.module == "matplotlib":
            names |= {a.asname or a.name for a in node.names if a.name == "pyplot"}
        elif isinstance(node, ast.ImportFrom) and node.module == "matplotlib.pyplot":
            raise Fault(node, _PYPLOT.format("pyplot"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in names:
            raise Fault(node, _PYPLOT.format(ast.unparse(node)))


_PYPLOT = (
    "{} draws on a figure of its own, which no page shows; write axes = figure.subplots() in "
    "draw(result, figure), and draw with axes.plot(…)"
)


def _example(claim):
    name = claim.args.args[0].arg if claim.args.args else "result"
    return f'assert {name}["slope"] < 0, f"expected it to fall, measured {{{name}[\'slope\']}}"'


def _check_own(claim):
    """What only claim() itself must not do: give back a value, or wait to be asked for one."""
    for node in _own_nodes(claim):
        if isinstance(node, ast.Return) and not _is_none(node.value):
            told = ast.unparse(node.value)
            raise Fault(node, f"claim() returns {told}, which nobody reads; write assert {told}")
        if isinstance(node, ast.Yield | ast.YieldFrom):
            raise Fault(node, "claim() is a generator, which never runs; write assert, not yield")


def _check_is_run(tree, claim):
    """Raise Fault where the name `claim` is another's in the end."""
    if claim.decorator_list:
        raise Fault(claim, "claim() is decorated, and what runs is what the decorator makes of it")
    for node in tree.body:
        if node is claim or node.lineno < claim.lineno:
            continue
        own = isinstance(node, (*_FUNCTIONS, ast.ClassDef))
        names = {node.name} if own else _assigned(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.asname or alias.name for alias in node.names}
        if "claim" in names:
            raise Fault(node, f"claim is another one from here on; line {claim.lineno} never runs")


def _assigned(tree):
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _is_bound(n)}


def _is_bound(name):
    return not isinstance(name.ctx, ast.Load)


_CHANGES = {"append", "add", "update", "setdefault", "extend", "insert", "pop", "clear", "remove"}


def _modules(tree):
    """Names under which modules are imported: np.add changes nothing of numpy's."""
    imports = (node for node in tree.body if isinstance(node, ast.Import))
    return {
        alias.asname or alias.name.partition(".")[0] for node in imports for alias in node.names
    }


def _bound_in(function):
    """Names that are given to it, or bound in it or in a function within: new at each call."""
    given = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return given | _assigned(function)


def _check_forgets(function, own):
    """Raise Fault where a claim keeps something from one call to the next; `own` is made anew."""
    for node in _own_nodes(function):
        if isinstance(node, ast.Global):
            raise Fault(node, "a claim says the same each time it is asked; write no global")
        changed = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            changed = node.func.value if node.func.attr in _CHANGES else None
        elif isinstance(node, ast.Subscript | ast.Attribute) and _is_bound(node):
            changed = node.value
        while isinstance(changed, ast.Subscript | ast.Attribute):
            changed = changed.value
        if isinstance(changed, ast.Name) and changed.id not in own:
            raise Fault(
                node, f"{changed.id} is changed here, and would be another at the next call; a "
                f"claim says the same each time: build it within the function"
            )  # fmt: skip


def _is_none(node):
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _check_function(function):
    for node in _own_nodes(function):
        for block in _blocks(node):
            _check_block(block)
        if isinstance(node, ast.Assert):
            _check_assert(node)
        elif isinstance(node, ast.Expr) and _tells(node.value):
            told = ast.unparse(node.value)
            raise Fault(node, f"{told} is worked out and dropped; write assert {told}")
        elif isinstance(node, ast.Try) and any(map(_asserts, _within(node.body))):
            for handler in node.handlers:
                if _catches(handler.type) and not any(map(_raises, handler.body)):
                    raise Fault(handler, "a failed assertion is caught here; let it through")
            left = next((n for n in _within(node.finalbody) if isinstance(n, _LEAVES)), None)
            if left is not None:
                raise Fault(left, "this leaves a failed assertion behind; let it through")
        elif isinstance(node, ast.With):
            for item in node.items:
                told = ast.unparse(item.context_expr)
                if "suppress" in told or "AssertionError" in told:
                    raise Fault(node, "a failed assertion is suppressed here; let it through")


def _check_block(statements):
    """Raise Fault for an assertion that is never reached."""
    ended = None
    for statement in statements:
        lost = next((each for each in _within([statement]) if _asserts(each)), None)
        if ended is not None and lost is not None:
            raise Fault(
                lost, f"never reached: line {ended.lineno} ends it before; put it above that line"
            )
        if isinstance(statement, ast.If | ast.While) and _constant(statement.test) is False:
            lost = next((each for each in _within(statement.body) if _asserts(each)), None)
            if lost is not None:
                raise Fault(lost, f"never reached: {ast.unparse(statement.test)} is never true")
        ends = isinstance(statement, _ENDS) and not _asserts(statement)
        if ends or (isinstance(statement, ast.If) and _ends_always(statement)):
            ended = ended or statement


def _ends_always(statement):
    """Whether an `if` leaves the function in whatever way it goes."""
    ends = [
        any(isinstance(s, _ENDS) for s in block) for block in (statement.body, statement.orelse)
    ]
    return all(ends) or (_constant(statement.test) is True and ends[0])


def _check_assert(node):
    test = node.test
    if isinstance(test, ast.Tuple) and test.elts:
        parts = [ast.unparse(each) for each in test.elts]
        raise Fault(node, f"a pair is always true; write assert {', '.join(parts)}")
    if isinstance(test, ast.ListComp):
        told = ast.unparse(test)
        raise Fault(node, f"a list is true as soon as it holds anything; write all({told[1:-1]})")
    if isinstance(test, ast.Attribute) and test.attr in _TELL:
        told = ast.unparse(test)
        raise Fault(node, f"{told} is a function, and so always true; write assert {told}()")
    for part in _parts(test):
        if _constant(part) is True:
            raise Fault(
                node,
                f"{ast.unparse(part)} is always true; assert a number of the result, such as "
                f'assert result["slope"] < 0',
            )


def _parts(test):
    """An assertion's expression and what it joins by `and`, `or` and `not`."""
    yield test
    if isinstance(test, ast.BoolOp):
        for each in test.values:
            yield from _parts(each)


_KNOWN = {"__debug__": True, "TYPE_CHECKING": False}


def _constant(node):
    """The truth of an expression that is the same whatever was measured; None where it is not."""
    if isinstance(node, ast.NamedExpr):
        return _constant(node.value)
    if isinstance(node, ast.Name | ast.Attribute):
        return _KNOWN.get(_name(node))
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return bool(node.elts) if not any(isinstance(e, ast.Starred) for e in node.elts) else None
    if isinstance(node, ast.Dict):
        return bool(node.keys)
    if isinstance(node, ast.JoinedStr):
        return True if any(isinstance(each, ast.Constant) for each in node.values) else None
    if isinstance(node, ast.GeneratorExp | ast.Lambda):
        return True
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = _constant(node.operand)
        return None if inner is None else not inner
    if isinstance(node, ast.BoolOp):
        parts, decides = [_constant(each) for each in node.values], isinstance(node.op, ast.Or)
        if decides in parts:
            return decides
        return None if None in parts else not decides
    if isinstance(node, ast.Compare):
        return _compared(node)
    return None


def _compared(node):
    """Of a comparison of plain values, or of something with itself."""
    sides = [node.left, *node.comparators]
    size = isinstance(sides[0], ast.Call) and _name(sides[0].func) in ("len", "abs")
    zero = isinstance(sides[1], ast.Constant) and sides[1].value == 0
    if size and zero and len(sides) == 2 and isinstance(node.ops[0], ast.GtE):
        return True
    if all(isinstance(each, ast.Constant) for each in sides):
        return bool(eval(compile(ast.Expression(node), "<claim>", "eval"), {"__builtins__": {}}))
    same = len({ast.dump(each) for each in sides}) == 1
    calm = not any(isinstance(each, ast.Call) for each in ast.walk(node))
    weak = all(isinstance(op, ast.Eq | ast.LtE | ast.GtE | ast.Is) for op in node.ops)
    return True if same and calm and weak else None


def _tells(node):
    if isinstance(node, ast.Call):
        return _name(node.func) in _TELL
    return isinstance(node, _TOLD)


def _asserts(node):
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.Raise):
        return node.exc is not None and "AssertionError" in ast.unparse(node.exc)
    return isinstance(node, ast.Call) and _name(node.func).startswith("assert")


def _raises(node):
    return isinstance(node, ast.Raise) or _asserts(node)


def _catches(kind):
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(each is None or _name(each) in _CAUGHT for each in kinds)


def _name(node):
    """The last part of a dotted name."""
    return getattr(node, "attr", None) or getattr(node, "id", "")


def _reached(function, functions):
    """`function` and those of the file, or defined within, that it uses by name, each once."""
    found, waiting = [], [function]
    while waiting:
        here = waiting.pop()
        if here in found:
            continue
        found.append(here)
        inner = {node.name: node for node in ast.walk(here) if isinstance(node, _FUNCTIONS)}
        known = functions | {name: node for name, node in inner.items() if node is not here}
        used = {n.id for n in _own_nodes(here) if isinstance(n, ast.Name)}
        waiting += [known[name] for name in sorted(used & known.keys())]
    return found


def _own_nodes(function):
    """The nodes of a function, those of functions within it left out."""
    yield function
    waiting = list(function.body)
    while waiting:
        node = waiting.pop(0)
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield node
            waiting += ast.iter_child_nodes(node)


def _within(statements):
    for statement in statements:
        if not isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            yield from ast.walk(statement)


def _blocks(node):
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
