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

import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from trainingtips.press import build, drawing, escape, files, keys, sources
from trainingtips.press.errors import BuildFailed, ScriptError, UserError

SOURCES, FOLDER = "docs/notebooks", "build/notebooks"
SECONDS = 120  # a notebook that takes longer is stuck; it should take a tenth of that
LIBRARIES = ("numpy", "scipy", "torch", "scikit-learn", "matplotlib", "jupytext", "nbclient")
LIBRARIES += ("nbformat", "ipykernel", "ipython")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
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
    with build.lock(root) as lock:
        files.remove_unfinished(root / FOLDER)
        for path in _orphans(root):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        todo, keys_now = _stale(root)
        outcomes = _run_all(todo, keys_now, lock, jobs or len(os.sched_getaffinity(0)))
    failures = [told for told in outcomes if told]
    for notebook, told in zip(todo, outcomes, strict=True):
        say(f"{'✗' if told else '✓'} notebook {notebook.name}  {'failed' if told else 'run'}")
    if failures:
        raise BuildFailed("\n\n".join(failures))
    return [each.name for each in todo]


def _stale(root):
    """(the notebooks to be run, the key of each notebook by name)."""
    cache = sources.Cache(root / "build/cache/notebooks.json")
    project, common = keys.Project(root, cache), _common()
    found = {each.name: _key(each, project, common) for each in find(root).values()}
    cache.save()
    return [each for each in find(root).values() if not _is_fresh(each, found[each.name])], found


def _common():
    """What every notebook depends on: this module, the house style, the libraries."""
    package = Path(__file__).parents[1]
    ours = [Path(__file__), Path(drawing.__file__), *sorted((package / "style").rglob("*.*"))]
    return {
        "ours": [_hash(path) for path in ours],
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _key(notebook, project, common):
    module = ".".join([*Path(SOURCES).parts, notebook.name])
    try:
        # every statement: the definitions by name, the rest comes with the module, the empty name
        names = ["", *project.module(module)["definitions"]]
        reached = sorted({each for name in names for each in project.reached(module, name)[0]})
    except ScriptError as error:
        raise ScriptError(f"{error} (a notebook must be plain Python, without magics)") from None
    # the text itself counts too, since the page shows it
    return keys.digest([_hash(notebook.source), reached, common])


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


def _run_all(todo, keys_now, lock, jobs):
    """What went wrong with each of `todo`, or None, in order. None is left running."""
    running, stopped = set(), threading.Event()

    def one(notebook):
        return _start(notebook, keys_now[notebook.name], lock, running, stopped)

    with ThreadPoolExecutor(jobs) as pool:
        try:
            return list(pool.map(one, todo))
        except BaseException:  # an interrupt: the pool would wait for what runs
            stopped.set()
            for process in list(running):
                process.stdin.close()  # see `_end_with_parent`
            raise


def _start(notebook, key, lock, running, stopped):
    """Run one notebook in a process of its own. Returns what went wrong, or nothing."""
    command = [sys.executable, "-m", "trainingtips.press.notebooks", str(notebook.root)]
    process = subprocess.Popen(
        [*command, notebook.name, key],
        cwd=notebook.root,
        env=_environment(notebook),
        stdin=subprocess.PIPE,  # ends with this process, however that ends
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=(lock,),  # no other build writes while this one still may
        start_new_session=True,  # the terminal's Ctrl-C is for the parent to decide on
    )
    running.add(process)
    try:
        if stopped.is_set():
            process.stdin.close()
        err = []
        reader = threading.Thread(target=lambda: err.append(process.stderr.read()))
        reader.start()
        out = process.stdout.read()
        reader.join()
        status = process.wait()
    finally:
        running.discard(process)
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
    if status == 0:
        return None
    told = out.strip() or f"its process ended with {status}:\n{''.join(err)}"
    return f"{SOURCES}/{notebook.name}.py: {told}"


def _environment(notebook):
    home, cache = str(Path(__file__).parents[2]), notebook.root / "build/cache"
    env = os.environ | dict.fromkeys(_THREADS, "1") | {"TRAININGTIPS_PUBLISHING": "1"}
    env["PYTHONPATH"] = os.pathsep.join(
        dict.fromkeys(filter(None, [str(notebook.root), home, os.getenv("PYTHONPATH")]))
    )
    env["PYTHONDONTWRITEBYTECODE"] = "1"  # two edits in one second could leave a stale one
    env["IPYTHONDIR"] = str(cache / "ipython")  # no reader's own start-up
    env["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    return env


# In the notebook's own process


def run(notebook, key):
    """Run the notebook and write its files, the record last. Raises UserError."""
    import jupytext
    import nbformat

    content = jupytext.read(notebook.source)
    _prepare(content)
    blank = nbformat.writes(content).encode()
    _execute(content, notebook)
    made = _publish(content, notebook.name)
    made[f"{notebook.name}/{notebook.name}.ipynb"] = blank
    made[f"{notebook.name}.ipynb"] = nbformat.writes(content).encode()
    _write(notebook, key, made)


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


def _execute(content, notebook):
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client = NotebookClient(
        content, timeout=SECONDS, kernel_name="python3", record_timing=False, allow_errors=False,
        resources={"metadata": {"path": str(notebook.root)}},
    )  # fmt: skip
    threading.Thread(target=_end_with_parent, args=(client,), daemon=True).start()
    try:
        client.execute()
    except CellExecutionError:
        cell = next(c for c in content.cells if any(_failed(o) for o in c.get("outputs", ())))
        error = next(output for output in cell.outputs if _failed(output))
        trace = _COLOURS.sub("", "\n".join(error.traceback))
        raise UserError(f"this cell failed:\n\n{_indent(cell.source)}\n\n{trace}") from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise UserError(_COLOURS.sub("", str(error))) from None


def _end_with_parent(client):
    """Wait for the end of standard input, which is the builder's; end the kernel and this process.

    The kernel is in a session of its own, where neither Ctrl-C nor the end of this process reaches
    it at once.
    """
    with contextlib.suppress(OSError):
        os.read(0, 1)
    provisioner = getattr(client.km, "provisioner", None)
    if provisioner is not None and provisioner.pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(provisioner.pid, signal.SIGKILL)
    os._exit(1)


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
            for variant, (svg, _, _) in shown["pictures"].items():
                pictures[f"{count}.{variant}"] = svg.encode()
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
            f'<source media="(max-width: {drawing.WIDE // 3 * 2 + 40}px)" '
            f'srcset="{stem}.{narrow}" width="{small}" height="{low}">'
            f'<img src="{stem}.{wide}" alt="{alt}" loading="lazy" '
            f'width="{width}" height="{height}"></picture>'
        )
    return f'<figure class="shown">{"".join(parts)}</figure>'


def _indent(text):
    return "\n".join(f"    {line}" for line in text.splitlines())


def main(root, name, key):
    try:
        run(Notebook(Path(root), name), key)
    except UserError as error:
        print(error)
        return 1
    except OSError as error:
        print(f"cannot write {error.filename or FOLDER}: {error.strerror}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
