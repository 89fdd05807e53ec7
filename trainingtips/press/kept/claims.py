"""Checking a claim, and saying which one failed: what was expected, and what was measured."""

import ast
import linecache
import sys
import traceback

from trainingtips.press.base.errors import ScriptError
from trainingtips.press.kept import results


class ClaimFailed(Exception):
    """A claim did not come out; the message is for the reader of the build's output."""


class _Claimed(dict):
    """What claim() is given of a dictionary: what is illustration is refused, not missing."""

    def __init__(self, rest, left_out):
        super().__init__(rest)
        self._left_out = left_out

    def __missing__(self, name):
        if name in self._left_out:
            raise ScriptError(
                f"claim() reads {name!r}, which ILLUSTRATION says is drawn and not claimed, since "
                f"another processor need not repeat it; claim a statistic, with its interval"
            )
        raise KeyError(name)

    def get(self, name, default=None):
        return self[name] if name in self or name in self._left_out else default


def check(module, claim, result, illustration=()):
    """Run `module.claim(result)`. Raises ClaimFailed where an assertion fails.

    Raises ScriptError where it reads a part that is `illustration`, or where there is no such part.
    A bare `assert a < b` is explained too: the values of `a` and `b` are worked out once more,
    which is safe, since a claim only reads.
    """
    for part in illustration:
        if not results.has(result, part):
            raise ScriptError(f"ILLUSTRATION names {part!r}, which the result does not have")
    error = refusal(module, result, illustration)
    if isinstance(error, AssertionError):
        raise ClaimFailed(_explain(claim, error))
    if error is not None:
        raise error


def refusal(module, result, illustration=()):
    """What `module.claim(result)` raises, with its traceback; None where it accepts the result.

    Raises ScriptError where Python leaves assertions out.
    """
    if sys.flags.optimize:
        raise ScriptError(
            "Python runs with -O or PYTHONOPTIMIZE and leaves assertions out, so that no claim "
            "could fail; start it without"
        )
    try:
        module.claim(results.without(result, illustration, _Claimed))
    except Exception as error:
        return error
    return None


def refusals(module, path, result, illustration=()):
    """All that `module.claim(result)` asserts and that is false: each in its words, or as code.

    `path` is the script's file, whose functions are run with each assertion passed over once it is
    noted. What comes after may raise because of it; that is left out.
    """
    with open(path, "rb") as file:
        tree = ast.parse(file.read())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    tree = ast.fix_missing_locations(_Noted().visit(ast.Module(functions, [])))
    found = []
    space = vars(module) | {_Noted.NOTE: lambda test, error: found.append(str(error) or test)}
    exec(compile(tree, str(path), "exec"), space)
    try:
        space["claim"](results.without(result, illustration, _Claimed))
    except Exception:
        if not found:
            raise
    return list(dict.fromkeys(found))


class _Noted(ast.NodeTransformer):
    """Each `assert` within `try`, which notes its failure."""

    NOTE = "_note_of_a_failed_assertion"

    def visit_Assert(self, node):
        told = [ast.Constant(ast.unparse(node.test)), ast.Name("_failed", ast.Load())]
        note = ast.Expr(ast.Call(ast.Name(self.NOTE, ast.Load()), told, []))
        failed = ast.ExceptHandler(ast.Name("AssertionError", ast.Load()), "_failed", [note])
        return ast.Try([node], [failed], [], [])


def _explain(claim, error):
    frame, line = list(traceback.walk_tb(error.__traceback__))[-1]
    lines = [f"the claim does not hold: {claim}"]
    statement = _assertion(frame.f_code.co_filename, line)
    if statement is not None:
        lines.append(f"expected: {ast.unparse(statement.test)}")
        lines += [f"measured: {text}" for text in _values(statement.test, frame)]
    if str(error):
        lines.append(f"in words: {error}")
    lines.append(f"asserted at {frame.f_code.co_filename}:{line}")
    return "\n".join(lines)


def _assertion(filename, line):
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except SyntaxError:
        return None
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert) and node.lineno <= line <= node.end_lineno
    ]
    return found[-1] if found else None


def _values(test, frame):
    """`text = value` of the parts that decide an assertion: operands, arguments, plain names."""
    seen = set()
    for node in _parts(test):
        text = ast.unparse(node)
        if text in seen or isinstance(node, ast.Constant | ast.GeneratorExp | ast.Lambda):
            continue
        seen.add(text)
        try:
            code = compile(ast.Expression(node), "<claim>", "eval")
            value = eval(code, frame.f_globals, dict(frame.f_locals))
        except Exception:
            continue  # a part that cannot stand alone, such as a comprehension's variable
        shown = f"{value:.6g}" if isinstance(value, float) else repr(value)
        yield f"{text} = {shown if len(shown) <= 300 else shown[:300] + '…'}"


def _parts(node):
    if isinstance(node, ast.BoolOp):
        children = node.values
    elif isinstance(node, ast.UnaryOp):
        children = [node.operand]
    elif isinstance(node, ast.Compare):
        children = [node.left, *node.comparators]
    elif isinstance(node, ast.Call):
        children = [*node.args, *(keyword.value for keyword in node.keywords)]
    else:
        return [node]
    return [part for child in children for part in ([child, *_parts(child)])]
