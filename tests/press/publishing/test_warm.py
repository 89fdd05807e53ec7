"""The process that has everything imported: it answers, is started again, and leaves nothing."""

import json
import subprocess
import sys

import pytest

from tests.copies import ROOT, Copy
from tests.waiting import gone, until
from trainingtips.press.base.errors import UserError
from trainingtips.press.publishing import warm

STARTED = """
import os, sys
from pathlib import Path
from trainingtips.press.publishing import warm
process = warm.Warm(Path(sys.argv[1]))
process.start()
print(process.process.pid, flush=True)
os._exit(0)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Copy(tmp_path_factory.mktemp("warm"))


@pytest.fixture
def process(project):
    with warm.Warm(project.root) as process:
        yield process


def test_each_task_has_a_process_of_its_own():
    """What a task does to its process is gone with it; what it raises is told."""
    seen = []
    for value in (1, 2):
        good, answer = json.loads(warm._forked(lambda value: seen.append(value) or seen, value))
        assert good and answer == [value]
    assert json.loads(warm._forked(_wrong)) == [False, "no such page"]
    good, told = json.loads(warm._forked(lambda: 1 / 0))
    assert not good and "ZeroDivisionError" in told


def _wrong():
    raise UserError("no such page")


def test_a_process_that_was_killed_is_started_again(project, process, tmp_path):
    before = process.process
    before.kill()
    until(lambda: before.poll() is not None)
    assert process.ask("pages", ["index.md"], str(tmp_path)) == ["index.html"]
    assert process.process is not before
    before.stdin.close()
    before.stdout.close()


def test_it_ends_with_the_one_that_started_it(project):
    command = [sys.executable, "-c", STARTED, str(project.root)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert gone([int(done.stdout)])
