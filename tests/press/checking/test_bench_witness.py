"""`make bench` of the witness, but for the clock: both ways compute, and only one is watched."""

import pytest

from tests.projects import Project
from trainingtips.press.base.errors import UserError
from trainingtips.press.checking import bench_witness
from trainingtips.press.content import tables

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
    (row,) = bench_witness.rows(project.root, ["demo/plain"], turns=1)
    assert row["budget"] == "≤ 1.05" and row["note"].startswith("demo/plain ")
    assert tables.met(row) == (row["ratio"] <= 1.05)


def test_only_what_is_watched_is_refused(project):
    """Else both would be measured without the witness, or both with it."""
    assert bench_witness._measured(project.root, "demo/impure", "alone") >= 0
    with pytest.raises(UserError, match=r"demo/impure could not be computed:[^§]*environ"):
        bench_witness._measured(project.root, "demo/impure", "watched")


def test_the_fewest_seconds_of_each_way_are_compared(tmp_path, monkeypatch):
    taken = iter([3.0, 2.0, 2.0, 4.0])  # watched, alone, watched, alone
    monkeypatch.setattr(bench_witness, "_measured", lambda *_: next(taken))
    (row,) = bench_witness.rows(tmp_path, ["a/b"], turns=2)
    assert row["ratio"] == 1.0 and row["note"] == "a/b 2.00 s against 2.00 s"
