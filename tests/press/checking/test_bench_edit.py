"""`make bench` of an edit: what is measured is really seen, and the project is left alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.copies import FIGURES, ROOT, SECTION, Copy
from tests.projects import Project
from trainingtips.press.base.errors import UserError
from trainingtips.press.checking import bench_builder, bench_edit
from trainingtips.press.content import tables
from trainingtips.press.kept import scripts, sources

PAGE = f"---\ndescription: A section.\n---\n\n# Section\n\n![](figures/{FIGURES[0]}.svg)\n"


@pytest.mark.long
def test_an_edit_is_measured_until_it_is_seen(tmp_path, monkeypatch):
    project = Copy(tmp_path)
    project.replace("docs/figures.md", f"![](figures/{FIGURES[0]}.svg)\n\n", "")
    project.write(f"docs/{SECTION}.md", PAGE)
    figures = "  - Figures: figures.md\n"
    project.replace("mkdocs.yml", figures, f"{figures}  - Section: {SECTION}.md\n")
    monkeypatch.setattr(bench_edit, "CHANGED", FIGURES[:1])
    monkeypatch.setattr(bench_edit, "REPEATS", 1)
    before = {path: path.read_bytes() for path in (tmp_path / "docs").rglob("*.md")}
    script = (tmp_path / f"figures/{FIGURES[0]}.py").read_bytes()
    text, drawing, site = bench_edit.rows(tmp_path)
    assert before == {path: path.read_bytes() for path in (tmp_path / "docs").rglob("*.md")}
    assert (tmp_path / f"figures/{FIGURES[0]}.py").read_bytes() == script
    assert [row["budget"] for row in (text, drawing, site)] == ["≤ 3 s", "≤ 4 s", "≤ 6 s"]
    for row in (text, drawing, site):
        assert row["seconds"] > 0 and "cores" in row["note"] and row["ratio"] is None
        assert tables.met(row) == (row["seconds"] <= float(row["budget"].split()[1]))
    assert text["note"].startswith(SECTION) and drawing["note"].startswith(FIGURES[0])


@pytest.mark.parametrize("bench", [bench_builder, bench_edit], ids=["builder", "edit"])
@pytest.mark.parametrize("name", scripts.find_names(ROOT))
def test_what_a_figure_is_made_of_is_copied(name, bench):
    """Without its counter-results or its inputs it would be drawn anew, or not at all."""
    script = scripts.read_script(ROOT, name)
    for path in (script.path, script.result_path, script.counters_path, *map(Path, script.inputs)):
        assert any(path.is_relative_to(each) for each in bench.COPIED), path


def test_a_serve_that_does_not_begin_is_told(tmp_path):
    log = tmp_path / "log"
    with open(log, "w") as output:
        process = subprocess.Popen([sys.executable, "-c", "print('no')"], stdout=output)
    process.wait()
    try:
        bench_edit._Served(process, log)
    except bench_edit.UserError as error:
        assert "no" in str(error)
    else:
        raise AssertionError("it was taken for one that serves")


@pytest.mark.parametrize("name", bench_edit.CHANGED)
def test_a_drawing_is_edited_alone(name):
    """A second `draw` below the first would count for what is computed, too."""
    script = (ROOT / f"figures/{name}.py").read_text("utf-8")
    before, after = (
        {tuple(unit["names"]): unit["digest"] for unit in sources.summarise(each)["units"]}
        for each in (script, bench_edit.marked(script))
    )
    assert {names for names in before.keys() | after if before.get(names) != after.get(names)} == {
        ("draw",)
    }


# What it costs that compute() is watched: both ways compute, and only one is watched.

SCRIPT = '''"""It is there."""

import os
import numpy as np

ALT = "A line."


def compute():
    return {{"y": np.arange(3), "found": {found}}}


def claim(result):
    assert len(result["y"]) == 3


def draw(result, figure):
    figure.subplots().plot(result["y"])
'''


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.write("figures/demo/plain.py", SCRIPT.format(found="1"))
    made.write("figures/demo/impure.py", SCRIPT.format(found='len(os.environ.get("HOME", ""))'))
    return made


def test_a_result_is_computed_both_ways_and_the_row_has_its_budget(project):
    (row,) = bench_edit.watched(project.root, ["demo/plain"], turns=1)
    assert row["budget"] == "≤ 1.05" and row["note"].startswith("demo/plain ")
    assert tables.met(row) == (row["ratio"] <= 1.05)


def test_only_what_is_watched_is_refused(project):
    """Else both would be measured without the witness, or both with it."""
    assert bench_edit._measured(project.root, "demo/impure", "alone") >= 0
    with pytest.raises(UserError, match=r"demo/impure could not be computed:[^§]*environ"):
        bench_edit._measured(project.root, "demo/impure", "watched")


def test_the_fewest_seconds_of_each_way_are_compared(tmp_path, monkeypatch):
    taken = iter([3.0, 2.0, 2.0, 4.0])  # watched, alone, watched, alone
    monkeypatch.setattr(bench_edit, "_measured", lambda *_: next(taken))
    (row,) = bench_edit.watched(tmp_path, ["a/b"], turns=2)
    assert row["ratio"] == 1.0 and row["note"] == "a/b 2.00 s against 2.00 s"
