"""Runs the notebooks in docs/notebooks, by key as figures are, and keeps what they show.

A notebook is a Python file in jupytext's percent format, so that it can be read, compared and
imported like any other. Run in a kernel of its own, it becomes

    build/notebooks/NAME.ipynb        with its outputs: the page, which mkdocs-jupyter renders
    build/notebooks/NAME/*.svg        its pictures, light and dark, wide and narrow
    build/notebooks/NAME/NAME.ipynb   without outputs: what a reader downloads
    build/notebooks/NAME.json         its key and the hashes of the files above

It is fresh while the key is that of today's source, package and libraries, and the files have
their hashes. mkdocs-jupyter's own cache knows nothing of the modules that a notebook imports.
"""

import hashlib
import importlib
import json
import os
import platform
import re
import select
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from trainingtips.press.base import escape, files, limits, locks, paths, pins
from trainingtips.press.base.errors import BuildFailed, ScriptError, UserError
from trainingtips.press.building import drawing, svg, workers
from trainingtips.press.kept import keys, records, sources
from trainingtips.press.pages import kernels

SOURCES, FOLDER = "docs/notebooks", "build/notebooks"
# of a cell; one that takes longer is stuck: it should take a tenth of that
SECONDS = limits.Setting("TRAININGTIPS_NOTEBOOK_SECONDS", 120, "s")
LIBRARIES = ("numpy", "scipy", "torch", "scikit-learn", "matplotlib", "jupytext", "nbclient")
LIBRARIES += ("nbformat", "ipykernel", "ipython")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Notebook:
    """One notebook under a root: its name, where its source is and where its files go."""

    root: Path
    name: str

    @property
    def source(self):
        return self.root / SOURCES / f"{self.name}.py"

    @property
    def page(self):
        return self.root / FOLDER / f"{self.name}.ipynb"

    @property
    def folder(self):
        return self.root / FOLDER / self.name

    @property
    def download(self):
        return self.folder / f"{self.name}.ipynb"

    @property
    def record(self):
        return self.root / FOLDER / f"{self.name}.json"

    @property
    def pictures(self):
        return sorted(self.folder.glob("*.svg"))


def find(root):
    """The notebooks under `root`, by name: {name: Notebook}."""
    root = Path(root).resolve()
    paths = sorted((root / SOURCES).glob("[!_]*.py"))
    return {path.stem: Notebook(root, path.stem) for path in paths}


def ensure_built(root, jobs=None, say=print):
    """Run every notebook that is stale, and no other. Returns their names.

    Raises BuildFailed once all have run, with the failing cell and its traceback of each that
    failed. What a failed notebook showed before stays, under its old key: it is told again at the
    next build.
    """
    root = Path(root).resolve()
    if not find(root) and not (root / FOLDER).exists():
        return []
    if not _stale(root)[0] and not _orphans(root):
        return []
    with locks.held(root) as lock:
        files.remove_unfinished(root / FOLDER)
        for path in _orphans(root):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        todo, keys_now, libraries = _stale(root)
        jobs = jobs or len(os.sched_getaffinity(0))
        outcomes = _run_all(todo, keys_now, libraries, lock, jobs)
    failures = [told for told in outcomes if told]
    for notebook, told in zip(todo, outcomes, strict=True):
        say(f"{'✗' if told else '✓'} notebook {notebook.name}  {'failed' if told else 'run'}")
    if failures:
        raise BuildFailed("\n\n".join(failures))
    return [each.name for each in todo]


def _stale(root):
    """(the notebooks to be run, the key of each by name, the libraries that they import)."""
    cache = sources.Cache(root / "build/cache/notebooks.json")
    project = keys.Project(root, cache, also=Path(SOURCES).parts)
    common, libraries = _common(), set()
    found = {each.name: _key(each, project, common, libraries) for each in find(root).values()}
    cache.save()
    todo = [each for each in find(root).values() if not _is_fresh(each, found[each.name])]
    return todo, found, libraries


