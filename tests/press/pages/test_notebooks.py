"""Notebooks in a small project: what is run again and what is not, and mistakes in a cell."""

import json

import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.pages import notebooks

HEAD = """# ---
# jupyter:
#   description: A short notebook.
# ---

# %% [markdown]
# # A notebook
"""
CELLS = """
# %%
from lab import {module}
from trainingtips.notebook import show

# %%
value = {module}.{function}(3)
print("value", value)
print("again", value)

# %%
show(lambda figure: figure.subplots().plot([1, value]), alt="A line.")
"""


class Project:
    def __init__(self, root):
        self.root = root
        self.write("lab/__init__.py", "")
        self.write(
            "lab/tools.py", "def double(x):\n    return 2 * x\n\n\ndef unused(x):\n    pass\n"
        )
        self.write("lab/wave.py", "def ripple(x):\n    return x + 1\n")
        for name, module, function in (("a", "tools", "double"), ("b", "wave", "ripple")):
            cells = CELLS.format(module=module, function=function)
            self.write(f"docs/notebooks/{name}.py", HEAD + cells)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def replace(self, path, old, new):
        text = (self.root / path).read_text()
        assert text.count(old) == 1
        self.write(path, text.replace(old, new))

    def build(self):
        return notebooks.ensure_built(self.root, say=lambda _: None)

    def outputs(self, name):
        cells = json.loads((self.root / f"build/notebooks/{name}.ipynb").read_text())["cells"]
        return [output for cell in cells for output in cell.get("outputs", ())]

    def kept(self):
        folder = self.root / "build/notebooks"
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("notebooks"))
    assert project.build() == ["a", "b"]
    return project


@pytest.fixture
def project(prepared):
    """The built project; the sources are put back afterwards, and with them the keys."""
    folders = ("docs", "lab", "build/notebooks")
    before = {
        path: path.read_bytes()
        for folder in folders
        for path in (prepared.root / folder).rglob("*")
        if path.is_file()
    }
    yield prepared
    for path, data in before.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def test_a_notebook_becomes_a_page_pictures_and_a_download(project):
    printed, shown = project.outputs("a")
    assert "".join(printed["text"]) == "value 6\nagain 6\n"
    markup = "".join(shown["data"]["text/html"])
    assert markup.count('alt="A line."') == 2
    pictures = {name for name in project.kept() if name.startswith("a/1.")}
    assert pictures == {f"a/1.{each}.svg" for each in VARIANTS}
    assert all(name.removeprefix("a/") in markup for name in pictures)
    assert b"<svg" in project.kept()["a/1.light.svg"]
    download = json.loads(project.kept()["a/a.ipynb"])
    assert [cell.get("outputs", []) for cell in download["cells"]] == [[], [], [], []]
    assert "".join(download["cells"][1]["source"]).startswith("from lab import tools")


VARIANTS = ("light", "dark", "narrow.light", "narrow.dark")


def test_unchanged_nothing_runs(project):
    before = project.kept()
    assert project.build() == []
    assert project.kept() == before


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("lab/tools.py", "2 * x", "3 * x", ["a"]),
        ("lab/wave.py", "x + 1", "x + 2", ["b"]),
        ("docs/notebooks/a.py", "A notebook", "A short one", ["a"]),
        ("docs/notebooks/b.py", '"again"', '"anew"', ["b"]),
        ("lab/tools.py", "pass", "return 1", []),
        # beside a library of which nobody knows what it reads, here the installed package
        ("lab/tools.py", "def double(x):", 'def double(x):\n    """Twice."""', ["a"]),
    ],
)
def test_a_change_runs_exactly_what_it_reaches(project, path, old, new, expected):
    project.replace(path, old, new)
    before = project.kept()
    assert project.build() == expected
    after = project.kept()
    assert {name[0] for name in after if after[name] != before.get(name)} == set(expected)


