"""What an edit has changed, taken out: does the number need it?

A key covers whole statements, and has to: what `x * 1` is nobody knows without computing. So an
edit that leaves a number as it was is one for nothing where the number does not even need the
statement: without it, it is the same. What only came, went or moved is never needed, nor is a
docstring or an annotation.
"""

import ast
import difflib

BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


def without(old, new):
    """The text `new` without the innermost statements that are others in `old`; None for none."""
    old, new = _bare(old), _bare(new)
    changed = set(_changed(old.body, new.body))
    return ast.unparse(_Without(changed).visit(new)) if changed else None


def _bare(text):
    """The tree without docstrings and annotations."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(getattr(node, "body", None), list):
            node.body = [each for each in node.body if not _is_text(each)] or [ast.Pass()]
    return tree


def _is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changed(old, new):
    """Statements of the list `new` that stand for another one of `old`."""
    texts = [[ast.dump(each) for each in body] for body in (old, new)]
    matcher = difflib.SequenceMatcher(None, *texts, autojunk=False)
    for kind, start, end, first, last in matcher.get_opcodes():
        paired = kind == "replace" and end - start == last - first
        if paired and sorted(texts[0][start:end]) != sorted(texts[1][first:last]):
            for pair in zip(old[start:end], new[first:last], strict=True):
                yield from _of_pair(*pair)


def _of_pair(old, new):
    """The innermost of one statement: itself, unless only what is within is another."""
    if ast.dump(old) == ast.dump(new):
        return
    if type(old) is not type(new) or _head(old) != _head(new):
        yield new
        return
    for name in BODIES:
        yield from _changed(getattr(old, name, []), getattr(new, name, []))


def _head(node):
    """All of a statement but what is within."""
    fields = [(name, each) for name, each in ast.iter_fields(node) if name not in BODIES]
    return [(name, _dumped(each)) for name, each in fields]


def _dumped(value):
    if isinstance(value, list):
        return [_dumped(each) for each in value]
    return ast.dump(value) if isinstance(value, ast.AST) else value


class _Without(ast.NodeTransformer):
    def __init__(self, gone):
        self.gone = gone

    def visit(self, node):
        return ast.copy_location(ast.Pass(), node) if node in self.gone else super().visit(node)
