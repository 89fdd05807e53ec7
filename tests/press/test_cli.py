"""The command line's own part: mistakes, options and what is printed of a result.

What each command does is tested where it is done; how a process begins and ends, in test_main.
"""

import re
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from tests.projects import ROOT
from trainingtips.press import cli
from trainingtips.press.base.errors import UsageError, UserError
from trainingtips.press.publishing import site


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *arguments, **options: runner.invoke(cli.main, arguments, **options)


@pytest.fixture
def fails(monkeypatch):
    """fails(error): `site` raises it."""

    def raising(error):
        def make(root, say):
            raise error

        monkeypatch.setattr(site, "make", make)

    return raising


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (UserError("no such page"), 1, "error: no such page\n"),
        (UsageError("no figure 'a'"), 2, "error: no figure 'a'\n"),
        (
            OSError(28, "No space left on device", "site/a"),
            1,
            "error: site/a: No space left on device\n",
        ),
        (OSError("it is gone"), 1, "error: it is gone\n"),
        (KeyboardInterrupt(), 130, "\ninterrupted; what was finished is kept\n"),
    ],
)
def test_what_goes_wrong_is_one_message_and_a_status(run, fails, error, status, told):
    fails(error)
    done = run("site")
    assert done.exit_code == status
    assert done.stderr == told
    assert done.stdout == "" and "Traceback" not in done.output


def test_a_fault_of_ours_is_not_hidden(run, fails):
    fails(ZeroDivisionError())
    assert isinstance(run("site").exception, ZeroDivisionError)


def test_a_reader_that_has_seen_enough_is_no_error(run, fails):
    """`| head`: click ends quietly by itself."""
    fails(BrokenPipeError(32, "Broken pipe"))
    assert "error" not in run("site").output


def test_a_fresh_site_is_said_to_be_fresh(run, monkeypatch):
    for made, told in ((True, ""), (False, "the site is fresh\n")):
        monkeypatch.setattr(site, "make", lambda root, say, made=made: made)
        assert run("site").stdout == told


def test_every_command_says_what_it_does(run):
    shown = run("--help").stdout
    for name, command in cli.main.commands.items():
        assert re.search(rf"^  {name} +\w", shown, re.MULTILINE), name
        assert re.match(r"[A-Z].*\.", command.help, re.DOTALL), name
        assert run(name, "--help").exit_code == 0


def test_what_the_makefile_calls_is_there():
    called = set(re.findall(r"-m trainingtips (\w+)", (ROOT / "Makefile").read_text()))
    assert len(called) > 8 and called <= set(cli.main.commands)


@pytest.mark.parametrize(
    "arguments",
    [
        ("figures", "--jobs", "0"), ("redraw", "--draws", "0"), ("bench", "--figures", "2"),
        ("bench", "--only", "all"), ("show", "demo/a", "--theme", "blue"), ("figure",),
        ("reproduce", "--instructions", "sse9"), ("serve", "--address", ":8000"),
        ("serve", "--address", "localhost:65536"), ("serve", "--address", "localhost:-1"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_refused_before_anything_is_done(run, arguments):
    done = run(*arguments)
    assert done.exit_code == 2 and "Usage: " in done.stderr


def test_files_are_meant_from_where_the_command_was_called():
    there = SimpleNamespace(obj="/else/where")
    assert cli._from_there(there, None, "a.png") == "/else/where/a.png"
    assert cli._from_there(there, None, "/here/a.png") == "/here/a.png"
    assert cli._from_there(SimpleNamespace(obj=None), None, "a.png") == "a.png"
    assert cli._from_there(there, None, None) is None
    assert cli._data_from_there(there, None, "a.npz") == "/else/where/a.npz"
    assert cli._data_from_there(there, None, "mnist") == "mnist", "a name, and no file"


def test_a_result_is_printed_number_by_number():
    result = {
        "n": 4, "word": "two\nlines", "list": [1.5, {"inner": True}],
        "few": np.arange(8), "many": np.arange(9.0).reshape(3, 3) / 2,
    }  # fmt: skip
    assert list(cli._leaves(result)) == [
        "n = 4", r"word = two\nlines", "list.0 = 1.5", "list.1.inner = True",
        "few = [0 1 2 3 4 5 6 7]", "many: array (3, 3), 0 … 4",
    ]  # fmt: skip


def test_the_report_is_made_where_there_is_something_to_tell():
    report = cli._report()
    assert report.real is None
    report.end()
    first = report.real
    report.end()
    assert report.real is first is not None


def test_the_command_line_alone_imports_nothing_heavy():
    code = "import sys; from trainingtips.press import cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "click" in loaded, done.stderr
    assert not loaded & {"numpy", "matplotlib", "torch", "scipy", "rich", "mkdocs"}


class Dropping:
    """What is raised while it is tidied up goes nowhere."""

    def __init__(self, error):
        self.error = error

    def __del__(self):
        raise self.error


def test_an_interrupt_that_python_drops_comes_again(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: told.append(dropped.exc_type))
    with pytest.raises(KeyboardInterrupt), cli._heeding_interrupts():
        Dropping(ValueError("another's"))
        Dropping(KeyboardInterrupt())
        end = time.monotonic() + 60
        while time.monotonic() < end:  # until it comes
            pass
    assert told == [ValueError]
