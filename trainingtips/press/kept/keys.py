"""Keys: the hash of everything a result, or a picture, is made from.

What a module does while it is imported counts whole and in its order for every module that is
imported. What only gives a name its value, a function first of all, counts for those who use the
name, across the project's modules. A name that cannot be resolved takes its whole module, a dynamic
look-up (`eval`, `importlib`, …) the whole project: too much, never too little.

And what does not count is not there: a worker that computes is given the `slice` of the project
that the key is of, and using anything else stops it (see `building.sliced`). Libraries outside the
project do not count; their versions are kept with the result.
"""

import builtins
import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from trainingtips.press.base.errors import ScriptError
from trainingtips.press.kept import sources

ALL = "*"  # asked for: the names of all modules
LIBRARY = "library "  # and whether there is a package outside the project
WHOLE = "*"  # instead of a definition's name: all of the module
DRAWING_ONLY = "trainingtips.plotting"  # how a picture looks changes no number
# builtins, and what a library has, that reach what nobody names
DYNAMIC = {"eval", "exec", "compile", "__import__", "globals", "vars", "locals", "dir"}
_DYNAMIC = {
    *(f"builtins.{name}" for name in DYNAMIC),
    *("importlib", "pkgutil", "runpy"),  # what is unpickled by its name is refused if it is unseen
    *("gc.get_objects", "gc.get_referrers", "gc.get_referents"),
    *("sys.modules", "sys._current_frames", "sys.path", "sys.meta_path"),
    *("sys.path_hooks", "sys.settrace", "sys.setprofile", "operator.attrgetter", "code"),
    *("operator.methodcaller", "inspect.currentframe", "inspect.stack", "inspect.getmodule"),
    *("inspect.trace", "types.FunctionType", "types.CodeType", "traceback.walk_stack"),
}
_BUILTINS = set(dir(builtins)) | {"__file__", "__name__", "__doc__", "__package__", "__class__"}
IMPLIED = ("trainingtips.statistics", "Measured")
BUILDER = "trainingtips.press"  # and how it is built none either
_FOLDERS_LEFT_OUT = {"build", "site", "docs", "results", "tests"}
_NAMESPACE = {"units": [], "bindings": {}, "defined": {}, "stars": []}  # a folder of modules


