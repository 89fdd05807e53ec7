"""Find what is stale, by key, and build that: nothing else, and nothing half.

A figure is fresh where its result has the key of today's code, its record was made from just that
result file, and its pictures have the recorded hashes: a deleted or altered picture comes back. A
failure enters no record, so it is told again at every build until it is mended.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from trainingtips.press import drawing, files, keys, paths, records, scripts, sources
from trainingtips.press.errors import BuildFailed, ScriptError, UserError

FOLDER = records.FOLDER


@dataclass
class State:
    """What is known of one script before anything is built."""

    script: scripts.Script
    result_key: str
    picture_key: str  # everything but the result's own hash
    libraries: set  # packages whose versions belong to the result
    imports: set  # packages that the script imports, for its picture too
    needs: dict  # argument of compute() -> name of the script that gives it
    record: dict = field(default_factory=dict)
    result_hash: str | None = None  # of the result file as it is now
    fresh: bool = False


class Plan:
    """The states of all scripts under a root, and the scripts that cannot be read."""

    def __init__(self, root):
        self.root = Path(root)
        self.cache = sources.Cache(self.root / "build/cache/sources.json")
        self.project = keys.Project(self.root, self.cache)
        self.states, self.broken = {}, {}
        self.names = scripts.find_names(root)
        self._style = None
        for name in self.names:
            self.state(name)
        self.cache.save()

    def state(self, name, path=()):
        """The State of that script; None where it is broken (see `broken`)."""
        if name in path:
            cycle = " → ".join([*path[path.index(name) :], name])
            raise ScriptError(f"these build on each other in a circle: {cycle}")
        if name not in self.states and name not in self.broken:
            try:
                self.states[name] = self._examine(name, (*path, name))
            except UserError as error:
                self.broken[name] = str(error)
            except OSError as error:
                self.broken[name] = f"{error.filename}: cannot be read: {error.strerror}"
        return self.states.get(name)

    def _examine(self, name, path):
        script = scripts.read_script(self.root, name, self.cache)
        self._refuse_links(script)
        needs = {argument: self._need(script, argument) for argument in script.arguments}
        above = {argument: self.state(each, path) for argument, each in needs.items()}
        for argument, state in above.items():
            if state is None:
                raise ScriptError(f"{script.path}: needs {needs[argument]}, which is broken")
        reached, external = self.project.reached(script.module, "compute", [keys.DRAWING_ONLY])
        result_key = keys.digest(
            {
                "format": sources.FORMAT,
                "reached": reached,
                "inputs": {each: self._input(script, each) for each in script.inputs},
                "arguments": {argument: state.result_key for argument, state in above.items()},
            }
        )
        everything, drawing_external = self.project.reached(script.module, keys.WHOLE)
        picture_key = keys.digest([drawing.FORMAT, everything, script.verdict, self.style()])
        imports = external | drawing_external
        state = State(script, result_key, picture_key, external, imports, needs)
        state.result_hash = _hash(self.root / script.result_path)
        state.record = records.read(self.root, script)
        state.fresh = self._is_fresh(state, above.values())
        return state

    def _refuse_links(self, script):
        """What would be read, published or written elsewhere. `build` itself may be a link."""
        folder = Path(FOLDER).relative_to("build") / script.section
        for base, path in ((self.root, script.result_path), (self.root / "build", folder)):
            if not paths.is_inside(base, path):
                raise ScriptError(
                    f"{(base / path).relative_to(self.root)}: a link that leads out of the "
                    f"project; put the file or the folder itself here"
                )

    def _need(self, script, argument):
        found = scripts.need(script, argument, self.names)
        if found is None:
            raise ScriptError(
                f"{script.path}: compute({', '.join(script.arguments)}) asks for the kept result "
                f"{argument!r}, but there is neither figures/{script.section}/_{argument}.py nor "
                f"figures/{script.section}/{argument}.py"
            )
        return found

    def _input(self, script, path):
        if not paths.is_inside(self.root, path):
            raise ScriptError(
                f"{script.path}: INPUTS names {path!r}, a link that leads out of the project"
            )
        found = _hash(self.root / path)
        if found is None:
            raise ScriptError(f"{script.path}: INPUTS names {path!r}, and there is no such file")
        return found

    def style(self):
        """Hash of the house style and of matplotlib's version, which every picture depends on."""
        if self._style is None:
            package = Path(__file__).parents[1]
            parts = {
                path.relative_to(package).as_posix(): _hash(path)
                for path in sorted((package / "style").rglob("*.*"))
            }
            self._style = keys.digest([parts, _matplotlib_version()])
        return self._style

    def _is_fresh(self, state, above):
        record, script = state.record, state.script
        known = script.hardware or record.get("result_key") == state.result_key
        if not known or not all(each.fresh for each in above):
            return False
        if state.result_hash is None or record.get("result_hash") != state.result_hash:
            return False
        if record.get("picture_key") != state.picture_key:
            return False
        folder = self.root / FOLDER / script.section
        return all(
            _hash(folder / name) == picture["sha256"]
            for name, picture in record["pictures"].items()
        )


