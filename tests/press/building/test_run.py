"""The order of a build, what becomes of its parts, and what it says: without a process."""

import io

import pytest
from rich.console import Console

from tests.projects import Project
from trainingtips.press.base.errors import BuildFailed
from trainingtips.press.building import figure, plan, run, workers
from trainingtips.press.kept import parts, results

SHARED = '"""Counts."""\n\n\ndef compute({needs}):\n    return {{"n": 4}}\n'


@pytest.fixture
def project(tmp_path):
    """a needs _runs, which needs _base; b needs nothing."""
    project = Project(tmp_path)
    project.write("figures/demo/_base.py", SHARED.format(needs=""))
    project.write("figures/demo/_runs.py", SHARED.format(needs="base"))
    project.replace("figures/demo/a.py", "def compute():", "def compute(runs):")
    return project


def build(project, *wanted, force=False, report=None):
    found = plan.Plan(project.root)
    return run._Run(found, wanted or found.names, force, report)


class Pool:
    """Notes what it is asked for, and does nothing."""

    def __init__(self):
        self.sent, self.dropped = [], []

    def send(self, name, task, function, *arguments):
        self.sent.append((name, task, function))

    def drop(self, names):
        self.dropped.extend(names)


def test_each_comes_after_what_it_builds_on(project):
    assert build(project, "demo/a").todo == ["demo/_base", "demo/_runs", "demo/a"]
    assert build(project, "demo/a", "demo/b").todo[3:] == ["demo/b"]


def test_what_is_fresh_is_left_out_unless_it_is_forced(project):
    found = plan.Plan(project.root)
    for state in found.states.values():
        state.fresh = True
    assert run._Run(found, ["demo/a", "demo/b"], False, None).todo == []
    assert run._Run(found, ["demo/a", "demo/b"], True, None).todo == ["demo/a", "demo/b"]


def test_a_broken_script_is_a_failure_from_the_beginning(project):
    project.write("figures/demo/b.py", "def compute(:\n")
    made = build(project)
    assert list(made.failures) == ["demo/b"] and "demo/b" not in made.todo
    with pytest.raises(BuildFailed, match=r"1 figure was not built\n\nfigures/demo/b\.py\n  "):
        made._end(BuildFailed, [])


@pytest.fixture
def split():
    return parts.Split((b"one", b"two", b"three"))


def test_compute_begins_again_once_all_its_parts_are_there(project, split):
    made, pool = build(project, "demo/b"), Pool()
    made.running, made.tasks = {"demo/b"}, {"demo/b": figure.Task("0" * 64, {}, frozenset())}
    made._take(pool, "demo/b", split)
    labels = [name for name, *_ in pool.sent]
    assert labels == ["demo/b 1/3", "demo/b 2/3", "demo/b 3/3"]
    assert [task.part for _, task, _ in pool.sent] == list(split.parts)
    values = {label: parts.Done(label.encode(), 1.0, "") for label in labels}
    for label in (labels[2], labels[0]):
        made._take(pool, label, values[label])
        assert len(pool.sent) == 3, "not before the last"
    made._take(pool, labels[1], values[labels[1]])
    name, task, function = pool.sent[3]
    assert (name, function) == ("demo/b", made.compute) and task.part is None
    assert task.known == (tuple(values[each] for each in labels),), "in their order"


def test_a_part_that_fails_ends_its_figure_and_what_comes_later_is_not_looked_at(project, split):
    made, pool = build(project, "demo/b"), Pool()
    made.running, made.tasks = {"demo/b"}, {"demo/b": figure.Task("0" * 64, {}, frozenset())}
    made._take(pool, "demo/b", split)
    made._take(pool, "demo/b 2/3", workers.TaskFailed("no such number"))
    assert made.failures == {"demo/b": "no such number"} and not made.running
    assert pool.dropped == ["demo/b 1/3", "demo/b 2/3", "demo/b 3/3"]
    made._take(pool, "demo/b 1/3", parts.Done(b"", 1.0, ""))
    assert len(pool.sent) == 3 and not made.built


def test_every_failure_is_listed_with_its_file():
    told = run._list_failures({"demo/a": "one\ntwo", "demo/b": "three"})
    assert told.splitlines() == [
        "2 figures were not built",
        "", "figures/demo/a.py", "  one", "  two",
        "", "figures/demo/b.py", "  three",
    ]  # fmt: skip


def told(name, made, reason=""):
    output = io.StringIO()
    run.Report(Console(file=output)).done(name, made, reason)
    return output.getvalue()


def test_a_line_says_what_was_done_and_why():
    kept = results.Kept("", "holds", 0.0, {}, {})
    picture = {"a.light.svg": (b"", 1, 1)}
    made = figure.Made(kept, picture, 1.26, 0.5)
    assert told("demo/a", made) == "✓ demo/a  computed 1.3 s, drawn 0.5 s\n"
    made = figure.Made(kept, picture, 0.0, 0.5)
    assert told("demo/a", made, "ALT changed").endswith(
        "from kept result, drawn 0.5 s  (ALT changed)\n"
    )
    assert told("demo/_a", figure.Made(kept, {}, 2.0, 0.0)) == "✓ demo/_a  computed 2.0 s\n"
    assert told("demo/a", None) == "✗ demo/a  failed, see below\n"
    assert told("demo/a", None, "a " * 200).count("\n") == 1, "one line, however long"


def test_the_same_bytes_are_not_written_again(tmp_path):
    path = tmp_path / "a.json"
    assert not run._holds(path, b"{}")
    path.write_bytes(b"{}")
    assert run._holds(path, b"{}") and not run._holds(path, b"{} ")
