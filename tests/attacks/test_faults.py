"""Mistakes and accidents: one clear message, the right exit status, nothing else touched."""

import contextlib
import json
import os
import random
import signal
import subprocess

import pytest

from tests.projects import Project
from tests.waiting import children, gone, started


def edit_result(project, change, name="demo/a"):
    path = project.root / f"results/{name}.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"""It grows."""', "", "no docstring"),
        ("It grows.", "It grows", "full stop"),
        ('ALT = "A rising line."', "", "ALT"),
        ('"A rising line."', '""', "ALT"),
        ('"A rising line."', "f'{1}'", "plain literal"),
        ("COLOUR =", "VERDICT = 'maybe'\nCOLOUR =", "'maybe'"),
        ("COLOUR =", "INPUTS = ['no/such.csv']\nCOLOUR =", "no/such.csv"),
        ("def draw(result, figure)", "def drawn(result, figure)", "draw(result, figure)"),
        ("def draw(result, figure)", "def draw(result)", "draw(result, figure)"),
        ("def compute()", "def compute(nothing)", "'nothing'"),
        ("def compute()", "def compute(a)", "circle"),
        ("def compute()", "def compute(:", "figures/demo/a.py"),
        ('"n": 4', '"n": open("no-such-file")', "reads no-such-file, which"),
        ('"n": 4', '"n": float("nan")', "result.n is nan"),
        ('"n": 4', '"n": [1, np.inf]', "result.n[1] is inf"),
        ('"n": 4', '"n": 1j', "complex"),
        ('"n": 4', '"n": {1: 2}', "key 1"),
        ('"n": 4', '"n": object()', "object"),
        ('"n": 4', '"n": undefined_name', "NameError"),
        ("    return {", "    return 3\n    return {", "returns a dict"),
        ("figure.subplots()", "figure.subplotz()", "subplotz"),
    ],
)
def test_a_broken_script_is_told_and_stops_no_other(project, old, new, words):
    project.replace("figures/demo/a.py", old, new)
    output = project.build(status=1)
    assert words in output
    assert "figures/demo/a.py" in output
    assert "press/" not in output, "no traceback of our own internals"
    assert len(project.hashes()) == 4, "the other figure is built"
    assert not (project.root / "results/demo/a.json").exists()
    assert words in project.build(status=1), "told again until it is mended"


def test_a_false_claim_says_what_was_expected_and_measured(built):
    before = built.hashes("results", ".json"), built.hashes()
    built.replace("figures/demo/a.py", 'result["n"] == 4', 'result["n"] > 4')
    output = built.build(status=1)
    for words in ("It grows.", "expected: result['n'] > 4", "measured: result['n'] = 4"):
        assert words in output
    assert (built.hashes("results", ".json"), built.hashes()) == before


def test_a_broken_formula_stops_the_build_and_keeps_the_old_result(built):
    before = built.hashes("results", ".json")
    built.replace("figures/demo/a.py", 'result["n"] == 4', 'result["y"][1] == 2')
    built.build()
    built.replace("lab/tools.py", "2 * x", "3 * x")
    assert "measured: result['y'][1] = 3" in built.build(status=1)
    assert built.hashes("results", ".json") == before


def test_a_number_changed_by_hand(built):
    edit_result(built, lambda content: content["result"].update(n=5))
    output = built.build(status=1)
    for words in ("changed by hand", "It grows.", "measured: result['n'] = 5", "--force demo/a"):
        assert words in output
    built.build("--force", "demo/a")
    built.build()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"key": 1}', '{"key": NaN}', "\x00\x01", "[" * 100_000],
)
def test_a_corrupt_result_is_named_and_left_alone(built, text):
    path = built.root / "results/demo/a.json"
    path.write_text(text)
    output = built.build(status=1)
    assert "demo/a.json: not a kept result" in output
    assert path.read_text() == text


def test_unknown_figure_and_empty_folder(built, tmp_path_factory):
    output = built.build("demo/aa", status=2)
    assert "no figure 'demo/aa'; did you mean 'demo/a'?" in output
    empty = Project(tmp_path_factory.mktemp("empty"))
    for path in empty.root.glob("figures/demo/*"):
        path.unlink()
    assert "no scripts under" in empty.build(status=1)


def test_output_that_cannot_be_written(project):
    project.write("build/figures/demo", "a file where a folder should be")
    output = project.build(status=1)
    assert "cannot write" in output
    assert (project.root / "build/figures/demo").read_text().startswith("a file")


def test_results_that_cannot_be_written_leave_the_rest_alone(built):
    before = built.hashes()
    os.rename(built.root / "results/demo", built.root / "results/kept")
    built.write("results/demo", "a file where a folder should be")
    assert "cannot" in built.build(status=1)
    assert built.hashes() == before


def test_killed_at_random_moments_then_built_cleanly(project, tmp_path_factory):
    undisturbed = Project(tmp_path_factory.mktemp("undisturbed"))
    undisturbed.build()
    rng = random.Random(0)
    for _ in range(8):
        process = project.start("figures")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0.05, 2.0))
        process.kill()
        process.communicate()
    project.build()
    assert project.hashes() == undisturbed.hashes()
    assert not list(project.root.rglob(".unfinished-*"))


# it says in which process it computes, and does so for a minute
WAIT = """    with open("part", "w") as file:
        file.write(str(__import__("os").getpid()))
    __import__("os").rename("part", "computing")
    __import__("time").sleep(60)"""


@pytest.fixture
def computing(project):
    """(a build, its child that computes, all its children)."""
    project.replace("figures/demo/a.py", "    # a comment", WAIT)
    process = project.start("figures", "demo/a")
    started(process, (project.root / "computing").exists)
    worker = int((project.root / "computing").read_text())
    found = children(process.pid)
    assert found
    yield process, worker, found
    process.kill()
    process.communicate()


def test_interrupt_ends_the_children_too(computing):
    process, worker, below = computing
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert gone([worker, *below])


def test_children_die_with_a_killed_parent(computing):
    process, worker, below = computing
    process.kill()
    process.communicate()
    assert gone([worker, *below])
