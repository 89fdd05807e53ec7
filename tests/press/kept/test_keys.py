"""Keys: what only draws is left out, as a module and as a package, unless compute() uses it."""

import pytest

from trainingtips.press.kept import keys

SCRIPT = """
from lab import drawing, science
from lab.drawing.verbs import line


def compute():
    return science.count()


def draw():
    drawing.line(), line(), drawing.verbs.line()
"""


@pytest.fixture
def project(tmp_path):
    def write(path, text):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    write("lab/__init__.py", "")
    write("lab/science.py", "def count():\n    return 1\n")
    write("lab/drawing/__init__.py", "from lab.drawing.verbs import line\n")
    write("lab/drawing/verbs.py", "LOOK = dict(red=1)\n\n\ndef line():\n    return LOOK\n")
    write("lab/drawings.py", "def line():\n    return 2\n")
    write("script.py", SCRIPT)
    return write


def reached(tmp_path, without):
    found, _ = keys.Project(tmp_path).reached("script", "compute", without)
    return {(module, name) for module, name, _ in found}


def test_a_package_is_left_out_with_all_its_modules(project, tmp_path):
    found = reached(tmp_path, ["lab.drawing"])
    assert ("lab.science", "count") in found
    assert not {module for module, _ in found if module.startswith("lab.drawing")}


@pytest.mark.parametrize("use", ["drawing.line()", "line()", "drawing.verbs.line()", "drawing"])
def test_it_counts_where_compute_uses_it(project, tmp_path, use):
    project("script.py", SCRIPT.replace("return", f"{use}\n    return"))
    assert ("lab.drawing.verbs", "line") in reached(tmp_path, ["lab.drawing"])


def test_a_module_of_a_longer_name_is_not_left_out(project, tmp_path):
    project("script.py", "from lab import drawings\n\n\ndef compute():\n    drawings.line()\n")
    assert ("lab.drawings", "line") in reached(tmp_path, ["lab.drawing"])
