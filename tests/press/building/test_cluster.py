"""Computing on a real Dask cluster, started by the commands that the page on clusters gives."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from importlib import metadata

import pytest

import trainingtips
from tests.projects import ROOT, Project
from tests.waiting import until

pytest.importorskip("distributed")

PAGE = (ROOT / "docs/cluster.md").read_text(encoding="utf-8").replace("\\\n", "")
SCHEDULER, WORKERS, FIGURES = re.findall(r"^```sh\n(.+)\n```$", PAGE, re.M)
ADDRESS = "tcp://127.0.0.1:8786"

# eight parts of a figure; one may hold its worker, and says in which process (see tests.pausing)
PARTS = '''"""It is the sum of its parts."""

from functools import partial

from lab import noise, tools
from tests import pausing
from trainingtips import parallel

ALT = "A line."


def compute():
    halves = parallel.each(partial(work, 0.5), range(8))
    noise = parallel.each(noisy, range(3))
    return {"y": halves, "sum": sum(halves), "noise": noise}


def work(factor, number):
    if number == 5:
        pausing.hold()
    return tools.double(number) * factor + 0.1


def noisy(number):
    return noise.drawn() + number


def claim(result):
    assert len(result["y"]) == 8


def draw(result, figure):
    figure.subplots().plot(result["y"])
    figure.axes[0].set_axis_off()
'''
NOISE = """import numpy as np


def drawn():
    return np.random.normal(size=2)  # unseeded: the builder sees to it
"""
RAISES = """
    if number == 2:
        raise ArithmeticError("no such number")
    return tools"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """The page's scheduler and workers, on another port and without the page's `.venv`."""

    def __init__(self):
        self.address = ADDRESS.replace("8786", str(free_port()))
        self.processes = []

    def words(self, command):
        words = shlex.split(command.replace(ADDRESS, self.address))
        port = self.address.rpartition(":")[2]
        return [{".venv/bin/python": sys.executable, "8786": port}.get(w, w) for w in words]

    def start(self, command, folder, **environment):
        words = self.words(command)
        env = os.environ | {"PYTHONPATH": str(ROOT)} | environment
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(words, cwd=folder, env=env, stdout=quiet, stderr=quiet)
        self.processes.append(process)
        return process

    def start_all(self, folder, **environment):
        self.scheduler = self.start(SCHEDULER, folder)
        self.workers = self.start(WORKERS, folder, **environment)
        return self

    def end(self):
        for process in reversed(self.processes):  # workers first: they say goodbye to it
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.end()


@pytest.fixture
def parted(project):
    project.write("figures/demo/parts.py", PARTS)
    project.write("lab/noise.py", NOISE)
    return project


def texts(project):
    """The kept results as they are, but for the seconds, and the seal over them."""
    found = {}
    for path in sorted((project.root / "results").rglob("*.json")):
        text = path.read_text()
        found[path.name] = re.sub(r'"(seconds|seal)": [^,]+', r'"\1": 0', text)
    return found


def held(folder):
    """(worker, its task's process) of the part that pauses."""
    return map(int, until(lambda: list(folder.iterdir()))[0].name.split("-"))


def alive(process):
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


@pytest.mark.long
def test_fresh_draws_are_those_of_this_machine(parted, cluster):
    """The noise of a part is unseeded: the worker has to know the draw."""
    parted.build()
    parted.run("redraw", "--draws", "3")
    record = parted.root / "results/redraws.json"
    here = json.loads(record.read_text())["claims"]
    assert len(set(here["demo/parts"]["digests"].values())) == 3
    record.unlink()
    shutil.rmtree(parted.root / "build/redraws")
    cluster.start_all(parted.root)
    output = parted.run("redraw", "--draws", "3", TRAININGTIPS_SCHEDULER=cluster.address)
    assert output.count("demo/parts  computed") == 3
    assert json.loads(record.read_text())["claims"] == here


def test_the_same_bytes(parted, cluster):
    parted.build()
    local, pictures = texts(parted), parted.hashes()
    shutil.rmtree(parted.root / "results")
    shutil.rmtree(parted.root / "build")
    cluster.start_all(parted.root)
    variable, *command = cluster.words(FIGURES)
    assert command == [sys.executable, "-m", "trainingtips", "figures"]
    parted.build(**dict([variable.split("=")]))
    assert texts(parted) == local
    assert parted.hashes() == pictures


@pytest.mark.long
def test_reproduced_there_and_the_scripts_own_traceback(parted, cluster):
    parted.build()
    cluster.start_all(parted.root)
    assert "3 of 3 reproduced" in parted.run("reproduce", TRAININGTIPS_SCHEDULER=cluster.address)

    parted.replace("figures/demo/parts.py", "\n    return tools", RAISES)
    parted.replace("lab/wave.py", "x + 1", "x + 2")
    there = parted.build(status=1, TRAININGTIPS_SCHEDULER=cluster.address)
    assert parted.computed(there) == {"demo/b"}, "the others are built"
    assert re.search(r'"figures/demo/parts.py", line \d+, in work\n.*raise Arith', there)
    assert there.splitlines()[-6:] == parted.build(status=1).splitlines()[-6:]


@pytest.mark.long
def test_a_worker_killed_in_mid_experiment_costs_a_retry(parted, cluster, tmp_path_factory):
    parted.build()
    local = texts(parted)
    shutil.rmtree(parted.root / "results")
    pause = tmp_path_factory.mktemp("pause")
    cluster.start_all(parted.root, PAUSE=str(pause))
    build = parted.start("figures", TRAININGTIPS_SCHEDULER=cluster.address)
    worker, task = held(pause)
    (pause / "go").touch()
    os.kill(worker, signal.SIGKILL)
    until(lambda: not alive(task))
    out, err = build.communicate(timeout=120)
    assert build.returncode == 0, out + err
    assert texts(parted) == local


@pytest.mark.long
def test_the_scheduler_gone(parted, cluster, tmp_path_factory):
    pause = tmp_path_factory.mktemp("pause")
    output = parted.build(status=1, TRAININGTIPS_SCHEDULER=cluster.address)
    assert f"no scheduler answers at {cluster.address}" in output

    cluster.start_all(parted.root, PAUSE=str(pause))
    build = parted.start("figures", TRAININGTIPS_SCHEDULER=cluster.address)
    until(lambda: list(pause.iterdir()))
    until(lambda: "b.json" in texts(parted))
    cluster.scheduler.kill()
    _, err = build.communicate(timeout=120)
    assert build.returncode == 1
    assert err == (
        f"error: the scheduler at {cluster.address} has gone; what was finished is kept\n"
    )
    assert not list(parted.root.rglob(".unfinished-*"))
    assert "demo/b" not in parted.computed(parted.build())
    assert parted.build() == "every figure is fresh\n"


@pytest.mark.long
def test_an_interrupted_build_leaves_nothing_running(parted, cluster, tmp_path_factory):
    pause = tmp_path_factory.mktemp("pause")
    cluster.start_all(parted.root, PAUSE=str(pause))
    build = parted.start("figures", "demo/parts", TRAININGTIPS_SCHEDULER=cluster.address)
    worker, task = held(pause)
    build.send_signal(signal.SIGINT)
    _, err = build.communicate(timeout=120)
    assert build.returncode == 130 and "Traceback" not in err
    until(lambda: not alive(task))
    assert alive(worker), "it takes the next task"


def test_a_worker_with_other_code_is_refused_by_key(parted, cluster, tmp_path_factory):
    old = Project(tmp_path_factory.mktemp("old"))
    old.write("figures/demo/parts.py", PARTS)
    old.write("lab/noise.py", NOISE)
    old.replace("lab/tools.py", "2 * x", "x + x + 0.001")
    cluster.start_all(old.root)
    output = parted.build(status=1, TRAININGTIPS_SCHEDULER=cluster.address)
    keys = {}
    for project in (old, parted):
        project.build()
        keys[project] = json.loads((project.root / "results/demo/a.json").read_text())["key"][:12]
    assert parted.computed(output) == {"demo/b"}, "what is the same there is computed there"
    told = f"what demo/a computes: the builder has key {keys[parted]}, the worker key {keys[old]}"
    assert told in output
    assert str(old.root) in output


def other_package(folder):
    """A copy of the package that says that it is another version."""
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "trainingtips", folder / "trainingtips", ignore=leave)
    start = folder / "trainingtips/__init__.py"
    text = start.read_text()
    start.write_text(re.sub('__version__ = ".*"', '__version__ = "99.0"', text))
    return [folder]