def digest(value):
    """SHA-256 of a plain JSON value, in hexadecimal."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Module:
    """The text of a module that is executed, and which of its statements are left out."""

    path: str  # relative to the root
    text: bytes = field(repr=False)
    left_out: frozenset = frozenset()  # indices of statements at the top level

    @property
    def is_package(self):
        return self.path.endswith("__init__.py")


class Project:
    """The Python files under one root, and what each of their definitions reaches.

    Those of folders that hold no code, such as docs, do not count, unless the folder is in `also`.
    """

    def __init__(self, root, cache=None, also=()):
        self.root, self._left_out = Path(root), _FOLDERS_LEFT_OUT.difference(also)
        self.cache = cache or sources.Cache(self.root / "build/cache/sources.json")
        self._modules, self._texts, self._effective, self._effects = {}, {}, {}, {}
        self._circular, self._libraries, self._all = {}, {}, None
        # names of modules that were asked for; ALL: the names of all; those of LIBRARY
        self.asked = set()

    def module(self, name):
        """Summary of the project's module of that dotted name, or None outside the project."""
        self.asked.add(name)
        if name not in self._modules:
            text = self._text(name)
            self._modules[name] = self._summary(*text) if text else None
        return self._modules[name]

    def stamp(self, name):
        """What is there under what was asked for, a module's name: its text's hash, or "folder".

        "" for nothing. Of LIBRARY it is "there" or "".
        """
        if name.startswith(LIBRARY):
            return "there" if self.has_library(name.removeprefix(LIBRARY)) else ""
        text = self._text(name)
        return text and (hashlib.sha256(text[1]).hexdigest() if text[1] is not None else "folder")

    def has_library(self, name):
        """Whether there is a package of that name outside the project: an import may be in vain."""
        if self.module(name) is not None:
            return False
        self.asked.add(f"{LIBRARY}{name}")
        if name not in self._libraries:
            try:
                self._libraries[name] = importlib.util.find_spec(name) is not None
            except (ImportError, ValueError):
                self._libraries[name] = True  # it is there, and strange
        return self._libraries[name]

    def listing(self):
        """Hash of the names of all modules."""
        return digest(list(self.all_modules()))

    def _text(self, name):
        """(path, bytes, or None for a folder without a module) once read; "" where nothing is."""
        if name not in self._texts:
            path = self._path(name)
            where = path and path.relative_to(self.root).as_posix()
            data = None if path is None or path.is_dir() else path.read_bytes()
            self._texts[name] = (where, data) if path else ""
        return self._texts[name]

    def text(self, name):
        """(path relative to the root, bytes) of that module as it was read, None for a folder."""
        found = self._text(name)
        return found if found and found[1] is not None else None

    def _path(self, name):
        left_out = name.partition(".")[0] in self._left_out
        if not name or left_out or f"{name}.".startswith(f"{BUILDER}."):
            return None
        base = self.root.joinpath(*name.split("."))
        for path in (base / "__init__.py", base.with_name(base.name + ".py"), base):
            if path.is_file() or (path is base and path.is_dir()):
                return path
        return None

    def _summary(self, where, data):
        if data is None:
            return _NAMESPACE
        try:
            return self.cache.get("source", data, lambda d: sources.summarise(d.decode()))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            where += f":{line}" if line else ""
            raise ScriptError(f"{where}: not valid Python: {error}") from None
        except RecursionError:
            raise ScriptError(f"{where}: an expression is nested too deeply to be read") from None

    def reached(self, module, name, without=()):
        """Sorted (module, name, digest) of all that `name` of `module` reaches, and the libraries.

        A module of `without`, or in a package of it, does not count for being imported; using
        something of it makes all of them count.
        """
        walk = self.walk(module, name, without)
        return walk.parts(), walk.external

    def walk(self, module, name, without=()):
        """The finished `Walk` from there."""
        walk = Walk(self, without)
        try:
            return walk.go(module, name)
        except _Opened:
            return Walk(self, ()).go(module, name)

    def all_modules(self):
        """Names of all modules that can be imported, sorted."""
        self.asked.add(ALL)
        if self._all is None:
            self._all = sorted(self._find(self.root, ()))
        return self._all

    def _find(self, folder, parts):
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                stem, dot, ending = entry.name.partition(".")
                inner = (*parts, stem)
                if not stem.isidentifier() or (not parts and stem in _FOLDERS_LEFT_OUT):
                    continue
                if entry.is_dir() and not dot and ".".join(inner) != BUILDER:
                    yield from self._find(entry.path, inner)
                elif ending == "py" and stem != "__init__":
                    yield ".".join(inner)
                elif ending == "py" and parts:
                    yield ".".join(parts)

    def imported(self, module, unit):
        """Names of the project's modules that a statement of `module` imports, in order."""
        found = []
        for name, attribute, level, *_ in unit["imports"]:
            base = self.absolute(module, name, level)
            for target in (base, f"{base}.{attribute}" if attribute else ""):
                if self.module(target) is not None and target not in found:
                    found.append(target)
        return found

    def absolute(self, module, name, level):
        if not level:
            return name
        text = self.text(module)
        package = module.split(".")
        if text is None or not text[0].endswith("__init__.py"):
            package = package[:-1]
        package = package[: len(package) - (level - 1)]
        return ".".join([*package, name] if name else package)

    def is_effective(self, module, path=()):
        """Whether importing that module may do more than to bind names."""
        if module in path:
            return False
        if module not in self._effective:
            units = self.module(module)["units"]
            own = self._is_shadowed(module) or self.is_circular(module)
            found = (
                own
                or any(_does(unit) for unit in units)
                or any(
                    self.is_effective(each, (*path, module))
                    for unit in units
                    if unit["kind"] == "import"
                    for each in self.imported(module, unit)
                )
            )
            if path and not found:
                return found  # within a circle nothing is certain yet
            self._effective[module] = found
        return self._effective[module]

    def _is_shadowed(self, module):
        """Whether its package gives its name to something else: whoever is later has the name."""
        parent, _, name = module.rpartition(".")
        package = self.module(parent) if parent else None
        if package is None:
            return False
        others = [
            (base, attribute, level)
            for base, attribute, level in package["bindings"].get(name, [])
            if f"{self.absolute(parent, base, level)}.{attribute}".strip(".") != module
        ]
        return bool(others or name in package["defined"] or package["stars"])

    def is_circular(self, module):
        """Whether importing it comes to itself: others may see it half done."""
        if module not in self._circular:
            todo, seen = [module], set()
            while todo and module not in seen:
                new = [each for each in self._loads(todo.pop()) if each not in seen]
                seen.update(new)
                todo += new
            self._circular[module] = module in seen
        return self._circular[module]

    def _loads(self, module):
        """The project's modules whose names a module has from its own import on."""
        units = self.module(module)["units"]
        return [e for u in units if not u["free"] for e in self.imported(module, u) if e != module]

    def effects(self, module):
        """What importing `module` does, in order: [(index of the unit, what it adds)].

        A definition adds its name, an import the effective modules, anything else its digest.
        """
        if module not in self._effects:
            self._effects[module] = list(self._doing(module))
        return self._effects[module]

    def _doing(self, module):
        seen = set()
        for index, unit in enumerate(self.module(module)["units"]):
            if unit["free"]:
                continue
            if unit["kind"] == "definition":
                added = unit["names"]
            elif unit["kind"] == "import":
                new = [each for each in self.imported(module, unit) if each not in seen]
                seen.update(new)
                added = [each for each in new if self.is_effective(each)]
                stars = [each[:3] for each in unit["imports"] if each[1] == "*"]
                future = [unit["digest"]] if unit["imports"][0][0] == "__future__" else []
                other = any(
                    not each[2] and self.module(each[0].partition(".")[0]) is None
                    and each[0].partition(".")[0] not in sources.LIBRARIES
                    for each in unit["imports"]
                )  # fmt: skip
                told = other or unit["rebinds"] or any(map(self._is_shadowed, new))
                added = [*added, *stars, *future, *([unit["digest"]] if told else [])]
            else:
                added = [unit["digest"]]
            if added:
                yield index, added


