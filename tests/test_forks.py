"""A fork is to a command what a process of its own is: compared with one, and told from one."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests import forks
from tests.waiting import gone, until
from trainingtips.press.base import pins

# a module that says all that a command can see of how it was started
MODULE = "telling"
TELLING = """import json, os, signal, sys, threading
told = {
    "arguments": sys.argv, "folder": os.getcwd(), "name": __name__, "path": sys.path,
    "environment": {k: v for k, v in os.environ.items() if k not in ("LC_CTYPE",)},
    "main": sys.modules["__main__"].__dict__ is globals(), "stdin": sys.stdin.read(),
    "tty": [each.isatty() for each in (sys.stdout, sys.stderr)], "umask": os.umask(0),
    "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    "threads": threading.active_count(), "files": sorted(os.listdir("/proc/self/fd"))[3:4],
    "group": os.getpgrp(), "encoding": sys.stdout.encoding, "flags": list(sys.flags),
}
print(json.dumps(told))
print("ä to the other", file=sys.stderr)
exec(sys.argv[1])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forks")
    (folder / f"{MODULE}.py").write_text(TELLING)
    return folder


@pytest.fixture(scope="module")
def waiting():
    """A process that waits for this module's commands alone, with numpy imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(forks.WARM, MODULE, ["numpy"])
        process = forks._Waiting(MODULE)
        yield process
        process.end()
    assert process.process.returncode == 0


def environment(**other):
    own = {name: value for name, value in forks._start.items() if name != "PYTHONPATH"}
    return own | pins.ENVIRONMENT | other


@pytest.fixture
def forked(waiting, folder):
    def run(code="pass", timeout=60, **other):
        return waiting.run([code, "a b"], str(folder), environment(**other), timeout)

    return run


def apart(folder, code="pass", **other):
    command = [sys.executable, "-m", MODULE, code, "a b"]
    return subprocess.run(
        command, cwd=folder, env=environment(**other), capture_output=True, text=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize(
    "other", [{}, {"PYTHONPATH": str(forks.ROOT)}, {"SITE_URL": "x", "TRAININGTIPS_X": "1"}]
)
def test_a_fork_sees_what_a_process_of_its_own_sees(forked, folder, other):
    there, here = apart(folder, **other), forked(**other)
    assert json.loads(here.stdout) == json.loads(there.stdout)
    assert (here.stderr, here.returncode, here.args) == (there.stderr, 0, there.args)


ENDS = {
    "by itself": "pass",
    "by a status": "sys.exit(3)",
    "by words": "sys.exit('no')",
    "at once": "sys.stdout.flush(); os._exit(7)",
    "by an error": "1 / 0",
    "by an interrupt": "os.kill(os.getpid(), signal.SIGINT); signal.pause()",
    "by a kill": "sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)",
    "at its exit": "import atexit; atexit.register(print, 'at last')",
}


@pytest.mark.parametrize("how", ENDS)
def test_a_fork_ends_as_a_process_of_its_own_does(forked, folder, how):
    there, here = apart(folder, ENDS[how]), forked(ENDS[how])
    assert here.returncode == there.returncode
    assert here.stdout == there.stdout
    # a traceback goes through other lines to the command's own
    assert here.stderr.splitlines()[-1] == there.stderr.splitlines()[-1]


def test_nothing_of_one_is_there_in_the_next(forked):
    forked("os.environ['X'] = '1'; sys.path.insert(0, '/x'); import wave; os.chdir('/')")
    told = forked("print('wave' in sys.modules)").stdout.splitlines()
    assert told[1] == "False"
    told = json.loads(told[0])
    assert "X" not in told["environment"] and "/x" not in told["path"]


def test_numpys_chance_is_another_in_each(forked):
    code = "import numpy; print(numpy.random.rand())"
    assert len({forked(code).stdout.splitlines()[1] for _ in range(3)}) == 3


def test_much_on_both_streams_is_read_to_the_end(forked):
    size = 2**18
    done = forked(f"print('o' * {size}); print('e' * {size}, file=sys.stderr)")
    assert (done.stdout.count("o" * size), done.stderr.count("e" * size)) == (1, 1)


def test_what_does_not_end_is_given_up(forked, folder):
    code = "open('pid', 'w').write(str(os.getpid())) and signal.pause()"
    with pytest.raises(TimeoutError):
        forked(code, timeout=3)
    pid = int((folder / "pid").read_text())
    assert gone([pid])
    assert forked().returncode == 0, "and the next is answered"


def test_a_child_that_outlives_its_command_is_waited_for(forked):
    """As `communicate` does: who holds the streams has not ended."""
    code = "if not os.fork(): import time; time.sleep(0.3); print('late', flush=True)"
    assert forked(code).stdout.splitlines()[-1] == "late"


def test_a_real_process_is_started_where_a_fork_would_differ(folder, monkeypatch):
    monkeypatch.setattr(forks, "_Waiting", None)
    monkeypatch.setattr(forks, "_waiting", {})
    for other in (
        {"PYTHONHASHSEED": "1"}, {"PYTHONPATH": "/other"}, {"MKL_CBWR": "COMPATIBLE"},
        {"TMPDIR": str(folder)}, {"LANG": "C"},
    ):  # fmt: skip
        done = forks.run(MODULE, "pass", cwd=folder, env=environment(**other))
        told = json.loads(done.stdout)["environment"]
        assert told.items() >= other.items()
    without = environment()
    without.pop("PATH")
    assert forks.run(MODULE, "pass", cwd=folder, env=without).returncode == 0
    done = forks.run(MODULE, "pass", "--instructions", cwd=folder, env=environment())
    assert done.returncode == 0
    with forks._one:  # another command is running
        assert forks.run(MODULE, "pass", cwd=folder, env=environment()).returncode == 0
    with pytest.raises(TypeError):  # and a fork where none of this is so
        forks.run(MODULE, "pass", cwd=folder, env=environment())


def test_what_imports_have_set_is_no_reason_for_a_real_process(monkeypatch):
    """Otherwise every command of a whole run is one: its tests collect what imports torch."""
    monkeypatch.setattr(forks, "_start", forks._start)  # to be put back
    monkeypatch.setenv("A_LIBRARYS_OWN", "1")
    assert not forks._fits(environment(A_LIBRARYS_OWN="1"))
    forks.begin()
    assert forks._fits(environment(A_LIBRARYS_OWN="1"))
    for name in ("KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK", "TORCHINDUCTOR_CACHE_DIR"):
        assert forks._fits(environment(**{name: "as a test first imports scikit-learn or torch"}))


def test_the_process_ends_with_the_tests():
    process = forks._Waiting("trainingtips")
    pid = process.process.pid
    os.kill(pid, signal.SIGCONT)  # it is there
    process.end()
    assert until(lambda: not os.path.exists(f"/proc/{pid}"))