def test_another_version_of_a_library_runs_all(project, monkeypatch):
    monkeypatch.setattr(notebooks, "_version", lambda name: "0")
    assert project.build() == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "damage"),
    [("a.ipynb", b"{"), ("a.json", b""), ("a/1.dark.svg", None), ("a/a.ipynb", b"x")],
)
def test_damaged_files_heal(project, name, damage):
    before = project.kept()
    path = project.root / "build/notebooks" / name
    path.unlink() if damage is None else path.write_bytes(damage)
    assert project.build() == ["a"]
    assert project.kept() == before


def test_a_removed_notebook_leaves_nothing(project):
    (project.root / "docs/notebooks/b.py").unlink()
    assert project.build() == []
    assert {name[0] for name in project.kept()} == {"a"}


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("from lab import gone", "ImportError"),
        ("import warnings; warnings.warn('odd')", "wrote a warning"),
        ("import matplotlib.pyplot as p; p.plot([1]); p.show()", "a picture without words"),
        ("show(lambda figure: figure.subplotz(), alt='x')", "subplotz"),
        ("show(print, alt=' ')", "alt says in words"),
        ("import os; os._exit(3)", "died"),
    ],
)
def test_a_failing_cell_stops_the_build_and_is_named(project, cell, words):
    before = project.kept()
    project.replace("docs/notebooks/a.py", 'print("again", value)', f"half = 1\n{cell}")
    for _ in range(2 if cell == "1 / 0" else 1):  # it is told again until it is mended
        with pytest.raises(UserError) as told:
            project.build()
        assert "docs/notebooks/a.py" in str(told.value)
        assert words in str(told.value)
        assert "died" in words or "half = 1" in str(told.value), "the cell's source"
        assert "docs/notebooks/b.py" not in str(told.value)
    assert project.kept() == before


def test_magics_and_a_missing_description_are_refused(project):
    project.replace("docs/notebooks/a.py", 'print("again", value)', "%time 1")
    with pytest.raises(UserError, match=r"a\.py:\d+: not valid Python.*without magics"):
        project.build()
    project.replace("docs/notebooks/a.py", "%time 1", "1")
    project.replace("docs/notebooks/a.py", "#   description: A short notebook.\n", "#   x: 1\n")
    with pytest.raises(UserError, match=r"a\.py: the header has no `description:`"):
        project.build()


ENDLESS = {  # limit: (its value, a cell, what is told of it)
    "TRAININGTIPS_NOTEBOOK_SECONDS": (
        "2", "for k in iter(int, 1):\n    pass",
        "the cell 'for k in iter(int, 1):' ran for more than 2 s "
        "(TRAININGTIPS_NOTEBOOK_SECONDS sets another limit)",
    ),
    "TRAININGTIPS_NOTEBOOK_MEMORY": (
        "1", "taken = []\nwhile True:\n    taken.append(bytearray(10**7))",
        "the cell 'taken = []' took more than 1 GiB "
        "(TRAININGTIPS_NOTEBOOK_MEMORY sets another limit)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("limit", ENDLESS)
def test_a_cell_without_end_is_named_with_its_limit(project, monkeypatch, limit):
    value, cell, words = ENDLESS[limit]
    monkeypatch.setenv(limit, value)
    project.write("docs/notebooks/a.py", f"{HEAD}\n# %%\nx = 1\n\n# %%\n{cell}\n")
    with pytest.raises(UserError) as told:
        project.build()
    assert str(told.value) == f"docs/notebooks/a.py: {words}"


def test_a_cell_that_ends_its_kernel_is_named(project):
    cell = "import os\nos.kill(os.getpid(), 9)"
    project.write("docs/notebooks/a.py", f"{HEAD}\n# %%\n{cell}\n")
    with pytest.raises(UserError) as told:
        project.build()
    start = "docs/notebooks/a.py: its kernel died in the cell 'import os': "
    assert str(told.value).startswith(start) and "\n" not in str(told.value)