def _does(unit):
    own = unit["kind"] == "definition" and unit["names"] == ["__getattr__"]
    return not unit["free"] and unit["kind"] != "import" and not own


# the clock and chance, under names that no worker can watch
_IMPURE = ("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today")
_IMPURE += ("datetime.date.today", "uuid.uuid1", "uuid.uuid4", "secrets", "random.SystemRandom")
_IMPURE += ("numpy.datetime64.now", "timeit.default_timer", "email.utils.localtime", "os.times")
_IMPURE += ("os.getrandom", "resource.getrusage")
# the machine, and how the program was called
_IMPURE += ("os.cpu_count", "os.getloadavg", "os.uname", "os.getcwd", "platform.", "sys.argv")
_IMPURE += ("socket.gethostname",)


class _Opened(Exception):
    """Something of a module that was left out is used: it counts after all."""


class Walk:
    """One traversal: a work list of units, and what has been found so far."""

    def __init__(self, project, without):
        self.project, self.without = project, tuple(without)
        self.external, self.touched = set(), {}
        self.taken, self.todo, self.whole = set(), [], set()
        self.missing, self.impure, self.looked_up = set(), set(), set()
        self.reader = self.lists = self.lines = self.everything = False

    def go(self, module, *names):
        self.touch(module)
        for name in filter(None, names):
            if name == WHOLE:  # what it imports counts by what it does with it
                self.take_units(module)
            else:
                self.take(module, name)
        if IMPLIED[0] in self.touched:  # what a compute() is given is made of it
            self.take(*IMPLIED)
        while self.todo:
            self.process(*self.todo.pop())
        return self

    def left_out(self, module):
        """Whether it is one of `without`, or in a package of them."""
        return any(f"{module}.".startswith(f"{each}.") for each in self.without)

    def parts(self):
        """Sorted (module, name, digest) of all that was found."""
        told = self.reader or self.lists or self.everything or self.is_strange()
        kind = "full" if told else "digest"
        found = {(module, name, "missing") for module, name in self.missing}
        for module, effects in self.touched.items():
            if self.lines:
                found.add((module, "its lines", self.project.stamp(module)))
            units = self.project.module(module)["units"]
            named, order = {}, []
            for index, added in effects:
                if units[index]["kind"] == "definition":
                    for name in units[index]["names"]:
                        named.setdefault(name, []).append(units[index][kind])
                whole = kind == "full" and units[index]["kind"] == "effect"
                order.append([*added, units[index]["full"]] if whole else added)
            found |= {(module, name, _one(each)) for name, each in named.items()}
            kinds = {units[index]["kind"] for index, _ in effects}
            listed = (self.lists or self.everything) and module in self.whole
            if listed or self.project.is_circular(module):
                order.append([each["names"] or each["imports"] for each in units])
                kinds.add("circle")
            if len(order) > 1 or kinds - {"definition"}:
                name = "imports 0" if kinds == {"import"} else "effect 0"
                found.add((module, name, digest(order)))
        for module, index in self.taken:
            unit = self.project.module(module)["units"][index]
            if unit["free"] and unit["kind"] != "import":
                found |= {(module, name, self.made(module, index, kind)) for name in unit["names"]}
        return sorted(found)

    def is_strange(self):
        """Whether a library is imported of which nobody knows what it reads."""
        unknown = self.external - sources.LIBRARIES - {""}
        return any(self.project.has_library(each) for each in sorted(unknown))

    def made(self, module, index, kind):
        """Digest of a free unit; with its place among the effects where it reads what they do."""
        unit = self.project.module(module)["units"][index]
        reads = unit["reads"] or (unit["noted"] and kind == "full")
        before = sum(each < index for each, _ in self.touched[module]) if reads else 0
        return digest([unit[kind], before]) if before else unit[kind]

    def modules(self, whole=False):
        """{name: `Module`} of what is executed: the slice that was found; `whole`, all of each."""
        found = {}
        for name in self.touched:
            if self.project.text(name) is None:
                continue
            path, text = self.project.text(name)
            units = enumerate(self.project.module(name)["units"])
            left_out = frozenset(
                index
                for index, unit in units
                if not whole
                and unit["free"]
                and unit["kind"] in ("definition", "guard")
                and (name, index) not in self.taken
            )
            found[name] = Module(path, text, left_out)
        return found

    def touch(self, module):
        """Importing a module runs its top level, its packages' and that of what they import."""
        if module in self.touched or self.left_out(module):
            return
        self.touched[module] = self.project.effects(module)
        parent = module.rpartition(".")[0]
        if parent and self.project.module(parent) is not None:
            self.touch(parent)
        for index, unit in enumerate(self.project.module(module)["units"]):
            if unit["kind"] == "import":
                self.load(module, unit)
            elif not unit["free"]:
                self.take_unit(module, index)

    def load(self, module, unit):
        for name, _, level, *_ in unit["imports"]:
            self.external.add(self.project.absolute(module, name, level).partition(".")[0])
        for each in self.project.imported(module, unit):
            self.touch(each)
        for name, attribute, level, *_ in unit["imports"]:
            base = self.project.absolute(module, name, level)
            if self.project.module(base) is None or self.left_out(base):
                continue
            if attribute == "*":
                self.take(base, "__all__")  # its names are found where they are used
            elif attribute and not self.has(base, attribute):
                self.missing.add((module, f"{base}.{attribute}"))

    def has(self, base, name):
        summary = self.project.module(base)
        known = {"__getattr__", name} & (summary["defined"].keys() | summary["bindings"].keys())
        dunder = name.startswith("__")
        return known or dunder or summary["stars"] or self.project.module(f"{base}.{name}")

    def take(self, module, name):
        """What `name` of `module` stands for."""
        if name == WHOLE:
            self.take_whole(module)
            return
        if self.left_out(module):
            raise _Opened
        self.touch(module)
        for index in self.project.module(module)["defined"].get(name, []):
            self.take_unit(module, index)

    def take_unit(self, module, index):
        if (module, index) not in self.taken:
            self.taken.add((module, index))
            self.todo.append((module, index))

    def take_units(self, module):
        """Every statement of a module."""
        for index, unit in enumerate(self.project.module(module)["units"]):
            if unit["kind"] not in ("import", "guard"):
                self.take_unit(module, index)

    def take_whole(self, module):
        """Every name of a module."""
        if module in self.whole:
            return
        self.whole.add(module)
        if self.left_out(module):
            raise _Opened
        self.touch(module)
        self.take_units(module)
        summary = self.project.module(module)
        for targets in summary["bindings"].values():
            for target in targets:
                self.import_name(module, *target)
        for name, level in summary["stars"]:
            self.import_name(module, name, "*", level)

    def take_bare(self, module):
        """A module itself: whoever has it comes to every name, and to the modules within."""
        self.take_whole(module)
        text = self.project.text(module)
        if text is None or text[0].endswith("__init__.py"):
            for each in self.project.all_modules():
                if each.startswith(f"{module}.") and not self.left_out(each):
                    self.take_whole(each)

    def take_everything(self):
        if not self.everything:
            if self.without:
                raise _Opened
            self.everything = True
            for each in self.project.all_modules():
                self.take_whole(each)

    def process(self, module, index):
        unit = self.project.module(module)["units"][index]
        self.reader |= "reader" in unit["flags"]
        self.lists |= "lists" in unit["flags"]  # the names of a module, in their order
        self.lines |= "lines" in unit["flags"]  # where something stands: the whole text
        # what a package's __getattr__ imports is in the slice, or refused
        lazy = unit["names"] == ["__getattr__"]
        if "reflective" in unit["flags"]:
            self.take_everything()
        roots = {each[0].partition(".")[0] for each in unit["imports"] if "." in each[0]}
        for name, attribute, level, alias in unit["imports"]:
            if attribute or level or alias or name not in roots:
                self.import_name(module, name, attribute, level, lazy=lazy)
            elif self.project.module(name) is not None:
                self.touch(name)
        for chain in unit["uses"]:
            self.follow(module, chain, lazy)

    def follow(self, module, chain, lazy=False):
        """Take what a dotted name, used inside `module`, stands for."""
        root, *rest = chain.split(".")
        summary = self.project.module(module)
        known = root in summary["defined"]
        if known:
            self.take(module, root)
        for target in summary["bindings"].get(root, []):
            known = True
            self.import_name(module, *target, rest=rest, lazy=lazy)
        known |= self.through_stars(module, [root, *rest])
        if known:
            return
        if root in DYNAMIC:
            if not lazy:
                self.take_everything()
        elif root not in _BUILTINS:
            self.missing.add((module, root))
            self.take_whole(module)

    def through_stars(self, module, names):
        """Whether a star import of `module` brings the first of the names; then it is taken."""
        found = False
        for name, level in self.project.module(module)["stars"]:
            base = self.project.absolute(module, name, level)
            if self.project.module(base) is not None and self.has(base, names[0]):
                found = True
                self.attributes(base, names)
        return found

    def import_name(self, module, name, attribute, level, rest=(), lazy=False):
        """Take what `from name import attribute` (or `import name`) brings, then `.rest` of it."""
        base = self.project.absolute(module, name, level)
        root = base.partition(".")[0]
        self.external.add(root)
        names = [*([attribute] if attribute else []), *rest]
        if self.project.module(root) is None:
            dotted = ".".join([base, *names])
            if dotted.startswith(_IMPURE):
                self.impure.add((module, dotted))
            if not lazy and _is_dynamic(dotted):
                self.take_everything()
        elif attribute == "*":
            if self.project.module(base) is not None:
                self.take_whole(base)
        elif self.project.module(base) is not None:
            self.attributes(base, names)

    def attributes(self, base, names):
        """Take `base.names[0].names[1]…`: a definition, or what is within a package."""
        if self.left_out(base):
            raise _Opened
        if (base, *names) in self.looked_up:  # a package may import a module of its own by its name
            return
        self.looked_up.add((base, *names))
        self.touch(base)
        if not names:
            self.take_bare(base)
            return
        summary, (first, *rest) = self.project.module(base), names
        known = first in summary["defined"]
        if known:
            self.take(base, first)
        for target in summary["bindings"].get(first, []):
            known = True
            self.import_name(base, *target, rest=rest)
        if self.project.module(f"{base}.{first}") is not None:
            known = True
            self.attributes(f"{base}.{first}", rest)
        known |= self.through_stars(base, names)
        if not known and first not in ("__name__", "__file__", "__doc__", "__package__"):
            self.missing.add((base, first))
            self.take_bare(base)


def _one(digests):
    return digests[0] if len(digests) == 1 else digest(digests)


def _is_dynamic(dotted):
    """Whether it is one of those, of one of those, or has one of those, as `sys` has `sys.path`."""
    return any(
        f"{dotted}.".startswith(f"{each}.") or each.startswith(f"{dotted}.") for each in _DYNAMIC
    )
