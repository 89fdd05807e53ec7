"""Tasks in processes: one that is killed costs a retry."""

import os
import signal

from trainingtips.press.building import workers


def _die_once(flag):
    if not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def test_a_killed_worker_costs_a_retry(tmp_path):
    with workers.Pool(1) as pool:
        pool.submit("a", _die_once, tmp_path / "flag")
        outcomes = []
        while not outcomes:
            outcomes += pool.finished(timeout=10)
    assert outcomes == [("a", "done")]


def test_a_worker_killed_every_time_is_told():
    with workers.Pool(1) as pool:
        pool.submit("a", os.kill, 0, 0)  # harmless: signal 0
        pool.submit("b", os._exit, 7)
        outcomes = {}
        while len(outcomes) < 2:
            outcomes |= dict(pool.finished(timeout=10))
    assert outcomes["a"] is None
    assert "ended with status 7 2 times" in str(outcomes["b"])
