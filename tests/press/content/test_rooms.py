"""*How it is built* is made from the code, and refuses names that are not there."""

import re

import pytest

from trainingtips.press.base import paths
from trainingtips.press.content import rooms

PRESS = paths.PACKAGE / "press"


def test_every_module_is_named_with_its_lines():
    text = rooms.rooms()
    files = [path for path in PRESS.rglob("*.py") if path.stem != "__init__"]
    for path in files:
        lines = path.read_bytes().count(b"\n")
        assert f"- `{path.stem}` ({lines}): " in text, path
    assert len(re.findall(r"^ +- `", text, re.M)) == len(files)


def test_no_word_of_a_docstring_becomes_a_tag():
    text = re.sub(r"`[^`]*`", "", rooms.rooms())
    assert not re.search(r"<[a-z/]", text)
    assert "results/&lt;section&gt;/&lt;name&gt;.json" in text
    assert "`build/figures/<section>/<name>.json`" in rooms.rooms(), "code is escaped by Markdown"


def test_a_name_is_shown_with_its_file():
    assert rooms.code("building.plan.Plan") == "`press/building/plan.py`, `Plan`"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("kept.keyz.digest", "there is no press/kept/keyz.py"),
        ("kept.keys.digets", "did you mean 'digest'"),
        ("digest", "there is no"),
    ],
)
def test_a_name_that_is_not_there(name, told):
    with pytest.raises(rooms.CodeError, match=told):
        rooms.code(name)
