"""mkdocs with the project's hook: interrupted or killed while a notebook runs; beside others."""

import os
import signal
import subprocess
import sys

import pytest

from tests.projects import ROOT, SITE
from tests.waiting import alone, gone, running, started

NOTEBOOK = """# ---
# jupyter:
#   description: A slow notebook.
# ---

# %% [markdown]
# # Slow

# %%
import os
import time

with open("processes.part", "w") as file:
    file.write(f"{os.getpid()} {os.getppid()}")
os.rename("processes.part", "processes")
time.sleep(100)
"""


@pytest.fixture
def site(project):
    project.write("mkdocs.yml", SITE)
    lines = "\n\n".join(f"![](figures/demo/{name}.svg)" for name in "ab")
    project.write("docs/index.md", f"# Page\n\n{lines}\n")
    return project


def mkdocs(project):
    env = os.environ | {"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    return subprocess.Popen(
        command, cwd=project.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc to look at processes")
@pytest.mark.parametrize(
    ("accident", "status"),
    [
        ("terminal", 130),
        pytest.param("interrupt", 130, marks=pytest.mark.long),
        ("kill", -9),
        pytest.param("kill runner", 1, marks=pytest.mark.long),
        ("kill kernel", 1),
    ],
)
def test_no_kernel_outlives_its_build(site, accident, status):
    site.write("docs/notebooks/slow.py", NOTEBOOK)
    process = mkdocs(site)
    told = site.root / "processes"
    started(process, told.exists)
    kernel, runner = map(int, told.read_text().split())
    assert running(kernel) and running(runner)
    if accident == "terminal":  # Ctrl-C reaches the whole foreground group
        os.killpg(process.pid, signal.SIGINT)
    else:
        target = {"kill runner": runner, "kill kernel": kernel}.get(accident, process.pid)
        os.kill(target, signal.SIGINT if accident == "interrupt" else signal.SIGKILL)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == status, out
    assert ("interrupted" in out) == (status == 130)
    assert "Traceback" not in out
    assert ("docs/notebooks/slow.py: " in out) == (status == 1)
    assert gone([kernel, runner])
    assert len(site.hashes()) == 8, "the figures were finished before"
    assert not list(site.root.glob("build/notebooks/*"))
    assert site.build() == "every figure is fresh\n"


def test_an_interrupt_while_the_figures_are_built(site):
    wait = "    open('computing', 'w'); import time; time.sleep(60) #"
    site.replace("figures/demo/a.py", "    # a", wait)
    process = mkdocs(site)
    started(process, (site.root / "computing").exists)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert "Traceback" not in out
    assert alone(process.pid)


def test_a_site_is_built_beside_the_figures(site):
    processes = [mkdocs(site), site.start("figures"), site.start("figures", "--force", "demo/a")]
    outputs = [process.communicate(timeout=240) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], outputs
    assert "".join(out for out, _ in outputs[:2]).count("demo/b  computed") == 1
    published = site.hashes("site/figures", ".svg")
    built = site.hashes("build/figures", ".svg")
    assert len(published) == 8
    assert list(published.values()) == list(built.values())
