"""Imports in the builder run from later rooms to earlier ones, and never in a circle."""

import ast
from pathlib import Path

import trainingtips.press
from trainingtips.press.base import paths

ROOMS = trainingtips.press.ROOMS
PRESS = paths.PACKAGE / "press"
FILES = sorted(path for path in PRESS.rglob("*.py") if "katex" not in path.parts)
PACKAGES = {f"trainingtips.press.{room}" for room in ROOMS}


def imported(tree):
    """Dotted names of all that `tree` imports, at its top or within a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield from (f"{node.module}.{each.name}" for each in node.names)


def module(path):
    return ".".join(path.relative_to(paths.SOURCE).with_suffix("").parts)


def uses():
    """{module: modules of the builder that it imports}; both by their dotted names."""
    known = {module(path) for path in FILES}
    found = {}
    for path in FILES:
        names = imported(ast.parse(path.read_text(encoding="utf-8")))
        # `from a.b import c` is of a.b.c where that is a module, else of a.b
        targets = {name if name in known else name.rpartition(".")[0] for name in names}
        ours = {each for each in targets if each.startswith("trainingtips.press.")}
        assert ours <= known | PACKAGES, f"{path}: imports what is not there"
        found[module(path)] = targets & known
    return found


def room(name):
    return name.split(".")[2]


def test_every_module_is_in_a_room_that_says_what_it_is_for():
    folders = {path.name for path in PRESS.iterdir() if path.is_dir() and path.name[0] != "_"}
    assert folders | {"cli"} == set(ROOMS)
    outside = {path.name for path in PRESS.glob("*.py")}
    assert outside == {"__init__.py", "cli.py"}
    for folder in folders:
        tree = ast.parse((PRESS / folder / "__init__.py").read_text(encoding="utf-8"))
        text = ast.get_docstring(tree)
        assert "Comes in:" in text and "Goes out:" in text, folder
        count = len(list((PRESS / folder).glob("*.py"))) - 1
        assert 6 <= count <= 14, f"{folder} has {count} modules: a room that one can look over"


def test_imports_run_from_later_rooms_to_earlier_ones():
    for name, targets in uses().items():
        for target in targets:
            if name.count(".") > 1 and target.count(".") > 2:
                assert ROOMS.index(room(target)) <= ROOMS.index(room(name)), f"{name} → {target}"


def test_no_module_imports_in_a_circle():
    left = uses()
    while free := [name for name, targets in left.items() if not targets & left.keys() - {name}]:
        for name in free:
            del left[name]
    assert not left, f"these import one another: {sorted(left)}"


def test_the_science_imports_nothing_of_the_builder():
    for path in paths.PACKAGE.glob("*.py"):
        if path.name not in ("__main__.py", "notebook.py"):  # the command line; shows a figure
            names = imported(ast.parse(path.read_text(encoding="utf-8")))
            assert not [each for each in names if each.startswith("trainingtips.press")], path


def test_the_tests_mirror_the_rooms():
    here = Path(__file__).parent
    folders = {path.name for path in here.iterdir() if path.is_dir() and path.name[0] != "_"}
    assert folders <= set(ROOMS)
    for path in here.glob("*/test_*.py"):
        name = path.stem.removeprefix("test_")
        assert (PRESS / path.parent.name / f"{name}.py").is_file(), f"{path}: of which module?"
