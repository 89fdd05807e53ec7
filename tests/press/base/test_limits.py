"""Limits of time, memory and size end what passes them, with one sentence, and nothing else."""

import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from trainingtips.press.base import limits
from trainingtips.press.base.errors import UserError

MUCH = limits.Setting("TRAININGTIPS_TEST", 60, "s")
SOME = limits.Setting("TRAININGTIPS_TEST", 0.5, "GiB")


def test_a_loop_without_end_ends():
    before = signal.getsignal(signal.SIGALRM)
    little = limits.Setting("TRAININGTIPS_TEST", 0.05, "s")
    told = r"^a/b: it ran for more than 0\.05 s \(TRAININGTIPS_TEST sets another limit\)$"
    with pytest.raises(UserError, match=told), limits.within(little, SOME, "a/b"):
        while True:
            pass
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a process's memory")
def test_too_much_memory_is_refused_and_the_limit_goes_again():
    """In a process of its own: where memory was refused, malloc goes on in another arena for good.

    What is freed there stays with the process, and the peaks of tests to come would be too low.
    """
    call = f"from {__name__} import refused; refused()"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", call], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def refused():
    before = resource.getrlimit(resource.RLIMIT_AS)
    with (
        pytest.raises(UserError, match=r"^a/b: it took more than 0\.5 GiB \("),
        limits.within(MUCH, SOME, "a/b"),
    ):
        bytearray(2**30)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert len(bytearray(2**30)) == 2**30


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a process's memory")
def test_an_alarm_at_the_very_end_leaves_no_limit_of_memory(monkeypatch):
    before, real = resource.getrlimit(resource.RLIMIT_AS), signal.setitimer

    def late(which, seconds, *more):
        real(which, seconds, *more)
        if not seconds:
            raise UserError("it ran for too long")

    monkeypatch.setattr(signal, "setitimer", late)
    with pytest.raises(UserError, match="too long"), limits.within(MUCH, SOME, "a/b"):
        pass
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_what_keeps_within_is_left_alone():
    with limits.within(MUCH, SOME, "a/b"):
        assert len(bytearray(2**20)) == 2**20
    with pytest.raises(ZeroDivisionError), limits.within(MUCH, SOME, "a/b"):
        1 / 0  # noqa: B018


def test_another_thread_is_not_limited():
    found = []

    def work():
        with limits.within(MUCH, SOME, "a/b"):
            found.append(signal.getitimer(signal.ITIMER_REAL)[0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [0]


def test_the_environment_sets_another_limit(monkeypatch):
    assert str(MUCH) == "60 s (TRAININGTIPS_TEST sets another limit)"
    monkeypatch.setenv("TRAININGTIPS_TEST", "2.5")
    assert MUCH.value() == 2.5


def test_a_text_is_refused_by_its_size_before_it_is_read(tmp_path):
    path = tmp_path / "a.md"
    with open(path, "wb") as file:
        file.truncate(2**40)  # a hole: nothing could read it
    with pytest.raises(UserError, match=r"^docs/a\.md: it has 1,099,511,627,776 bytes; "):
        limits.text(path, "docs/a.md")


def test_a_text_is_utf8(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(b"a\r\n\xc3\xa9")
    assert limits.text(path, "docs/a.md") == "a\né"
    path.write_bytes(b"a\n\xe9")
    with pytest.raises(UserError, match=r"^docs/a\.md:2: the byte 0xe9 is no UTF-8"):
        limits.text(path, "docs/a.md")
