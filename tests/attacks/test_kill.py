"""`kill -9` at random moments of a build and of `reproduce`: nothing is lost, and the next heals.

Five kills of each in `make test`, fifty in `make test-long`; TRAININGTIPS_KILLS=500 does more. The
disk of these tests is slow, so that kills fall into the writing too; each process notes what it
does, so that a test can say where it was hit.
"""

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from tests.projects import ROOT, Project
from tests.waiting import until
from trainingtips.press.checking import reproduce
from trainingtips.press.kept import results

FEW, MANY = 5, int(os.environ.get("TRAININGTIPS_KILLS", "50"))
GROUP = 10  # kills, then a build that has to put everything right
number = pytest.mark.parametrize("kills", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
SLOW_DISK = """import os, sys

real = os.fsync


def fsync(handle):
    with open(os.environ["PHASE"], "w") as file:
        file.write("writing")
    import time
    time.sleep(0.01)
    real(handle)


os.fsync = fsync
"""
SHARED = '''"""Slow samples."""

import time

from tests import phases


def compute():
    phases.tell("computing")
    time.sleep(0.15)
    return {"v": [1.0, 2.0, 3.0, 5.0]}
'''
COMPUTE = """def compute(runs):
    phases.tell("computing")
    time.sleep(0.1)
    return {"y": np.cumsum(runs["v"]) * @, "n": 4}
"""
DRAW = """def draw(result, figure):
    phases.tell("drawing")
"""


class Slow(Project):
    """Three figures on one shared experiment, and one on nothing, on a slow disk."""

    def __init__(self, root):
        super().__init__(root)
        (self.root / "figures/demo/a.py").unlink()
        self.phase = self.root / "phase"
        self.write("figures/demo/_runs.py", SHARED)
        for index, name in enumerate("cde"):
            self.script(f"demo/{name}", "np.arange(4.0)")
            path = f"figures/demo/{name}.py"
            old = '    # a comment\n    return {"y": np.arange(4.0), "n": 4}\n'
            self.replace(path, f"def compute():\n{old}", COMPUTE.replace("@", str(index + 1)))
            self.replace(path, "def draw(result, figure):\n", DRAW)
            self.replace(
                path, "import numpy", "import time\n\nfrom tests import phases\nimport numpy"
            )
        self.write("disk/sitecustomize.py", SLOW_DISK)
        self.scratch = self.root.with_name(f"{self.root.name}-scratch")
        self.scratch.mkdir()

    def launch(self, command):
        env = os.environ | {
            "PYTHONPATH": f"{self.root / 'disk'}{os.pathsep}{ROOT}",
            "PHASE": str(self.phase),
            "TMPDIR": str(self.scratch),
        }
        self.phase.write_text("starting")
        return subprocess.Popen(
            [sys.executable, "-m", "trainingtips", command, "-j", "2"], cwd=self.root, env=env,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip

    def finish(self, command="figures"):
        process = self.launch(command)
        out, _ = process.communicate(timeout=180)
        assert process.returncode == 0, out
        return out

    def kept(self):
        """Everything that a build makes: its bytes, but for a result's seconds and their seal."""
        found = {}
        for folder in ("results", "build/figures"):
            for path in sorted((self.root / folder).rglob("*")):
                if path.is_file():
                    found[path.relative_to(self.root).as_posix()] = self.content(path)
        return found

    def content(self, path):
        if path.parts[-3:-2] == ("results",):
            return json.dumps(json.loads(path.read_bytes()) | {"seconds": 0, "seal": ""})
        if path.name == "SEAL":
            return [line.partition("  ")[2] for line in path.read_text().splitlines()]
        if path.suffix == ".json":  # the record's hash of the result is that of its seconds, too
            record = json.loads(path.read_bytes())
            result = self.root / "results/demo" / path.name
            assert record["result_hash"] == hashlib.sha256(result.read_bytes()).hexdigest()
            return json.dumps(record | {"result_hash": ""})
        return hashlib.sha256(path.read_bytes()).hexdigest()


def children(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(each) for each in file.read().split()]
    return []


def kill(process, rng):
    """Kill the whole group, the parent alone, or one child; True where the run goes on."""
    how = rng.choice(["group", "parent", "group", "parent", "child"])
    below = children(process.pid)
    if how == "child" and below:
        with contextlib.suppress(ProcessLookupError):
            os.kill(rng.choice(below), signal.SIGKILL)
        return True
    if how == "group":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    return False


def interrupted(project, command, rng, longest):
    """Start `command` and kill at a random moment; returns what it was doing, or None."""
    process = project.launch(command)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=rng.uniform(0.05, longest))
        return None
    goes_on = kill(process, rng)
    phase = project.phase.read_text() or "computing"
    out, _ = process.communicate(timeout=180)
    if process.returncode == 0 and not goes_on:  # it had ended by itself before the signal came
        return None
    assert process.returncode == (0 if goes_on else -signal.SIGKILL), out
    return phase


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """(what an undisturbed build keeps, the project, how long the build took)."""
    project = Slow(tmp_path_factory.mktemp("undisturbed"))
    start = time.monotonic()
    project.finish()
    return project.kept(), project, time.monotonic() - start


def lose(project, rng):
    """Remove some results and pictures, so that the next run has every kind of work."""
    for folder, share in (("results", 0.5), ("build/figures", 0.5)):
        for path in sorted((project.root / folder).rglob("*.*")):
            if path.is_file() and rng.random() < share:
                path.unlink()


def enough(hit, kills, phases):
    """Whether there were so many kills and, of many, some in each phase."""
    if hit.total() < kills:
        return False
    return kills == FEW or hit.keys() >= phases or hit.total() >= 4 * kills


@number
def test_builds_killed_at_random_moments_heal(undisturbed, tmp_path, kills):
    expected, _, longest = undisturbed
    project, rng, hit = Slow(tmp_path), random.Random(0), Counter()
    phases = {"computing", "drawing", "writing"}
    while not enough(hit, kills, phases):
        for _ in range(min(GROUP, kills)):
            phase = interrupted(project, "figures", rng, longest)
            hit.update([phase] if phase else [])
            for path in (project.root / "results").rglob("*.json"):
                results.read(path)  # whole, or not there at all
        project.finish()
        assert project.kept() == expected
        assert not list(project.root.rglob(".unfinished-*"))
        assert project.finish() == "every figure is fresh\n"
        lose(project, rng)
    print(f"killed: {dict(hit)}")
    assert kills == FEW or hit.keys() >= phases


@number
def test_reproduce_killed_at_random_moments_touches_nothing(undisturbed, kills):
    _, project, _ = undisturbed
    before, rng, hit = project.kept(), random.Random(1), Counter()
    start = time.monotonic()
    project.finish("reproduce")
    longest = time.monotonic() - start
    while hit.total() < kills:
        phase = interrupted(project, "reproduce", rng, longest)
        hit.update([phase] if phase else [])
    assert project.kept() == before
    left = [path.stat().st_ctime for path in project.scratch.iterdir()]
    until(lambda: time.time() - max(left, default=0) > reproduce._YOUNG)  # one just made is let be
    assert "5 of 5 reproduced: 5 exact" in project.finish("reproduce")
    print(f"killed: {dict(hit)}")
    assert kills == FEW or hit.keys() >= {"computing", "writing"}
    assert list(project.scratch.glob("trainingtips-reproduce-*")) == [], "the killed ones' folders"
