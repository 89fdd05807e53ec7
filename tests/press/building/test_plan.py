"""What a plan says of scripts that no build has touched, and of files that nobody made."""

import os

import pytest

from tests.projects import Project
from trainingtips.press.building import plan


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_a_hash_is_of_a_files_bytes_and_none_where_there_is_no_file(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # the first example of FIPS 180-2
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert plan.file_hash(tmp_path / "abc") == expected
    os.mkfifo(tmp_path / "pipe")
    for name in ("no such", "pipe", "."):
        assert plan.file_hash(tmp_path / name) is None


def test_what_no_build_has_touched_is_stale(project):
    found = plan.Plan(project.root)
    assert found.names == ["demo/a", "demo/b"] == found.work(found.names)
    assert found.broken == {}
    assert not any(state.fresh or state.stays for state in found.states.values())


def test_a_circle_is_told_whole_and_breaks_nothing_else(project):
    project.script("demo/c", "wave.ripple(np.arange(4.0))")
    project.replace("figures/demo/a.py", "def compute():", "def compute(b):")
    project.replace("figures/demo/b.py", "def compute():", "def compute(a):")
    found = plan.Plan(project.root)
    assert set(found.broken) == {"demo/a", "demo/b"} and list(found.states) == ["demo/c"]
    assert "in a circle: demo/a → demo/b → demo/a" in "".join(found.broken.values())
    assert found.work(["demo/c", "demo/b"]) == ["demo/c", "demo/b"]


def test_what_needs_a_broken_script_is_broken(project):
    project.write("figures/demo/_runs.py", "def compute(:\n")
    project.replace("figures/demo/a.py", "def compute():", "def compute(runs):")
    found = plan.Plan(project.root)
    assert "needs demo/_runs, which is broken" in found.broken["demo/a"]
    assert "demo/b" in found.states


@pytest.mark.parametrize("where", ["inputs", "results", "build"])
def test_a_link_that_leads_out_of_the_project_is_refused(project, tmp_path_factory, where):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "data.csv").write_text("1\n")
    if where == "inputs":
        project.replace("figures/demo/a.py", "ALT =", 'INPUTS = ["data.csv"]\nALT =')
        (project.root / "data.csv").symlink_to(elsewhere / "data.csv")
    else:
        link = project.root / {"results": "results/demo", "build": "build/figures/demo"}[where]
        link.parent.mkdir(parents=True)
        link.symlink_to(elsewhere)
    assert "a link that leads out of the project" in plan.Plan(project.root).broken["demo/a"]


def test_a_key_waits_for_the_numbers_that_it_builds_on(project):
    runs = '"""Counts."""\n\n\ndef compute():\n    return {"n": 4}\n'
    project.write("figures/demo/_runs.py", runs)
    project.replace("figures/demo/a.py", "def compute():", "def compute(runs):")
    found = plan.Plan(project.root)
    state, before = found.states["demo/a"], found.states["demo/a"].result_key
    assert state.needs == {"runs": "demo/_runs"} and not state.settled
    need = found.states["demo/_runs"]
    keys = set()
    for digest in ("1" * 64, "2" * 64):
        need.head = {"key": need.result_key, "digest": digest}
        found.settle(state)
        assert state.settled
        keys.add(state.result_key)
    assert len({*keys, before}) == 3, "other numbers, another key"


def test_pictures_of_no_script_are_orphans(project):
    for name in ("demo/gone.light.svg", "demo/gone.json", "other/old.dark.svg", "demo/b.light.svg"):
        project.write(f"build/figures/{name}", "")
    linked = project.root / "linked"
    linked.mkdir()
    (linked / "mine.svg").touch()
    (project.root / "build/figures/linked").symlink_to(linked)

    def orphans():
        found = plan.Plan(project.root).orphans()
        return {path.relative_to(project.root / "build/figures").as_posix() for path in found}

    gone = {"demo/gone.light.svg", "demo/gone.json", "other/old.dark.svg"}
    assert orphans() == gone | {"demo/b.light.svg"}, "no record says that b made it"
    project.write("figures/demo/b.py", "def compute(:\n")
    assert orphans() == gone, "a broken script keeps the pictures that it had"