def _hash(path):
    try:
        if not path.is_file():  # a pipe would be waited for
            return None
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def _matplotlib_version():
    for folder in filter(None, sys.path):  # importlib.metadata takes ten times as long
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):
                if name.startswith("matplotlib-") and name.endswith(".dist-info"):
                    return name
    return None


def build(root, names=(), *, jobs=None, force=False, record=False, report=None, log=None):
    """Build what is stale of `names` (default: all). Returns the number of figures built.

    `force` computes the named ones anew, `record` the hardware records. Raises UsageError for an
    unknown name and BuildFailed when at least one figure failed; all others are built then too.
    `report` is a `run.Report`; `log` is called with messages for the user.
    """
    root = Path(root).resolve()
    plan = Plan(root)
    chosen = [scripts.resolve(name, plan.names) for name in names]
    wanted = chosen or plan.names
    if not plan.names:
        raise scripts.none_found(root)
    if record:
        force = True
        wanted = [n for n in wanted if n in plan.states and plan.states[n].script.hardware]
    elif force:
        # hardware records are measured only on demand, by name or by --record
        wanted = [n for n in wanted if n in chosen or not _is_hardware(plan, n)]
    left = _orphans(plan, names) or any(map(_left_behind, (root / "build/cache", root / "results")))
    if not force and not _work(plan, wanted) and not left:
        return 0
    with lock(root, log):
        plan = Plan(root)  # another build may just have done it
        from trainingtips.press.run import run

        return run(plan, wanted, whole=not names, jobs=jobs, force=force, report=report)


def _is_hardware(plan, name):
    return name in plan.states and plan.states[name].script.hardware


def _work(plan, wanted):
    return [name for name in wanted if name in plan.broken or not plan.states[name].fresh]


def _orphans(plan, names):
    """Pictures and records whose script is gone; only a build of everything looks for them."""
    if names:
        return []
    folder = plan.root / FOLDER
    known = {
        folder / state.script.section / name
        for state in plan.states.values()
        for name in state.record.get("pictures", {})
    } | {folder / f"{name}.json" for name in plan.names}
    sections = [path for path in folder.glob("*") if path.is_dir() and not path.is_symlink()]
    files_there = (path for section in sections for path in section.iterdir() if path.is_file())
    found = [path for path in files_there if path not in known]
    # a broken script keeps the pictures it had
    return [path for path in found if not any(_belongs(path, folder, n) for n in plan.broken)]


def _left_behind(folder):
    return next(files.unfinished(folder), None)


def _belongs(path, folder, name):
    return path.parent == (folder / name).parent and path.name.partition(".")[0] == Path(name).name


@contextlib.contextmanager
def lock(root, log=None, name="lock"):
    """One build at a time writes; the lock goes with the process, however it ends."""
    path = root / "build" / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise UserError(f"cannot write to {path.parent}: {error.strerror}") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if log:
                log("another build is running here; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def kept_result(root, script):
    """The kept result of `script`. Raises ResultError; see `results.kept`."""
    from trainingtips.press import results

    return results.kept(root, script.name)


def ensure_built(root):
    """Build what is stale, for `mkdocs build` and `mkdocs serve`. Raises BuildFailed.

    The building is done by a fresh interpreter: mkdocs has threads, and a process with threads
    must not fork.
    """
    root = Path(root).resolve()
    plan = Plan(root)
    if plan.names and not _work(plan, plan.names) and not _orphans(plan, ()):
        return
    command = [sys.executable, "-m", "trainingtips", "figures"]
    path = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.getenv("PYTHONPATH")]))
    done = subprocess.run(command, cwd=root, env=os.environ | {"PYTHONPATH": path})
    if done.returncode:
        raise BuildFailed("the figures were not built: see the messages above")
