"""The real site, built once for all tests that read it or open it in a browser."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.projects import Project

ROOT = Path(__file__).parents[1]
# Small problems, many tests: more threads only wait for one another. Set before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell's `make test &` has interrupts ignored, and whatever is started here would inherit that:
# a test of Ctrl-C could only wait.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("fuzz", deadline=None)  # `make fuzz`: see tests/attacks/test_fuzz.py


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published") / "trainingtips"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    env = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture
def built(project):
    project.build()
    return project
