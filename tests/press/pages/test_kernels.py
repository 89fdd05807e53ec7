"""A kernel that was forked in reserve: it has what its parent imported, and it ends with it."""

import os
import signal
import subprocess
import sys

import pytest

from tests.projects import ROOT
from tests.waiting import gone

RUN = """
import os, sys, types
sys.modules["imported_before"] = types.ModuleType("imported_before")
from trainingtips.press.pages import kernels
standby = kernels.Standby()
import nbformat
from nbclient import NotebookClient
source = '''
import os, sys
print("imported_before" in sys.modules, os.environ.get("GIVEN"), os.path.basename(os.getcwd()))
print(os.getpid(), os.read(0, 1))
'''
page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
os.environ["GIVEN"] = "by the manager"
where = {"metadata": {"path": sys.argv[1]}}
NotebookClient(page, km=kernels.manager(standby), resources=where).execute()
print(standby.pid, "".join(each.text for each in page.cells[0].outputs))
"""


def python(code, *arguments, **given):
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, **given)


def test_it_has_what_was_imported_and_is_told_where_it_runs(tmp_path):
    (tmp_path / "there").mkdir()
    process = python(RUN, tmp_path / "there")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    first, second = out.strip().splitlines()
    pid = first.partition(" ")[0]
    assert first == f"{pid} True by the manager there"
    assert second == f"{pid} b''", "the process that was forked, with nothing to read"
    assert gone([int(pid)])


WAIT = """
import sys
from trainingtips.press.pages import kernels
standby = kernels.Standby()
print(standby.pid, flush=True)
{then}
"""


CLOSED, KILLED = "standby.line.close(); print(standby.wait())", "sys.stdin.read()"


@pytest.mark.parametrize("then", [CLOSED, KILLED])
def test_one_that_is_not_needed_ends(then):
    process = python(WAIT.format(then=then), stdin=subprocess.PIPE)
    pid = int(process.stdout.readline())
    if then == KILLED:
        os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=60)
    assert gone([pid])
    # not communicate(): it would lose what came with the first line and waits in this reader
    assert process.stdout.read() == ("1\n" if then == CLOSED else "")
    process.stdin.close()
    process.stdout.close()
