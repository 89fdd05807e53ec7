"""What is stale, by key: the states of all scripts, before anything is built.

A figure is fresh where its result has the key of today's code, its record was made from just that
result file, and its pictures have the recorded hashes: a deleted or altered picture comes back. A
failure enters no record, so it is told again at every build until it is mended.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from trainingtips.press.base import paths, versions
from trainingtips.press.base.errors import ScriptError, UserError
from trainingtips.press.base.held import held
from trainingtips.press.building import counters, walks
from trainingtips.press.kept import keys, records, results, scripts, seals, sources

FOLDER = records.FOLDER
_NO_LIBRARY = {"python", "processor", "threads", "instructions"}  # of an environment


@dataclass
class State:
    """What is known of one script before anything is built."""

    script: scripts.Script
    result_key: str
    picture_key: str  # everything but the result's own hash
    libraries: set  # packages whose versions belong to the result
    imports: set  # packages that the script imports, for its picture too
    needs: dict  # argument of compute() -> name of the script that gives it
    made: dict  # what the result's key is the digest of
    counters: str = ""  # hash of its counter-results
    code: str = ""  # of the same without the results that it builds on
    settled: bool = True  # they are there: the key is certain
    record: dict = field(default_factory=dict)
    head: dict = field(default_factory=dict)  # of the kept result: its key, digest, environment
    result_hash: str | None = None  # of the result file as it is now
    fresh: bool = False

    @property
    def stays(self):
        """Whether the kept result is that of today's code, or a record of a machine."""
        known = self.script.hardware or self.head.get("key") == self.result_key
        return bool(self.settled and self.head and known)


@held
def known(root):
    """The `Plan` of what is there; the same one as long as answers are held."""
    return Plan(root)


