"""Walks kept between runs: believed as long as each text that was looked at is as it was."""

import pytest

from tests.projects import Project
from trainingtips.press.building.plan import Plan
from trainingtips.press.kept import keys, sources


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path)
    Plan(project.root)
    return project


@pytest.fixture
def walked(monkeypatch):
    """Names of the scripts that are walked through from now on."""
    found, walk = [], keys.Project.walk

    def counted(self, module, *rest):
        found.append(module)
        return walk(self, module, *rest)

    monkeypatch.setattr(keys.Project, "walk", counted)
    return found


def test_nothing_changed_walks_nowhere(project, walked):
    Plan(project.root)
    assert walked == []


def test_an_edit_walks_only_from_those_that_looked_there(project, walked):
    project.replace("lab/tools.py", "2 * x", "3 * x")
    Plan(project.root)
    assert {"figures.demo.a"} <= set(walked)
    walked.clear()
    project.replace("figures/demo/b.py", "blue", "red")
    Plan(project.root)
    assert set(walked) == {"figures.demo.b"}


@pytest.mark.parametrize("path", ["lab/wave/__init__.py", "numpy.py"])
def test_a_new_file_in_the_place_of_another_is_seen(project, walked, path):
    before = Plan(project.root).states["demo/b"].result_key
    project.write(path, "def ripple(x):\n    return x + 7\n\n\ndef arange(n):\n    return n\n")
    assert Plan(project.root).states["demo/b"].result_key != before


def test_it_is_the_same_as_without(project):
    project.replace("lab/growth.py", "return double(x)", "return double(x) + 1")
    kept = {name: state.result_key for name, state in Plan(project.root).states.items()}
    for path in (project.root / "build/cache").iterdir():
        path.unlink()
    assert kept == {name: state.result_key for name, state in Plan(project.root).states.items()}


def test_texts_are_not_read_again_after_an_edit(project, monkeypatch):
    Plan(project.root)  # nothing to walk: what was known must be kept all the same
    read, summarise = [], sources.summarise
    monkeypatch.setattr(sources, "summarise", lambda text: read.append(text) or summarise(text))
    project.replace("lab/tools.py", "2 * x", "3 * x")
    Plan(project.root)
    assert len(read) == 1 and "3 * x" in read[0]
