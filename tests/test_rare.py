"""The list of rare tests: what it leaves to `make test-long`, and that it names what is there."""

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import rare

ROOT = Path(__file__).parents[1]
LISTED = rare.read(rare.LIST.read_text("utf-8"))


@pytest.mark.parametrize("test", LISTED)
def test_every_line_names_a_test(test):
    path, name = test.split("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def case(name, long=False):
    marks = ["long"] if long else []
    return SimpleNamespace(
        nodeid=f"tests/test_a.py::{name}",
        marks=marks,
        get_closest_marker=lambda wanted: wanted in marks or None,
        add_marker=lambda mark: marks.append(mark.name),
    )


def test_the_first_cases_stay_and_what_is_marked_already_is_not_counted(tmp_path, monkeypatch):
    path = tmp_path / "rare.txt"
    path.write_text("# why\ntests/test_a.py::test_one\n\ntests/test_a.py::test_some[2:]\n")
    monkeypatch.setattr(rare, "LIST", path)
    some = [case("test_some[a]", long=True), *(case(f"test_some[{k}]") for k in "bcd")]
    one, other = case("test_one"), case("test_other")
    rare.mark([one, *some, other])
    assert [bool(each.marks) for each in (one, *some, other)] == [1, 1, 0, 0, 1, 0]


@pytest.mark.parametrize(
    "line", ["tests/a.py", "tests/a.py::test_a[0:]", "tests/a.py::test_a [2:]", "a::b\na::b"]
)
def test_a_line_that_is_none_is_refused(line):
    with pytest.raises(ValueError, match="received"):
        rare.read(line)


def test_a_test_that_stands_there_twice_is_refused():
    with pytest.raises(ValueError, match="test_a"):
        rare.read("a.py::test_a\na.py::test_a[2:]")


def test_the_parts_are_all_of_the_long_tests_and_each_has_the_others():
    long = [case(f"test_long[{k}]", long=True) for k in range(200)]
    others = [case(f"test_other[{k}]") for k in range(20)]
    parts = [rare.parted([*long, *others], f"{k}/4") for k in (1, 2, 3, 4)]
    names = [[each.nodeid for each in kept if each in long] for kept, _ in parts]
    together = [name for part in names for name in part]
    assert sorted(together) == sorted(each.nodeid for each in long)
    assert all(25 < len(each) < 75 for each in names)
    for kept, left in parts:
        assert [each for each in kept if each in others] == others
        assert len(kept) + len(left) == 220
    assert rare.parted(long, "1/1") == (long, [])


@pytest.mark.parametrize("text", ["0/4", "5/4", "1/0", "2", "a/b", "1/4 "])
def test_a_part_that_is_none_is_refused(text):
    with pytest.raises(pytest.UsageError, match="received"):
        rare.parted([], text)