class Plan:
    """The states of all scripts under a root, and the scripts that cannot be read."""

    def __init__(self, root):
        self.root = Path(root)
        self.cache = sources.Cache(self.root / "build/cache/sources.json")
        self.project = keys.Project(self.root, self.cache)
        self.walks = walks.Walks(self.project)
        self.states, self.broken = {}, {}
        self.names = scripts.find_names(root)
        self._versions = {}  # of libraries, here
        self._inputs = {}  # hashes of what INPUTS name: one file may be that of many scripts
        self.book = seals.Book(self.root)
        self.sheets, self._style = {}, None  # the house style: {file: hash}, and the whole
        for name in self.names:
            self.state(name)
        self.cache.save()
        self.walks.save()

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
        against = counters.read(self.root, script)
        needs = {argument: self._need(script, argument) for argument in script.arguments}
        above = {argument: self.state(each, path) for argument, each in needs.items()}
        for argument, state in above.items():
            if state is None:
                raise ScriptError(f"{script.path}: needs {needs[argument]}, which is broken")
        found = self.walks.of(script)
        self._refuse_chance(script, found)
        made = {
            "format": sources.FORMAT,
            "reached": found["reached"],
            "inputs": {each: self._input(script, each) for each in script.inputs},
        }
        drawn = [records.PICTURES, found["drawn"], script.verdict, self.style()]
        picture_key = keys.digest([*drawn, against.digest] if against else drawn)
        imports = set(found["libraries"]) | set(found["drawing"])
        state = State(script, "", picture_key, set(found["libraries"]), imports, needs, made)
        state.counters = against.digest if against else ""
        state.code = keys.digest(made | {"arguments": {}})
        path = self.root / script.result_path
        data = path.read_bytes() if path.is_file() else None
        state.result_hash = None if data is None else hashlib.sha256(data).hexdigest()
        state.head = {} if data is None else results.head(data)
        state.record = records.read(self.root, script)
        self.settle(state)
        return state

    def settle(self, state):
        """Work out the key of `state` by the results that it builds on, as they are now.

        Where one of them is to be computed anew, its numbers are not known: the key is that of no
        result, until `settle` is called once more.
        """
        above = {argument: self.states[need] for argument, need in state.needs.items()}
        state.settled = all(each.stays for each in above.values())
        state.made["arguments"] = {
            argument: each.head.get("digest", "") if each.stays else f"of {each.result_key}"
            for argument, each in above.items()
        }
        state.result_key = keys.digest(state.made)
        state.fresh = self._is_fresh(state)

    def kept_anew(self, name, text):
        """The result of that script is now the file of these bytes."""
        state = self.states[name]
        state.head, state.result_hash = results.head(text), hashlib.sha256(text).hexdigest()

    def claim(self, script):
        """Sorted [module, name, digest] of all that the script's claim() reaches."""
        return self.walks.of(script)["claim"]

    def own(self, script):
        """Hash of what compute() reaches but the package's instruments."""
        return self.walks.of(script)["own"]

    def own_claim(self, script):
        """What `claim` has of scripts and experiments: the rest counts there by being imported."""
        return [
            part
            for part in self.claim(script)
            if not walks.is_instrument(part[0]) and part[0] not in walks.MAKERS
        ]

    def modules(self, script, drawing=False):
        """{name: `keys.Module`}: the slice that compute() needs; all, whole, where it draws."""
        return self.walks.modules(script, drawing)

    def _refuse_chance(self, script, found):
        if found["impure"] and not script.hardware:
            module, name = found["impure"][0]
            raise ScriptError(
                f"{script.path}: compute() comes to {name}, in {module}, which gives other numbers "
                f"each time; a measurement of this machine says HARDWARE = True"
            )

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
        if path not in self._inputs:
            self._inputs[path] = file_hash(self.root / path)
        found = self._inputs[path]
        if (self.root / path).is_dir():
            raise ScriptError(
                f"{script.path}: INPUTS names {path!r}, which is a folder; name each of its files"
            )
        if found is None:
            raise ScriptError(f"{script.path}: INPUTS names {path!r}, and there is no such file")
        return found

    def style(self):
        """Hash of the house style and of matplotlib's version, which every picture depends on."""
        if self._style is None:
            package = paths.PACKAGE
            self.sheets = {
                path.relative_to(package).as_posix(): file_hash(path)
                for path in sorted((package / "style").rglob("*.*"))
            }
            self._style = keys.digest([self.sheets, versions.distribution("matplotlib")])
        return self._style

    def _is_fresh(self, state):
        record, script = state.record, state.script
        known = script.hardware or record.get("result_key") == state.result_key
        if not known or not state.settled:
            return False
        if state.result_hash is None or record.get("result_hash") != state.result_hash:
            return False
        if record.get("picture_key") != state.picture_key or not self.book.has(script.name):
            return False
        folder = self.root / FOLDER / script.section
        return all(
            file_hash(folder / name) == picture["sha256"]
            for name, picture in record["pictures"].items()
        )

    def other_versions(self, name):
        """[(package, version then, version now)] of what that kept result was computed with.

        Only what differs; a build's tag such as +cpu does not count, and a record of a machine is
        measured anew by itself.
        """
        state, found = self.states.get(name), []
        environment = state.head.get("environment") if state else None
        if not isinstance(environment, dict) or state.script.hardware:
            return found
        for package, then in environment.items():
            if package not in _NO_LIBRARY and isinstance(then, str):
                here = self._installed(package)
                if here and versions.plain(then) != versions.plain(here):
                    found.append((package, *versions.told(then, here)))
        return found

    def _installed(self, package):
        if package not in self._versions:
            self._versions[package] = versions.installed(package)
        return self._versions[package]

    def is_hardware(self, name):
        """Whether that script's result is a record of a machine."""
        return name in self.states and self.states[name].script.hardware

    def work(self, names):
        """Those of `names` that are stale, or broken."""
        return [name for name in names if name in self.broken or not self.states[name].fresh]

    def orphans(self):
        """Pictures and records whose script is gone; a broken script keeps those it had."""
        folder = self.root / FOLDER
        known = {
            folder / state.script.section / name
            for state in self.states.values()
            for name in state.record.get("pictures", {})
        } | {folder / f"{name}.json" for name in self.names}
        sections = [path for path in folder.glob("*") if path.is_dir() and not path.is_symlink()]
        there = (path for section in sections for path in section.iterdir() if path.is_file())
        found = [path for path in there if path not in known]
        return [path for path in found if not any(_belongs(path, folder, n) for n in self.broken)]


def file_hash(path):
    """SHA-256 of a file's bytes; None where there is no such file."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return None
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def _belongs(path, folder, name):
    return path.parent == (folder / name).parent and path.name.partition(".")[0] == Path(name).name
