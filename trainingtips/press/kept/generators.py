"""Whether a script draws by `trainingtips.chance` alone: read, not run.

A generator of another make is one that no fresh draw reaches: its luck would be that of the kept
result for ever. So it is refused with the line that it stands in, and with what to write. What
cannot be seen here, such as layers built outside of an `Ensemble`, is given torch's global state,
which the runner starts by the draw.
"""

import ast

from trainingtips.press.kept.assertions import Fault

RNG = "chance.rng(0)"
_GENERATOR = "chance.generator(0)"
_STARTED = "with chance.started(0):"
_TYPES = {"numpy.random.Generator", "torch.Generator"}  # where nothing is called: annotations
# modules and names that draw, or seed, by means of their own: what to write instead
_MEANS = {
    "numpy.random": RNG,
    "random": RNG,
    "secrets": RNG,
    "os.urandom": RNG,
    "uuid.uuid1": RNG,
    "uuid.uuid4": RNG,
    "torch.Generator": _GENERATOR,
    "torch.manual_seed": _STARTED,
    "torch.seed": _STARTED,
    "torch.random": _STARTED,
    "torch.default_generator": _STARTED,
    "torch.cuda.manual_seed": _STARTED,
    "torch.cuda.manual_seed_all": _STARTED,
    "torch.distributions": f"torch.randn(…, generator={_GENERATOR})",
}
# torch's own draws take a generator; so do these methods, which change a tensor in place
_DRAWS = {"rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "poisson"}
_DRAWS |= {"rand_like", "randn_like", "randint_like"}
_IN_PLACE = {"normal_", "uniform_", "random_", "bernoulli_", "exponential_", "cauchy_"}
_IN_PLACE |= {"log_normal_", "geometric_"}
# libraries' functions that draw by themselves unless they are told by what
_LIBRARIES = {
    "scipy.stats.bootstrap",
    "scipy.stats.permutation_test",
    "scipy.stats.monte_carlo_test",
    "scipy.optimize.differential_evolution",
    "scipy.optimize.dual_annealing",
    "scipy.optimize.basinhopping",
    "scipy.sparse.random",
    "sklearn.model_selection.train_test_split",
    "sklearn.utils.shuffle",
    "sklearn.utils.resample",
}
_TELL = ("rng", "random_state", "seed")


def check(tree):
    """Raise Fault for the first line of the module `tree` that draws by other means."""
    for node, dotted, instead in found(tree):
        raise Fault(
            node,
            f"{dotted} draws by means of its own, which no fresh draw reaches; write {instead} "
            f"(from trainingtips import chance)",
        )


def found(tree):
    """(node, what draws by other means, what to write instead) of all such places, by line."""
    names, started = _imported(tree), _started(tree)
    nodes = list(ast.walk(tree))
    named = [n.value for n in nodes if isinstance(n, ast.Attribute) and _dotted(n, names) in _TYPES]
    places = [
        (node, dotted, instead)
        for node in nodes
        if node not in named  # np.random, in an annotation's np.random.Generator
        for dotted, instead in _means(node, names, node in started)
    ]
    return sorted(places, key=lambda each: (each[0].lineno, -len(each[1])))


def _imported(tree):
    """{name in this file: what it stands for}, of all imports wherever they are."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                first = each.name.partition(".")[0]
                found[each.asname or first] = each.name if each.asname else first
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for each in node.names:
                found[each.asname or each.name] = f"{node.module}.{each.name}"
    return found


def _started(tree):
    """The nodes within `with chance.started(…):`, where torch's global state has its seed."""
    blocks = (node for node in ast.walk(tree) if isinstance(node, ast.With))
    return {
        inner
        for block in blocks
        if any("chance.started(" in ast.unparse(item.context_expr) for item in block.items)
        for statement in block.body
        for inner in ast.walk(statement)
    }


def _means(node, names, started):
    """(what draws by other means, what to write instead) of one node; mostly none."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        module = getattr(node, "module", None)
        for each in node.names:
            yield from _refused(f"{module}.{each.name}" if module else each.name)
    elif isinstance(node, ast.Attribute | ast.Name):
        yield from _refused(_dotted(node, names) or "")
    elif isinstance(node, ast.Call):
        yield from _called(node, _dotted(node.func, names), started)


def _refused(dotted):
    """By a name that stands for a whole module, or for something in it."""
    if dotted not in _TYPES:
        for known, instead in _MEANS.items():
            if f"{dotted}.".startswith(f"{known}."):
                yield dotted, instead


def _called(node, dotted, started):
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if dotted == "torch.Generator":
        yield dotted, _GENERATOR
    elif dotted and dotted.startswith("torch.") and dotted.partition(".")[2] in _DRAWS:
        if "generator" not in given and not started:
            yield dotted, f"{dotted}(…, generator={_GENERATOR})"
    elif dotted is None and method in _IN_PLACE:
        if "generator" not in given and not started:
            yield f"torch.Tensor.{method}", f".{method}(…, generator={_GENERATOR})"
    elif dotted in _LIBRARIES or method == "rvs":
        told = next((name for name in _TELL if name in given), None)
        if told is None or _is_fixed(given[told]):
            yield dotted or f".{method}", f"{told or 'rng'}={RNG}"
    elif "random_state" in given and _is_fixed(given["random_state"]):
        yield f"random_state={ast.unparse(given['random_state'])}", "random_state=chance.seed(0)"


def _is_fixed(value):
    """A plain number, None, or a constant of the file by its name: the same in every draw."""
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Name) and value.id.isupper())


def _dotted(node, names):
    """`np.random.rand` as numpy.random.rand; None where it begins with no imported name."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return None
    return ".".join([names[node.id], *reversed(parts)])
