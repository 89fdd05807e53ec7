"""How the command line begins and ends: with its pins, and with 130 where it is interrupted."""

import os
import sys

import pytest

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
