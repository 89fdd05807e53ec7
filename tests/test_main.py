"""How the command line begins and ends: with its pins, and with 130 where it is interrupted."""

import os
import sys
from pathlib import Path

import pytest

from tests.projects import ROOT
from trainingtips import __main__ as start
from trainingtips.press import cli
from trainingtips.press.base import pins


@pytest.fixture
def done(monkeypatch):
    """What is called, in order; the process goes on where it would have ended."""
    calls = []

    def ends(status):
        calls.append(("ends", status))
        raise EOFError

    monkeypatch.setattr(pins, "pin", lambda: calls.append("pin"))
    monkeypatch.setattr(os, "_exit", ends)
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(getattr(sys, stream), "flush", lambda s=stream: calls.append(s))
    return calls


def _main(monkeypatch, error, calls):
    def main(obj):
        calls.append("main" if obj is None else obj)
        raise error

    monkeypatch.setattr(cli, "main", main)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(130)])
def test_an_interrupt_ends_with_130_and_all_that_was_said(monkeypatch, done, error):
    _main(monkeypatch, error, done)
    with pytest.raises(EOFError):
        start.run()
    assert done == ["pin", "main", "stdout", "stderr", ("ends", 130)]


@pytest.mark.parametrize("status", [0, 1, None])
def test_any_other_end_is_the_command_lines_own(monkeypatch, done, status):
    _main(monkeypatch, SystemExit(status), done)
    with pytest.raises(SystemExit) as ended:
        start.run()
    assert ended.value.code == status
    assert done[:2] == ["pin", "main"] and ("ends", 130) not in done


@pytest.fixture
def project(tmp_path):
    """A folder with a figure, and one far below it."""
    (tmp_path / "figures/batch").mkdir(parents=True)
    (tmp_path / "figures/batch/noise.py").touch()
    (tmp_path / "docs/deep").mkdir(parents=True)
    return tmp_path


def test_the_project_is_the_nearest_folder_upwards_with_figures(project, tmp_path_factory):
    assert start._project(project / "docs/deep") == start._project(project) == project
    none = tmp_path_factory.mktemp("none")
    (none / "figures").mkdir()
    assert start._project(none) == none


def test_it_goes_to_the_project_and_says_so(project, monkeypatch, capsys):
    monkeypatch.chdir(project / "docs/deep")
    assert start._enter() == (project / "docs/deep", project)
    assert Path.cwd() == project and capsys.readouterr().err == f"in {project}\n"
    assert start._enter() == (project, project)
    assert capsys.readouterr().err == ""


def test_a_folder_that_is_gone_is_named(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(SystemExit, match="error: the current folder has been removed"):
        start._enter()
    os.chdir(tmp_path)


def test_another_copy_of_the_package_is_run_in_its_own_project(project, monkeypatch):
    assert not start._is_another(start.PACKAGE)
    own = project / "trainingtips"
    assert not start._is_another(own)
    own.mkdir()
    assert not start._is_another(own)
    (own / "__init__.py").touch()
    (own / "__main__.py").write_text("import sys\nsys.exit(f'ran {__name__} of {__file__}')\n")
    assert start._is_another(own)
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", list(sys.path))
    modules = dict(sys.modules)
    try:
        with pytest.raises(SystemExit, match=f"ran __main__ of {own}/__main__.py"):
            start.run()
        assert sys.path[0] == str(project) and "trainingtips.batches" not in sys.modules
    finally:
        sys.modules.update(modules)


def test_a_file_that_is_named_from_below_is_found_there(done, monkeypatch):
    below = ROOT / "docs"
    monkeypatch.chdir(below)
    _main(monkeypatch, SystemExit(0), done)
    with pytest.raises(SystemExit):
        start.run()
    assert done[:2] == ["pin", below]