def _common():
    """What every notebook depends on: this module, the house style, the libraries."""
    package = paths.PACKAGE
    ours = [*(Path(each.__file__) for each in (drawing, svg)), Path(__file__)]
    ours += sorted((package / "style").rglob("*.*"))
    return {
        "ours": [_hash(path) for path in ours],
        "pins": pins.ENVIRONMENT,
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _key(notebook, project, common, libraries):
    """The key of that notebook; the names of the libraries that it imports go to `libraries`."""
    module = ".".join([*Path(SOURCES).parts, notebook.name])
    try:
        # every statement: the definitions by name, the rest comes with the module
        walk = keys.Walk(project, ()).go(module, *project.module(module)["defined"])
        libraries.update(walk.external)
    except ScriptError as error:
        raise ScriptError(f"{error} (a notebook must be plain Python, without magics)") from None
    # the text itself counts too, since the page shows it
    return keys.digest([_hash(notebook.source), walk.parts(), common])


def _is_fresh(notebook, key):
    try:
        record = json.loads(notebook.record.read_bytes())
        kept, known = record["files"], record["key"]
        listed = {notebook.page.parent / name for name in kept}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
    there = {notebook.page, notebook.download, *notebook.pictures}
    if known != key or listed != there or not isinstance(kept, dict):
        return False
    return all(_hash(notebook.page.parent / name) == kept[name] for name in kept)


def _orphans(root):
    """What lies in the folder of the build and belongs to no notebook."""
    names = find(root)
    folder = root / FOLDER
    found = [] if not folder.is_dir() else sorted(folder.iterdir())
    return [path for path in found if path.name.partition(".")[0] not in names]


def _hash(path):
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _run_all(todo, keys_now, libraries, lock, jobs):
    """What went wrong with each of `todo`, or None, in order. None is left running.

    They run in processes forked from a fresh interpreter: this one may have threads.
    """
    if not todo:
        return []
    root = todo[0].root
    task = {
        "keys": {each.name: keys_now[each.name] for each in todo},
        "libraries": sorted(libraries),
        "jobs": jobs,
    }
    module = "trainingtips.press.pages.notebooks"
    command = [sys.executable, "-m", module, str(root), json.dumps(task)]
    with tempfile.TemporaryFile("w+", errors="replace") as err:
        # a second pipe would have to be read beside the first
        process = subprocess.Popen(
            command,
            cwd=root,
            env=_environment(root),
            stdin=subprocess.PIPE,  # ends with this process, however that ends: see `main`
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            pass_fds=(lock,),  # no other build writes while this one still may
            start_new_session=True,  # the terminal's Ctrl-C is for the parent to decide on
        )
        with process:
            try:
                out = process.stdout.read()
            finally:
                process.stdin.close()  # an interrupt ends what runs
        err.seek(0)
        lost = f"its process ended with {process.returncode}:\n{err.read()}"
    told = json.loads(out) if process.returncode == 0 else {}
    outcomes = [told[each.name] if told else lost for each in todo]
    return [
        told and f"{SOURCES}/{each.name}.py: {told}"
        for each, told in zip(todo, outcomes, strict=True)
    ]


def _environment(root):
    home, cache = str(paths.SOURCE), root / "build/cache"
    env = pins.environment() | {"TRAININGTIPS_PUBLISHING": "1"}
    env["PYTHONPATH"] = os.pathsep.join(
        dict.fromkeys(filter(None, [str(root), home, os.getenv("PYTHONPATH")]))
    )
    env["PYTHONDONTWRITEBYTECODE"] = "1"  # two edits in one second could leave a stale one
    env["IPYTHONDIR"] = str(cache / "ipython")  # no reader's own start-up
    env["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    return env


# In the process that forks one for each notebook, and in those


def run(notebook, key):
    """Run the notebook and write its files, the record last. Raises UserError."""
    standby = kernels.Standby()  # first of all: later there are threads
    import jupytext
    import nbformat

    try:
        content = jupytext.read(notebook.source)
    except Exception as error:  # whatever its parts raise of a header or a text
        if re.search(r"^# jupyter:\s*\n# ---", limits.text(notebook.source, "it"), re.MULTILINE):
            told = "its header `jupyter:` is empty; write `#   description: …` below it"
            raise UserError(told) from None
        raise UserError(f"it cannot be read as a notebook: {_first_line(error)}") from None
    _prepare(content)
    blank = nbformat.writes(content).encode()
    _execute(content, notebook, standby)
    made = _publish(content, notebook.name)
    made[f"{notebook.name}/{notebook.name}.ipynb"] = blank
    made[f"{notebook.name}.ipynb"] = nbformat.writes(content).encode()
    _write(notebook, key, made)


def _first_line(error):
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def _write(notebook, key, made):
    """The record last, and what an earlier run showed is removed: only a whole one is fresh."""
    folder = notebook.page.parent
    own = {name for name in made if "/" in name or name.endswith(".ipynb")}
    contents = {n if n in own else f"{notebook.name}/{n}": data for n, data in made.items()}
    kept = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    record = json.dumps({"key": key, "files": kept}, indent=1).encode()
    files.replace_all(
        {folder / name: data for name, data in contents.items()} | {notebook.record: record}
    )
    for path in {*notebook.folder.iterdir()} - {folder / name for name in kept}:
        path.unlink()


def _prepare(content):
    """Check what the page needs, and make the file's bytes depend on the source alone."""
    if not str(content.metadata.get("description", "")).strip():
        raise UserError("the header has no `description:` (within `jupyter:`) for the page")
    content.metadata.pop("jupytext", None)
    content.metadata.setdefault(
        "kernelspec", {"display_name": "Python 3", "language": "python", "name": "python3"}
    )
    for number, cell in enumerate(content.cells):
        cell["id"] = f"cell-{number}"  # jupytext draws them at random


def _execute(content, notebook, standby):
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    started = [""]  # first line of the cell that runs
    client = NotebookClient(
        content, km=kernels.manager(standby), timeout=SECONDS.value(), record_timing=False,
        allow_errors=False, resources={"metadata": {"path": str(notebook.root)}},
        on_cell_start=lambda cell, cell_index: started.append(cell.source.partition("\n")[0]),
    )  # fmt: skip
    try:
        client.execute()
    except CellExecutionError:
        cell = next(c for c in content.cells if any(_failed(o) for o in c.get("outputs", ())))
        error = next(output for output in cell.outputs if _failed(output))
        if error.ename == "MemoryError" or "can't allocate memory" in error.evalue:
            raise UserError(f"the cell {started[-1]!r} took more than {kernels.MEMORY}") from None
        trace = _COLOURS.sub("", "\n".join(error.traceback))
        raise UserError(f"this cell failed:\n\n{_indent(cell.source)}\n\n{trace}") from None
    except CellTimeoutError:
        raise UserError(f"the cell {started[-1]!r} ran for more than {SECONDS}") from None
    except DeadKernelError:
        raise UserError(
            f"its kernel died in the cell {started[-1]!r}: ended by it, or for want of memory, of "
            f"which it has {kernels.MEMORY}"
        ) from None


def _failed(output):
    return output.output_type == "error"


def _publish(content, name):
    """Replace pictures by the page's HTML, in place: {file name: SVG bytes}."""
    pictures, count = {}, 0
    for cell in content.cells:
        if "outputs" in cell:
            cell.outputs = _joined(cell.outputs)
        for output in cell.get("outputs", ()):
            _refuse(output, cell)
            data = output.get("data", {})
            shown = data.get("application/vnd.trainingtips.picture+json")
            if shown is None:
                continue
            count += 1
            for variant, (picture, _, _) in shown["pictures"].items():
                pictures[f"{count}.{variant}"] = picture.encode()
            output["data"] = {
                "text/html": _markup(shown, f"{name}/{count}"),
                "text/plain": shown["alt"],
            }
            output["metadata"] = {}
    return pictures


def _joined(outputs):
    """The outputs with what was printed in one piece: a kernel cuts it up by the clock."""
    joined = []
    for output in outputs:
        before = joined[-1] if joined else {}
        if output.output_type == "stream" and output.name == before.get("name"):
            before["text"] += output.text
        else:
            joined.append(output)
    return joined


def _refuse(output, cell):
    source = _indent(cell.source)
    if output.output_type == "stream" and output.name == "stderr":
        raise UserError(f"this cell wrote a warning:\n\n{source}\n\n{output.text}")
    if any(kind.startswith("image/") for kind in output.get("data", ())):
        raise UserError(
            f"this cell shows a picture without words for it; expected "
            f"trainingtips.notebook.show(draw, alt=…):\n\n{source}"
        )


def _markup(shown, stem):
    """The four pictures as HTML; their addresses, from the page, begin with `stem`."""
    alt, parts = escape.plain(shown["alt"]), []
    for theme in ("light", "dark"):
        wide, narrow = f"{theme}.svg", f"narrow.{theme}.svg"
        (_, width, height), (_, small, low) = shown["pictures"][wide], shown["pictures"][narrow]
        parts.append(
            f'<picture class="only-{theme}">'
            f'<source media="(max-width: {records.WIDE // 3 * 2 + 40}px)" '
            f'srcset="{stem}.{narrow}" width="{small}" height="{low}">'
            f'<img src="{stem}.{wide}" alt="{alt}" loading="lazy" '
            f'width="{width}" height="{height}"></picture>'
        )
    return f'<figure class="shown">{"".join(parts)}</figure>'


def _indent(text):
    return "\n".join(f"    {line}" for line in text.splitlines())


def main(root, task):
    """Run the notebooks; print what went wrong with each, as JSON. Ends with standard input."""
    task = json.loads(task)
    for module in ("nbclient", "jupytext", "ipykernel.kernelapp"):
        importlib.import_module(module)
    workers.preload(task["libraries"])
    outcomes = {}
    with workers.Pool(task["jobs"], tries=1) as pool:
        for name, key in task["keys"].items():
            pool.submit(name, _write_one, Notebook(Path(root), name), key)
        while len(outcomes) < len(task["keys"]):
            outcomes |= dict(pool.finished(timeout=0.2))
            if select.select([0], [], [], 0)[0]:  # the builder has ended
                return 1
    failed = {name: str(each) if each else None for name, each in outcomes.items()}
    print(json.dumps(failed))
    return 0


def _write_one(notebook, key):
    try:
        run(notebook, key)
    except OSError as error:
        raise UserError(f"cannot write {error.filename or FOLDER}: {error.strerror}") from None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
