"""What tests have in common: the real site, small projects, and copies of the project.

What takes long to build is built once in a run, by the first of its processes that needs it.
"""

import contextlib
import fcntl
import functools
import gc
import importlib
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import forks, rare
from tests.browsing import CHROMIUM
from tests.copies import Copy
from tests.projects import Project, command_line
from tests.serving import Unknown, serving

ROOT = Path(__file__).parents[1]
WORKER = "PYTEST_XDIST_WORKER" in os.environ  # one of several processes that share the tests
collect_ignore = ["counter"]  # scripts of the build, one for each claim: see test_counter
# Small problems, many tests: more threads only wait for one another. Set before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell's `make test &` has interrupts ignored, and whatever is started here would inherit that:
# a test of Ctrl-C could only wait.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A test is not wrong because the machine is busy: no example has a time of its own to keep.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
# `make test-long` and `make fuzz`: see tests/attacks/test_fuzz.py
for name in ("long", "fuzz"):
    settings.register_profile(name, settings.get_profile("any machine"))


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """once(name, make) → a folder that `make(folder)` has filled, one time in the whole run.

    pytest-xdist runs the tests in several processes, whose temporary folders lie side by side.
    """
    common = tmp_path_factory.getbasetemp()
    if WORKER:
        common = common.parent

    def prepare(name, make):
        folder, done = common / f"once-{name}", common / f"once-{name}.done"
        with locked(common / f"once-{name}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what another's failure left
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return prepare


@contextlib.contextmanager
def locked(path):
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def site(once):
    """The folder of the site, as `make` publishes it: built where it is stale, and copied."""

    def make(folder):
        output = command_line(ROOT, "site")
        assert "WARNING" not in output, output
        shutil.copytree(ROOT / "site", folder / "trainingtips")

    return once("site", make) / "trainingtips"


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture(scope="session")
def built_once(once):
    """A project that has been built; for tests that change nothing there."""
    return Project.at(once("project", lambda folder: Project(folder).build()))


@pytest.fixture
def built(project, built_once):
    """A project that has been built, for one test: a copy, which is as fresh."""
    shutil.copytree(built_once.root, project.root, dirs_exist_ok=True)
    return project


@pytest.fixture(scope="module")
def prepared(site, tmp_path_factory):
    """A small copy of this project, for a module's tests. `site` sees to the pictures."""
    return Copy(tmp_path_factory.mktemp("copy"))


@pytest.fixture
def copy(prepared):
    """`prepared`, and as it was again afterwards."""
    yield prepared
    prepared.restore()


@pytest.fixture(scope="session")
def serve():
    """serve(folder, handler) → its address, one for each folder; servers end with the session."""
    with contextlib.ExitStack() as servers:
        yield functools.cache(lambda *what: servers.enter_context(serving(*what)))


@pytest.fixture(scope="session")
def below(site, serve):
    """The site's address below another one's root, as on GitHub Pages."""
    return f"{serve(site.parent)}trainingtips/"


@pytest.fixture(scope="session")
def at_root(site, serve):
    """The site's address as that of a whole host, with its page for unknown addresses."""
    return serve(site, Unknown)


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_auto_num_workers():
    """Two processes more than there are processors: a third of a test's time is waiting.

    With one more, a fifth of two processors' time was left over.
    """
    return len(os.sched_getaffinity(0)) + 2 if hasattr(os, "sched_getaffinity") else None


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Nothing that modules and tests are made of goes again: the collector need not look there.

    What they import may set variables, of which no command of a test is to take notice. In a whole
    round each process comes to what torch imports late, for an optimiser or to be deterministic:
    800 modules, which every fork of a test would else import for itself.
    """
    gc.disable()
    try:
        found = yield
        if WORKER and "torch" in sys.modules:
            importlib.import_module("torch._dynamo")
        return found
    finally:
        gc.freeze()
        gc.enable()
        forks.begin()


def pytest_addoption(parser):
    parser.addoption("--part", metavar="K/N", help="of the long tests, one of so many parts")


@pytest.hookimpl(tryfirst=True)  # before `-m` leaves out what is marked
def pytest_collection_modifyitems(config, items):
    rare.mark(items)
    if config.option.part:
        items[:], left = rare.parted(items, config.option.part)
        config.hook.pytest_deselected(items=left)


def pytest_unconfigure():
    forks.end()


def pytest_runtest_setup(item):
    if item.get_closest_marker("browser") and not CHROMIUM.exists():
        pytest.skip(f"needs Debian's chromium at {CHROMIUM}")