def other_numpy(folder):
    """What pip keeps of numpy, found before the real one's, with another version."""
    kept = folder / "numpy-99.0.dist-info"
    kept.mkdir()
    (kept / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 99.0\n")
    return [folder, ROOT]


OTHERS = [("trainingtips", other_package), ("numpy", other_numpy)]


@pytest.mark.long
@pytest.mark.parametrize(("what", "other"), OTHERS)
def test_a_worker_with_another_version_is_refused(parted, cluster, tmp_path_factory, what, other):
    path = os.pathsep.join(map(str, other(tmp_path_factory.mktemp("other"))))
    cluster.start_all(parted.root, PYTHONPATH=path)
    output = parted.build(status=1, TRAININGTIPS_SCHEDULER=cluster.address)
    assert not parted.computed(output) and not texts(parted)
    version = trainingtips.__version__ if what == "trainingtips" else metadata.version(what)
    assert f"of {what}: the builder has {version}, the worker 99.0." in output
    assert "requirements.lock" in output
    assert parted.computed(parted.build()) == {"demo/a", "demo/b", "demo/parts"}


def test_an_address_that_is_none(project):
    for address in ("127.0.0.1:8786", "http://127.0.0.1:8786", "tcp://host", "tcp://host:99999"):
        output = project.build(status=1, TRAININGTIPS_SCHEDULER=address)
        assert repr(address) in output and "tcp://127.0.0.1:8786" in output
    assert not (project.root / "results").exists()


def test_without_distributed_the_extra_is_named(project):
    project.write("distributed.py", "raise ModuleNotFoundError(\"No module named 'distributed'\")")
    path = os.pathsep.join([str(project.root), str(ROOT)])
    output = project.build(status=1, TRAININGTIPS_SCHEDULER=ADDRESS, PYTHONPATH=path)
    assert "trainingtips[cluster]" in output


def test_nothing_to_do_needs_no_cluster(built):
    output = built.build(TRAININGTIPS_SCHEDULER="tcp://127.0.0.1:1")
    assert output == "every figure is fresh\n"
    (built.root / "build/figures/demo/a.light.svg").unlink()
    built.build(TRAININGTIPS_SCHEDULER="tcp://127.0.0.1:1")  # a kept result is drawn here
