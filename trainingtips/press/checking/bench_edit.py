"""`make bench ONLY=edit`: seconds from an edit to the browser's event, the site, and the witness.

In a copy of the project `trainingtips serve` runs, a file is edited, and its address is asked for
until it shows the edit and the server has told browsers to reload. Then one page is changed and
the whole site is built, as `make` does it.
"""

import contextlib
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from trainingtips.press.base import pins
from trainingtips.press.base.errors import UserError
from trainingtips.press.building import figure, run, witness
from trainingtips.press.building.plan import Plan
from trainingtips.press.checking import bench_builder
from trainingtips.press.checking.bench_builder import CHANGED, REPEATS, row

COPIED = (*bench_builder.COPIED, "docs", "overrides", "mkdocs.yml")
MADE = ("build/cache", "build/figures", "build/notebooks")  # which the copy need not make again
LONGEST = 300  # seconds: what takes longer is not seen at all
WHOLE = "the whole site is built and checked"
# many small calls, one long integration, many networks in a row
COMPUTED = ("batch/gradient_noise", "momentum/roll_through", "start/over_time")
TURNS = 3
CODE = f"import sys; from {__name__} import seconds; print(seconds(*sys.argv[1:]))"
DRAW = "def draw(result, figure):\n"  # below it a mark is put: nothing else of the script changes


def rows(root):
    """Measure; yields rows as `bench` keeps them. `root` has a site, with its figures built."""
    with tempfile.TemporaryDirectory(prefix="trainingtips-bench-") as folder:
        project = Path(folder).resolve() / "project"
        for name in (*COPIED, *MADE):
            bench_builder.copy(Path(root) / name, project / name)
        with _serving(project) as served:
            yield _row("a page's text, edited and seen", _texts(project, served), "≤ 3 s")
            yield _row("a drawing, edited and seen", _drawings(project, served), "≤ 4 s")
        yield _row("the whole site, one page changed", _sites(project), "≤ 6 s")


def _row(what, found, budget):
    """The median's row; with it what else the machine had to do, which a second depends on."""
    note = ", ".join(f"{name} {taken:.2f} s" for name, taken in found)
    load = f"{os.getloadavg()[0]:.1f} processes waiting on {os.cpu_count()} cores"
    return row(what, None, f"{note}; {load}", budget, statistics.median(t for _, t in found))


def _texts(project, served):
    found = []
    for turn, name in enumerate(sorted({name.partition("/")[0] for name in CHANGED})):
        page, mark = project / f"docs/{name}.md", f"Edited for the {turn + 1}. time."
        edited = page.read_text("utf-8") + f"\n{mark}\n"
        found.append((name, served.seen(page, edited, f"{name}.html", mark)))
    return found


def _drawings(project, served):
    found = []
    for name in CHANGED:
        script = project / f"figures/{name}.py"
        edited = marked(script.read_text("utf-8"))
        found.append((name, served.seen(script, edited, f"figures/{name}.light.svg", None)))
    return found


def marked(script):
    """A script's text with a mark in its picture; its result is as fresh as it was.

    >>> marked("def draw(result, figure):\\n    figure.subplots()\\n").count("\\n")
    3
    """
    if script.count(DRAW) != 1:
        raise UserError(f"bench: expected {DRAW.strip()!r} once in a script to edit")
    return script.replace(DRAW, f'{DRAW}    figure.text(0.5, 0.5, "another mark")\n')


def _sites(project):
    command, found = [sys.executable, "-m", "trainingtips"], []
    section = CHANGED[-1].partition("/")[0]
    for turn in range(REPEATS):
        page = project / f"docs/{section}.md"
        page.write_text(page.read_text("utf-8") + f"\nChanged for the {turn + 1}. time.\n", "utf-8")
        start = time.perf_counter()
        for step in ("figures", "site"):
            done = subprocess.run(
                [*command, step], cwd=project, env=_environment(), capture_output=True, text=True
            )
            if done.returncode:
                raise UserError(f"bench: {step} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        found.append((section, time.perf_counter() - start))
    return found


def _environment():
    env = pins.environment()
    env.pop("PYTHONPATH", None)
    return env


@contextlib.contextmanager
def _serving(project):
    log = project / "build/bench.log"
    command = [sys.executable, "-m", "trainingtips", "serve", "--address", "127.0.0.1:0"]
    with open(log, "w") as output:
        process = subprocess.Popen(
            command, cwd=project, env=_environment(), stdout=output, stderr=output
        )
    try:
        yield _Served(process, log)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


class _Served:
    def __init__(self, process, log):
        self.process, self.log = process, log
        self.address = self._until(lambda: re.search(r"http://\S+/", log.read_text()))[0]
        self._until(lambda: WHOLE in log.read_text())

    def _until(self, condition):
        end = time.monotonic() + LONGEST
        while not (found := condition()):
            if time.monotonic() > end or self.process.poll() is not None:
                raise UserError(
                    f"bench: serve did not come to that:\n{self.log.read_text()[-2000:]}"
                )
            time.sleep(0.01)
        return found

    def get(self, path):
        with urllib.request.urlopen(self.address + path, timeout=LONGEST) as answer:
            return answer.read().decode()

    def seen(self, file, text, path, mark):
        """Seconds from writing `text` until browsers are told, and `path` has the `mark`.

        Without a mark until it is another. The whole site is then awaited: one edit at a time.
        """
        before, known = self.get(path), self.log.read_text().count(WHOLE)
        epoch = self.get("livereload/0/1")
        start = time.perf_counter()
        file.write_text(text, "utf-8")
        while True:
            epoch = self.get(f"livereload/{epoch}/1")  # answers at once when there is a new one
            page = self.get(path)
            if mark in page if mark else page != before:
                break
            if time.perf_counter() - start > LONGEST:
                raise UserError(f"bench: {path} does not show the edit:\n{self.log.read_text()}")
        taken = time.perf_counter() - start
        self._until(lambda: self.log.read_text().count(WHOLE) > known)
        return taken


def watched(root, names=COMPUTED, turns=TURNS):
    """What it costs that compute() is watched: yields the row as `bench` keeps it.

    The same results are computed in processes of their own, by turns with the witness and without
    it; the fewest seconds of each are compared, since whatever else runs here only adds to them.
    """
    least = {(name, how): [] for name in names for how in ("watched", "alone")}
    for _ in range(turns):
        for name, how in least:
            least[name, how].append(_measured(root, name, how))
    least = {key: min(found) for key, found in least.items()}
    both, alone = (sum(least[name, how] for name in names) for how in ("watched", "alone"))
    note = ", ".join(
        f"{name} {least[name, 'watched']:.2f} s against {least[name, 'alone']:.2f} s"
        for name in names
    )
    yield row("computing with the witness / without", both / alone, note, "≤ 1.05")


def seconds(name, how):
    """Processor seconds of the compute() of the script `name` below this folder, once."""
    if how == "alone":
        witness.start = witness.stop = lambda *_: None
    plan = Plan(Path.cwd())
    if name in plan.broken:
        raise UserError(plan.broken[name])
    state = plan.states[name]
    task = run._Run(plan, [name], force=True, report=None)._task(state, {})
    return figure.compute(plan.root, state.script, task).seconds


def _measured(root, name, how):
    done = subprocess.run(
        [sys.executable, "-c", CODE, name, how],
        cwd=root, env=pins.environment(), capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise UserError(f"bench: {name} could not be computed:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])
