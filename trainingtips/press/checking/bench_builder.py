"""`make bench`, second part: the builder against the obvious way and against two galleries.

The same figures, drawn from the same kept results, four pictures each, by every tool: ours; one
interpreter a script under `make -j2`; sphinx-gallery with two processes; mkdocs-gallery, which has
one. The scripts of the others save their own pictures, so a gallery neither captures nor scales
any, and what it takes to write its pages without running a script is taken off its time.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from trainingtips.press.base import pins
from trainingtips.press.base.errors import UserError
from trainingtips.press.kept import scripts

# what figures are made of; without their inputs some would not be drawn at all
COPIED = ("figures", "trainingtips", "results", "tests/counter", "tests/checkup")
JOBS = 2
REPEATS = 3
CHANGED = ("batch/gradient_noise", "momentum/phase_diagram", "loss_function/softmax")
COMPUTED = ("momentum", "learning_rate")

SCRIPT = '''"""
{name}
{line}

A figure from its kept result.
"""

import sys

sys.path.insert(0, {root!r})
from matplotlib.figure import Figure

from figures.{module} import draw
from trainingtips import plotting
from trainingtips.press.building import drawing
from trainingtips.press.kept import records, results

result = results.read("{root}/results/{name}.json").result
for layout, width in records.LAYOUTS.items():
    for theme in plotting.THEMES:
        with plotting.style(theme):
            size = (width / drawing.DPI, drawing.HEIGHT / drawing.DPI)
            figure = Figure(figsize=size, layout="constrained")
            draw(result, figure)
            path = "{pictures}/{stem}" + layout + "." + theme + ".svg"
            figure.savefig(path, metadata={{"Date": None, "Creator": None}})
'''

# One process that imports everything first and then draws: what no builder can do without.
BARE = """
import contextlib, io, json, runpy, sys, time
start = time.perf_counter()
import matplotlib.figure, matplotlib.backends.backend_svg
sys.path.insert(0, {root!r})
import importlib
from trainingtips.press.kept import results
for module in {modules!r}:
    importlib.import_module("figures." + module)
imported = time.perf_counter()
for path in {paths!r}:
    runpy.run_path(path)
print(json.dumps([imported - start, time.perf_counter() - imported]))
"""

SPHINX = """
project = "bench"
extensions = ["sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {{
    "examples_dirs": {examples!r},
    "gallery_dirs": "gallery",
    "filename_pattern": r"\\.py$",
    "plot_gallery": {run!r},
    "parallel": {jobs},
    "abort_on_example_error": True,
}}
"""

MKDOCS = """
site_name: bench
theme: material
nav: # without one, mkdocs-gallery 0.10.4 raises
  - index.md
  - gallery
plugins:
  - gallery:
      examples_dirs: {examples}
      gallery_dirs: docs/gallery
      filename_pattern: '\\.py$'
      plot_gallery: {run}
      abort_on_example_error: true
"""


def copy(source, target):
    """Copy a file or a folder, without its bytecode; what is not there is left out."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    elif source.exists():
        shutil.copyfile(source, target)


def rows(root, count=None):
    """Measure; yields rows as `bench` keeps them. `count` figures only, to try it out."""
    with tempfile.TemporaryDirectory(prefix="trainingtips-bench-") as folder:
        yield from _Bench(Path(root).resolve(), Path(folder).resolve(), count).rows()


