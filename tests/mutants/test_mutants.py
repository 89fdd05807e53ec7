"""The driver finds what is noticed and what is not, and keeps the difference."""

import contextlib
import html
from collections import namedtuple

import pytest

from tests.mutants import changes, report, trial
from trainingtips.press.content import mutants

MODULE = '''"""Well tested, endless when spoilt, with an equivalent fault, never called."""


def double(x):
    return 2 * x


def countdown(n):
    while n > 0:
        n -= 1
    return n


class Half:
    def magnitude(self, x):
        """|x|, of which -0.0 == 0.0."""
        return x if x > 0 else -x


def unseen(x):
    return x + 1
'''
TESTS = """from package import module


def test_double():
    assert module.double(3) == 6


def test_countdown():
    assert module.countdown(5) == 0


def test_magnitude():
    assert module.Half().magnitude(-2) == 2 and module.Half().magnitude(2) == 2
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """{(function, was, now): whether noticed} of every fault of the module above."""
    pytest.importorskip("mutmut", reason="installed by `make mutants`")
    root = tmp_path_factory.mktemp("project")
    (root / "package").mkdir()
    (root / "package/__init__.py").touch()
    (root / "package/module.py").write_text(MODULE)
    (root / "tests").mkdir()
    (root / "tests/test_module.py").write_text(TESTS)
    folder = root / "build/mutants"
    trial.copied(root, folder, ["package/module.py"], ["tests"])
    with contextlib.chdir(folder):
        possible = changes.changes(folder, "package/module.py")
    killed = trial.tried(folder, [change.mutant for change in possible])
    return {(c.function, c.was, c.now): (killed[c.mutant], c.line) for c in possible}


def test_a_fault_that_a_test_notices(outcome):
    line = MODULE.splitlines().index("    return 2 * x") + 1
    assert outcome["double", "return 2 * x", "return 3 * x"] == (True, line)


def test_an_endless_loop_is_noticed(outcome):
    assert outcome["countdown", "n -= 1", "n += 1"][0]


def test_an_equivalent_fault_survives(outcome):
    before, line = (
        "return x if x > 0 else -x",
        MODULE.splitlines().index(" " * 8 + "return x if x > 0 else -x"),
    )
    assert outcome["Half.magnitude", before, before.replace(">", ">=")] == (False, line + 1)


def test_what_no_test_reaches_survives(outcome):
    assert not outcome["unseen", "return x + 1", "return x - 1"][0]


def test_changes_are_found_once_for_each_text(tmp_path, monkeypatch):
    asked = []

    def found(folder, file):
        asked.append((folder / file).read_text())
        return [changes.Change("m", file, "f", 1, asked[-1], "y = 2", 0)]

    monkeypatch.setattr(changes, "changes", found)
    (tmp_path / "a.py").write_text("x = 1")
    (tmp_path / "b.py").write_text("x = 1")
    first = [changes.known(tmp_path, name, tmp_path / "store") for name in ("a.py", "b.py")]
    assert [each[0].file for each in first] == ["a.py", "b.py"]
    assert first == [changes.known(tmp_path, name, tmp_path / "store") for name in ("a.py", "b.py")]
    (tmp_path / "a.py").write_text("x = 3")
    assert changes.known(tmp_path, "a.py", tmp_path / "store")[0].was == "x = 3"
    assert asked == ["x = 1", "x = 1", "x = 3"]


def test_the_project_itself_is_left_alone(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / ".venv").mkdir()
    trial.copied(tmp_path, tmp_path / "build/mutants", ["a.py"], ["a.py"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [".venv", "a.py", "build"]
    assert not (tmp_path / "build/mutants/.venv").exists()


Fault = namedtuple("Fault", "mutant file function line was now again")
FAULTS = [
    Fault("m1", "a.py", "f", 3, "x + 1", "x - 1", 0),
    Fault("m2", "a.py", "f", 4, "x > 0", "x >= 0", 0),
    Fault("m3", "b.py", "g", 9, "a | b", "a & b", 0),
    Fault("m4", "b.py", "g", 9, "`", "``", 0),
]


def test_a_report_counts_and_gives_each_survivor_its_reason():
    known = {("a.py", "f", "x > 0", "x >= 0"): ("equivalent", "x is never 0")}
    texts = {"a.py": "0a", "b.py": "0b"}
    kept = report.report(FAULTS, {"m1": True, "m2": False, "m3": False}, known, texts, seed=1)
    assert (kept["possible"], kept["tried"], kept["killed"], kept["seed"]) == (4, 3, 1, 1)
    assert {name: file["killed"] for name, file in kept["files"].items()} == {"a.py": 1, "b.py": 0}
    assert {name: file["text"] for name, file in kept["files"].items()} == texts
    told = [(file, one["line"], one["kind"]) for file, one in mutants.survivors(kept)]
    assert told == [("a.py", 4, "equivalent"), ("b.py", 9, None)]
    rows = mutants.table(kept).splitlines()
    assert rows[2:] == [
        "| <code>a.py</code> | 2 | 2 | 1 | 1 equivalent |",
        "| <code>b.py</code> | 2 | 1 | 0 | 1 open |",
        "| **all** | 4 | 3 | 1 | 1 equivalent, 1 open |",
    ]
    told = "<code>x &gt; 0</code> → <code>x &gt;= 0</code>. *equivalent*: x is never 0"
    assert html.unescape(told) in html.unescape(mutants.listing(kept))
    assert "x > 0" not in mutants.listing(kept)


def test_every_reason_is_of_a_known_kind(tmp_path):
    assert all(why for _, why in report.reasons().values())
    path = tmp_path / "reasons.toml"
    path.write_text('[[survivor]]\nfile = "a"\nfunction = "f"\nwas = "x"\nnow = "y"\nkind = "no"\n')
    with pytest.raises(ValueError, match=r"'no'.*equivalent"):
        report.reasons(path)
