"""The configuration's files and what they ask of the environment."""

import pytest

from trainingtips.press.base import configuration


@pytest.fixture
def root(tmp_path):
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def test_there_may_be_none(root):
    assert configuration.files(root) == configuration.code(root) == []
    assert configuration.variables(root) == {}


def test_the_code_that_it_names_is_found(root):
    text = "hooks: [a.py, 'b/c.py']\nextensions:\n  - d.py # e.py\n  - gone.py\nx: {y: f.pyc}\n"
    (root / "mkdocs.yml").write_text(text)
    (root / "b").mkdir()
    for name in ("a.py", "b/c.py", "d.py", "e.py", "f.py", "main.py"):
        (root / name).write_text("")
    found = [path.relative_to(root).as_posix() for path in configuration.code(root)]
    assert found == ["a.py", "b/c.py", "d.py", "e.py", "main.py"]


@pytest.mark.parametrize(
    "line", ["INHERIT: ../base.yml", "INHERIT:  '../base.yml' # ours", 'INHERIT: "../base.yml"']
)
def test_what_is_inherited_belongs_to_it(root, line):
    (root / "mkdocs.yml").write_text(f"site_name: a\n{line}\ntheme: {{name: material}}\n")
    (root.parent / "base.yml").write_text("INHERIT: site/mkdocs.yml\n")  # and so on for ever
    found = [path.resolve() for path in configuration.files(root)]
    assert found == [root.resolve() / "mkdocs.yml", root.parent.resolve() / "base.yml"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a: !ENV ONE", {"ONE"}),
        ("a: !ENV [ONE, two, 3]", {"ONE", "two"}),
        ("a: !ENV [\n  ONE,\n  'x']\nb: !ENV TWO", {"ONE", "x", "TWO"}),
        ("a: ENV ONE\nb: '!ENVIRONMENT x'", set()),
    ],
)
def test_every_variable_that_it_asks_for_is_found(root, text, names, monkeypatch):
    monkeypatch.setenv("ONE", "1")
    monkeypatch.delenv("TWO", raising=False)
    (root / "mkdocs.yml").write_text(text)
    found = configuration.variables(root)
    assert found.keys() == names
    assert all(value == ("1" if name == "ONE" else None) for name, value in found.items())
