"""Edits at random: one of a kind in one file, as a person might make it, or might not."""

import ast
import copy
import io

import numpy as np

OPERATORS = [ast.Add, ast.Sub, ast.Mult]
VARIABLE = "LAB_RATE"
COMPARISONS = [ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq]


def constant(tree, random):
    """Another number or text."""
    found = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and type(n.value) in (int, float, bool)
    ]
    node = random.choice(found)
    if isinstance(node.value, bool):
        node.value = not node.value
    else:
        node.value = node.value + random.choice([1, 2, 0.5 if isinstance(node.value, float) else 3])


def operator(tree, random):
    """Another operation or comparison."""
    found = [n for n in ast.walk(tree) if isinstance(n, ast.BinOp | ast.Compare | ast.AugAssign)]
    node = random.choice(found)
    if isinstance(node, ast.Compare):
        node.ops[0] = random.choice(COMPARISONS)()
    else:
        node.op = random.choice([o for o in OPERATORS if not isinstance(node.op, o)])()


def order(tree, random):
    """Two neighbouring statements change places."""
    found = [getattr(node, "body", None) for node in ast.walk(tree)]
    bodies = [body for body in found if isinstance(body, list) and len(body) > 1]
    body = random.choice(bodies) if random.random() < 0.4 else tree.body
    index = random.randrange(len(body) - 1)
    body[index], body[index + 1] = body[index + 1], body[index]


def removal(tree, random):
    """A statement is gone."""
    del tree.body[random.randrange(len(tree.body))]


def decorator(tree, random):
    """A decorator goes, or one more comes."""
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    decorated = [n for n in found if n.decorator_list]
    if decorated and random.random() < 0.6:
        random.choice(decorated).decorator_list.pop()
        return
    node = random.choice([n for n in found if isinstance(n, ast.FunctionDef)])
    node.decorator_list.append(copy.deepcopy(random.choice(
        [d for n in decorated for d in n.decorator_list] or [ast.Name("staticmethod", ast.Load())]
    )))  # fmt: skip


def default(tree, random):
    """Another default, or one where there was none."""
    found = [n for n in ast.walk(tree) if isinstance(n, ast.arguments) and n.args]
    node = random.choice(found)
    if node.defaults:
        node.defaults[-1] = ast.Constant(random.randrange(9))
    else:
        node.defaults.append(ast.Constant(random.randrange(9)))


def base(tree, random):
    """Another base of a class, or none."""
    classes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    node = random.choice(classes)
    names = ["object", "Exception", *(n.name for n in classes if n is not node)]
    node.bases = [ast.Name(random.choice(names), ast.Load())] if random.random() < 0.8 else []


def imported(tree, random):
    """Another name, another module or another order of what is imported."""
    found = [n for n in tree.body if isinstance(n, ast.ImportFrom | ast.Import)]
    node = random.choice(found)
    if isinstance(node, ast.ImportFrom) and random.random() < 0.5:
        node.module = random.choice(["lab.one", "lab.two", "lab.three", "math", "lab"])
    elif random.random() < 0.5:
        node.names.append(ast.alias(random.choice(["wraps", "value_0", "math", "lab"]), None))
    else:
        tree.body.remove(node)
        tree.body.insert(random.randrange(min(6, len(tree.body))), node)


def annotation(tree, random):
    """Another annotation, or a docstring."""
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    node = random.choice(found)
    if isinstance(node, ast.FunctionDef) and node.args.args and random.random() < 0.6:
        note = ast.Name(random.choice(["int", "float", "str"]), ast.Load())
        random.choice(node.args.args).annotation = note
    else:
        node.body.insert(0, ast.Expr(ast.Constant(f"Number {random.randrange(99)}.")))


def addition(tree, random):
    """A definition that nobody uses, yet."""
    number = random.randrange(99)
    text = random.choice(
        [
            f"def added_{number}(x):\n    return x + {number}",
            f"ADDED_{number} = {number}",
            f"class Added_{number}:\n    size = {number}",
            "import itertools",
        ]
    )
    tree.body.insert(random.randrange(len(tree.body) + 1), ast.parse(text).body[0])


def asked(tree, random):
    """A number that may be set by an environment variable."""
    found = [i for i, n in enumerate(tree.body) if isinstance(n, ast.Assign) and _is_number(n)]
    index = random.choice(found)
    statement = tree.body[index]
    number = statement.value.value
    read = f"{type(number).__name__}(os.environ.get({VARIABLE!r}, {number}))"
    statement.value = ast.parse(read, mode="eval").body
    tree.body.insert(index, ast.parse("import os").body[0])


def setting(tree, random):
    """Another number or word of one of SETTINGS, one more of them, or files that are gone."""
    found = [n for n in tree.body if isinstance(n, ast.Assign) and _names(n) == ["SETTINGS"]]
    tried = [each for each in random.choice(found).value.values if isinstance(each, ast.Dict)]
    node = random.choice(tried)
    if random.random() < 0.2:
        node.keys.append(ast.Constant(f"more_{random.randrange(99)}"))
        node.values.append(ast.Constant(random.randrange(99)))
        return
    value = random.choice(node.values)
    if isinstance(value, ast.List):
        value.elts.pop()
    elif isinstance(value.value, str):
        value.value = value.value + random.choice("abc")
    else:
        value.value = value.value + random.choice([1, 2, 0.5])


def _names(statement):
    return [each.id for each in statement.targets if isinstance(each, ast.Name)]


def _is_number(statement):
    value = statement.value
    return isinstance(value, ast.Constant) and type(value.value) in (int, float)


OF_CODE = {
    "constants": constant,
    "operators": operator,
    "order of statements": order,
    "removals": removal,
    "decorators": decorator,
    "defaults": default,
    "bases": base,
    "imports": imported,
    "annotations and docstrings": annotation,
    "additions": addition,
    "environment": asked,
    "settings": setting,
}


def data(path, random):
    """The bytes of that file of numbers with another number in it."""
    if path.suffix != ".npz":
        return f"{random.randrange(9)}\n{random.random():.2f}\n".encode()
    with np.load(path) as found:
        arrays = {name: found[name] for name in found.files}
    values = random.choice([each for each in arrays.values() if each.size > 1]).reshape(-1)
    index = random.randrange(values.size)
    least, most = values.min(), values.max()
    values[index] = least if values[index] == most > least else values[index] + 1
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def code(text, kind, random):
    """`text` with an edit of that kind; None where there is nothing to edit, or no other text."""
    tree = ast.parse(text)
    try:
        OF_CODE[kind](tree, random)
    except (IndexError, ValueError):
        return None
    try:
        new = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        compile(new, "<edit>", "exec")
    except (SyntaxError, ValueError):
        return None
    return None if new == ast.unparse(ast.parse(text)) + "\n" else new
