"""Full disks, read-only trees and caches that cannot be written: told in one line, nothing lost."""

import errno
import os
import resource
import subprocess
import sys

import pytest

from tests.projects import ROOT
from trainingtips.press.base import files

from .spaces import space


def limited(project, command, size):
    """Run with a limit on the size of each file written: (exit status, both streams)."""
    done = subprocess.run(
        [sys.executable, "-m", "trainingtips", *command], cwd=project.root,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def inside(there, project, *command):
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    run = there.command(project.root, sys.executable, "-m", "trainingtips", *command)
    done = subprocess.run(run, env=env, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def with_axes(project, *names):
    """Pictures of the size that these limits are meant for: those of most tests have no axes."""
    for name in names:
        project.replace(f"figures/demo/{name}.py", "    figure.axes[0].set_axis_off()\n", "")


def state(project):
    return project.hashes("results", ".json"), project.hashes(), project.hashes(ending=".json")


@pytest.mark.parametrize(
    ("size", "path"),
    [(100, "results/demo/a.json"), (4_000, "build/figures/demo/a."), (0, "results/demo/a.json")],
)
def test_a_limit_on_files_stops_the_result_or_the_picture(built, size, path):
    """0 and 100 bytes hold no result, 4,000 a result and no picture."""
    before = state(built)
    built.replace("lab/tools.py", "2 * x", "3 * x")
    with_axes(built, *"ab")
    status, output = limited(built, ["figures"], size)
    assert status == 1
    assert f"cannot write {path}" in output and "File too large" in output
    assert "Traceback" not in output
    assert state(built) == before, "neither the old result nor the old picture is gone"
    assert not list(built.root.rglob(".unfinished-*"))
    assert built.computed(built.build()) == {"demo/a"}
    assert built.build() == "every figure is fresh\n"


def test_a_limit_on_files_in_the_scratch_folder_stops_reproduce(built):
    before = state(built)
    status, output = limited(built, ["reproduce"], 100)
    assert status == 1
    assert "File too large" in output and "Traceback" not in output
    assert state(built) == before


RARE = [pytest.param(each, marks=pytest.mark.long) for each in (8, 40)]


@pytest.mark.parametrize("free", [0, *RARE, 90])  # KiB: of a build's 140 or so
def test_a_full_disk_then_room_again(project, free):
    with_axes(project, *"ab")
    with space(f"mount -t tmpfs -o size=2m none {project.root}") as there:
        root = there.path(project.root)
        subprocess.run(["cp", "-a", f"{project.root}/.", root], check=True)  # seen from outside
        with open(root / "filler", "wb", buffering=0) as filler:
            fill(filler, 2**21)
            filler.truncate(max(0, filler.tell() - free * 1024))
        status, output = inside(there, project, "figures")
        assert status == 1, output
        assert "No space left on device" in output and "Traceback" not in output
        assert "cannot write" in output
        assert not list(root.rglob(".unfinished-*"))
        (root / "filler").unlink()
        status, output = inside(there, project, "figures")
        assert status == 0, output
        assert inside(there, project, "figures") == (0, "every figure is fresh\n")


def fill(file, size):
    """Write up to `size` bytes, until the disk is full."""
    try:
        for _ in range(size // 4096):
            file.write(b"x" * 4096)
    except OSError as error:
        assert error.errno == errno.ENOSPC


@pytest.fixture
def read_only(built):
    root = built.root
    with space(f"mount --bind {root} {root} && mount -o remount,bind,ro {root}") as there:
        yield there, built


def test_a_read_only_tree_is_used_as_it_is(read_only):
    there, project = read_only
    before = state(project)
    assert inside(there, project, "figures") == (0, "every figure is fresh\n")
    status, output = inside(there, project, "reproduce")
    assert status == 0 and "2 exact" in output, output
    project.replace("lab/tools.py", "2 * x", "3 * x")  # through the folder outside
    for command in (["figures"], ["new", "demo/c"]):
        status, output = inside(there, project, *command)
        assert status == 1 and "Read-only file system" in output, output
        assert "Traceback" not in output
    assert state(project) == before
    assert project.computed(project.build()) == {"demo/a"}


@pytest.mark.parametrize("obstacle", ["file", "read-only"])
def test_an_unwritable_cache_costs_time_alone(project, obstacle):
    cache = project.root / "build/cache"
    if obstacle == "file":
        project.write("build/cache", "a file where a folder should be")
        assert project.computed(project.build()) == {"demo/a", "demo/b"}
        assert project.build() == "every figure is fresh\n"
        return
    cache.mkdir(parents=True)
    with space(f"mount --bind {cache} {cache} && mount -o remount,bind,ro {cache}") as there:
        status, output = inside(there, project, "figures")
        assert status == 0, output
        assert inside(there, project, "figures") == (0, "every figure is fresh\n")
    assert list(cache.iterdir()) == []


def test_files_that_belong_together_change_together_or_not_at_all(tmp_path, monkeypatch):
    old = {tmp_path / name: b"old" for name in "abc"}
    files.replace_all(old)
    real, calls = os.fsync, []

    def full(handle):
        calls.append(handle)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as told:
        files.replace_all(dict.fromkeys(old, b"new"))
    assert told.value.filename == str(tmp_path / "c")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == old