class _Bench:
    """The project copied into `folder`, and beside it the same figures for the other tools."""

    def __init__(self, root, folder, count):
        self.folder, self.project = folder, folder / "project"
        self.sections = COMPUTED if count is None else COMPUTED[:1]
        for part in COPIED:
            copy(root / part, self.project / part)
        every = sorted(scripts.find_scripts(self.project))
        chosen = [n for n in CHANGED if n in every]
        chosen += [name for name in every if name not in chosen]
        self.names = sorted(chosen[:count])
        self.pictures = folder / "pictures"
        self.pictures.mkdir()
        self.examples = folder / "examples"
        self.examples.mkdir()
        (self.examples / "README.txt").write_text("Figures\n=======\n")
        for name in self.names:
            self.path(name).write_text(self._script(name))

    def _computes(self, name):
        return name.partition("/")[0] in self.sections

    def path(self, name):
        return self.examples / f"plot_{name.replace('/', '_')}.py"

    def _script(self, name):
        return SCRIPT.format(
            name=name, line="=" * len(name), module=name.replace("/", "."),
            root=str(self.project), pictures=self.pictures, stem=name.replace("/", "_"),
        )  # fmt: skip

    def rows(self):
        yield from self.nothing_and_one()
        ours = yield from self.all_drawn()
        yield from self.others(ours)
        yield from self.computed()

    def figures(self, *arguments):
        """Seconds of our build; by name, so that the same figures are drawn as by the others."""
        names = arguments or self.names
        return self.seconds([sys.executable, "-m", "trainingtips", "figures", "-j", JOBS, *names])

    def seconds(self, command, cwd=None):
        env = pins.environment() | {"NO_MKDOCS_2_WARNING": "1"}
        env.pop("PYTHONPATH", None)
        # bytecode of the copies is there for everyone after the first run, as it is in daily use
        command = list(map(str, command))
        start = time.perf_counter()
        done = subprocess.run(
            command, cwd=cwd or self.project, env=env, capture_output=True, text=True
        )
        taken = time.perf_counter() - start
        if done.returncode:
            told = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
            raise UserError(f"bench: {' '.join(command)[:200]} failed:\n{told}")
        self.output = done.stdout
        return taken

    def forget(self):
        """Remove the pictures: everything is to be drawn again, from kept results."""
        shutil.rmtree(self.project / "build/figures", ignore_errors=True)

    def nothing_and_one(self):
        self.figures()
        nothing = statistics.median(self.figures() for _ in range(5))
        yield row("nothing changed", None, f"{len(self.names)} figures", "≤ 0.2 s", nothing)
        ratios, notes = [], []
        for name in [n for n in CHANGED if n in self.names]:
            taken = statistics.median(self._changed(name, turn) for turn in range(REPEATS))
            alone = [sys.executable, self.path(name)]
            bare = statistics.median(self.seconds(alone) for _ in range(REPEATS))
            ratios.append(taken / bare)
            notes.append(f"{name} {taken:.2f} s against {bare:.2f} s")
        what = "one drawing changed / that figure alone in a bare interpreter"
        yield row(what, max(ratios), "; ".join(notes), "≤ 1.5")

    def _changed(self, name, turn):
        path = self.project / f"figures/{name}.py"
        path.write_text(path.read_text() + f"\n_TURN_{turn} = {turn}\n")
        return self.figures(name)

    def all_drawn(self):
        def once():
            self.forget()
            return self.figures()

        ours = statistics.median(once() for _ in range(REPEATS))
        modules = [name.replace("/", ".") for name in self.names]
        paths = [str(self.path(name)) for name in self.names]
        self.seconds(
            [sys.executable, "-c",
             BARE.format(root=str(self.project), modules=modules, paths=paths)]
        )  # fmt: skip
        imports, drawing = json.loads(self.output.splitlines()[-1])
        floor = imports + drawing / JOBS
        note = f"{len(self.names)} figures, {4 * len(self.names)} pictures: {ours:.1f} s against "
        note += f"{imports:.1f} s + {drawing:.1f} s / {JOBS}"
        what = "all drawn / (imports once + drawing / cores)"
        yield row(what, ours / floor, note, "≤ 1.2", ours)
        return ours

    def others(self, ours):
        plain = statistics.median(self._make() for _ in range(REPEATS))
        note = f"{plain:.1f} s against {ours:.1f} s"
        yield row("all drawn: make -j2, one interpreter a script / ours", plain / ours, note, "≥ 5")
        found = {"sphinx-gallery": self._sphinx, "mkdocs-gallery": self._mkdocs}
        for name, gallery in found.items():
            what = f"all drawn: {name} / ours"
            try:
                whole, empty = gallery(True), gallery(False)
            except UserError as error:
                yield row(what, None, str(error).splitlines()[-1])
                continue
            note = f"{whole:.1f} s less {empty:.1f} s without running a script, "
            note += f"against {ours:.1f} s"
            yield row(what, (whole - empty) / ours, note, "≥ 1.4", whole - empty)

    def _clear(self):
        for path in self.pictures.iterdir():
            path.unlink()

    def _check(self):
        """Every tool has drawn the four pictures of every figure."""
        found = len(list(self.pictures.glob("*.svg")))
        if found != 4 * len(self.names):
            raise UserError(f"bench: expected {4 * len(self.names)} pictures, found {found}")

    def _make(self):
        self._clear()
        targets = [self.path(name).stem for name in self.names]
        text = f"all: {' '.join(targets)}\n"
        text += "".join(f"{t}:\n\t@{sys.executable} {self.examples}/{t}.py\n" for t in targets)
        (self.folder / "Makefile").write_text(text)
        taken = self.seconds(["make", f"-j{JOBS}", "-f", self.folder / "Makefile"])
        self._check()
        return taken

    def _sphinx(self, run):
        self._clear()
        source = self.folder / f"sphinx-{run}"
        source.mkdir()
        (source / "index.rst").write_text("Bench\n=====\n\n.. toctree::\n\n   gallery/index\n")
        conf = SPHINX.format(examples=str(self.examples), run=run, jobs=JOBS)
        (source / "conf.py").write_text(conf)
        command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", source, source / "out"]
        taken = self.seconds(command)
        if run:
            self._check()
        return taken

    def _mkdocs(self, run):
        self._clear()
        source = self.folder / f"mkdocs-{run}"
        (source / "docs").mkdir(parents=True)
        shutil.copytree(self.examples, source / "examples")
        (source / "docs/index.md").write_text("# Bench\n")
        text = MKDOCS.format(examples="examples", run=str(run).lower())
        (source / "mkdocs.yml").write_text(text)
        taken = self.seconds([sys.executable, "-m", "mkdocs", "build"], cwd=source)
        if run:
            self._check()
        return taken

    def computed(self):
        """From nothing, two sections: against the seconds that their results took, over cores."""
        every = scripts.find_names(self.project)
        names = [n for n in every if self._computes(n)]
        for name in names:
            (self.project / f"results/{name}.json").unlink()
        self.forget()
        taken = self.figures(*[n for n in names if "/_" not in n])
        spent = [
            json.loads((self.project / f"results/{n}.json").read_bytes())["seconds"] for n in names
        ]
        note = (
            f"{', '.join(self.sections)}: {taken:.1f} s against {sum(spent):.1f} s of computing, "
        )
        note += f"the longest {max(spent):.1f} s"
        what = f"all computed / (seconds of computing / {JOBS})"
        yield row(what, taken / (sum(spent) / JOBS), note, None, taken)


def row(what, ratio, note, budget=None, seconds=None):
    """A row of results/bench.json; `ratio`, or where there is none `seconds`, has the budget."""
    found = {"what": what, "ratio": _short(ratio), "budget": budget, "note": note}
    return found | ({"seconds": _short(seconds)} if seconds is not None else {})


def _short(value):
    return value if value is None else float(f"{value:.4g}")
