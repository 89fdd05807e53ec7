"""One holder at a time, told to the other."""

import fcntl
import os
import threading

import pytest

from trainingtips.press.base import locks
from trainingtips.press.base.errors import UserError


def _is_free(path):
    with open(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def test_it_is_held_within_the_block_alone(tmp_path):
    with locks.held(tmp_path) as handle:
        assert os.fstat(handle).st_ino == (tmp_path / "build/lock").stat().st_ino
        assert not _is_free(tmp_path / "build/lock")
    assert _is_free(tmp_path / "build/lock")
    with pytest.raises(OSError):
        os.fstat(handle)


def test_two_names_are_two_locks(tmp_path):
    said = []
    with locks.held(tmp_path), locks.held(tmp_path, said.append, "other.lock"):
        assert not _is_free(tmp_path / "build/other.lock")
    assert said == []


def test_the_second_waits_and_is_told(tmp_path):
    told, entered = threading.Event(), threading.Event()

    def second():
        with locks.held(tmp_path, lambda words: told.set() if "waiting" in words else None):
            entered.set()

    with locks.held(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        assert told.wait(60) and not entered.is_set()
    assert entered.wait(60)
    other.join()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "build").write_text("a file")
    with pytest.raises(UserError, match=r"cannot write to .*build: "), locks.held(tmp_path):
        pass
