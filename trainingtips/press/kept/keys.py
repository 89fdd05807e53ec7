"""Keys: the hash of everything a result, or a picture, is made from.

A result's key covers the syntax trees of the definitions that `compute()` reaches: the names it
uses, across the project's modules, and theirs in turn. A name that cannot be resolved takes its
whole module, a dynamic look-up (`eval`, `importlib`, …) the whole project: too much, never too
little. Libraries outside the project do not count; their versions are kept with the result.
"""

import builtins
import hashlib
import json
from pathlib import Path

from trainingtips.press.base.errors import ScriptError
from trainingtips.press.kept import sources

DYNAMIC = {"eval", "exec", "compile", "__import__", "globals", "importlib", "vars"}
WHOLE = "*"  # instead of a definition's name: all of the module
DRAWING_ONLY = "trainingtips.plotting"  # how a picture looks changes no number
_BUILTINS = set(dir(builtins)) | {"__file__", "__name__", "__doc__"}
_FOLDERS_LEFT_OUT = {"build", "site", "docs", "results", "tests"}


def digest(value):
    """SHA-256 of a plain JSON value, in hexadecimal."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Project:
    """The Python files under one root, and what each of their definitions reaches."""

    def __init__(self, root, cache=None):
        self.root = Path(root)
        self.cache = cache or sources.Cache(self.root / "build/cache/sources.json")
        self._modules = {}

    def module(self, name):
        """Summary of the project's module of that dotted name, or None outside the project."""
        if name not in self._modules:
            path = self._path(name)
            self._modules[name] = path and self._summary(path)
        return self._modules[name]

    def _path(self, name):
        if not name:
            return None
        base = self.root.joinpath(*name.split("."))
        for path in (base / "__init__.py", base.with_name(base.name + ".py")):
            if path.is_file():
                return path
        return None

    def _summary(self, path):
        data = path.read_bytes()
        try:
            return self.cache.get("source", data, lambda d: sources.summarise(d.decode()))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            where = path.relative_to(self.root).as_posix() + (f":{line}" if line else "")
            raise ScriptError(f"{where}: not valid Python: {error}") from None
        except RecursionError:
            where = path.relative_to(self.root).as_posix()
            raise ScriptError(f"{where}: an expression is nested too deeply to be read") from None

    def reached(self, module, name, without=()):
        """Sorted (module, name, digest) of all that `name` of `module` reaches."""
        walk = _Walk(self, without)
        walk.take(module, name)
        walk.run()
        return sorted(walk.found), walk.external

    def all_modules(self):
        for path in sorted(self.root.rglob("*.py")):
            parts = path.relative_to(self.root).with_suffix("").parts
            hidden = any(part.startswith(".") for part in parts)
            if not hidden and parts[0] not in _FOLDERS_LEFT_OUT and "press" not in parts:
                yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class _Walk:
    """One traversal: a work list of (module, name) and what has been found so far."""

    def __init__(self, project, without):
        self.project, self.without = project, tuple(without)
        self.found, self.external = set(), set()
        self.seen, self.todo, self.touched = set(), [], set()

    def take(self, module, name):
        if not self.left_out(module) and (module, name) not in self.seen:
            self.seen.add((module, name))
            self.todo.append((module, name))

    def left_out(self, module):
        """Whether it is one of `without`, or in a package of them."""
        return any(f"{module}.".startswith(f"{each}.") for each in self.without)

    def run(self):
        while self.todo:
            module, name = self.todo.pop()
            summary = self.project.module(module)
            self.touch(module)
            if name == WHOLE:
                for each in [*summary["definitions"], *summary["bindings"]]:
                    self.take(module, each)
                for star in summary["stars"]:
                    self.import_module(module, star[0], "*", star[1])
                continue
            for entry in summary["definitions"].get(name, []):
                self.add(module, name, entry)
            for target in summary["bindings"].get(name, []):
                self.import_module(module, *target)

    def add(self, module, name, entry):
        self.found.add((module, name, entry["digest"]))
        for target in entry["imports"]:
            self.import_module(module, *target)
        for chain in entry["names"]:
            self.follow(module, chain)

    def touch(self, module):
        """Using a module runs its top level, its packages' and that of what they import."""
        if module in self.touched or self.left_out(module):
            return
        self.touched.add(module)
        parent = module.rpartition(".")[0]
        if self.project.module(parent) is not None:
            self.touch(parent)
        summary = self.project.module(module)
        for index, entry in enumerate(summary["effects"]):
            self.add(module, f"effect {index}", entry)
        for name, entries in summary["definitions"].items():
            if any(self.is_ours(module, chain) for e in entries for chain in e["decorators"]):
                self.take(module, name)  # a decorator of the project's may register it somewhere
        for name, attribute, level in summary["imports"]:
            base = self.absolute(module, name, level)
            self.external.add(base.partition(".")[0])
            for target in (base, f"{base}.{attribute}"):
                if self.project.module(target) is not None:
                    self.touch(target)

    def is_ours(self, module, chain):
        summary, root = self.project.module(module), chain.partition(".")[0]
        if root in summary["definitions"]:
            return True
        targets = summary["bindings"].get(root, [])
        return any(self.project.module(self.absolute(module, t[0], t[2])) for t in targets)

    def absolute(self, module, name, level):
        if not level:
            return name
        path = self.project._path(module)
        package = module.split(".")
        if path.name != "__init__.py":
            package = package[:-1]
        package = package[: len(package) - (level - 1)]
        return ".".join([*package, name] if name else package)

    def import_module(self, module, name, attribute, level, rest=()):
        """Take what `from name import attribute` (or `import name`) brings, then `.rest` of it."""
        base = self.absolute(module, name, level)
        self.external.add(base.partition(".")[0])
        if base.partition(".")[0] in DYNAMIC:
            self.take_everything()
        if attribute == "*":
            if self.project.module(base) is not None:
                self.take(base, WHOLE)
        else:
            self.attributes(base, [*([attribute] if attribute else []), *rest])

    def take_everything(self):
        for each in self.project.all_modules():
            self.take(each, WHOLE)

    def attributes(self, base, names):
        """Take `base.names[0].names[1]…`: down packages first, then a definition."""
        names = list(names)
        while names and self.project.module(f"{base}.{names[0]}") is not None:
            base = f"{base}.{names.pop(0)}"
        summary = self.project.module(base)
        if summary is None or self.left_out(base):
            return  # a library, or a folder without a module; or what only draws
        if not names:
            self.take(base, WHOLE)
        elif names[0] in summary["definitions"]:
            self.take(base, names[0])
        elif names[0] in summary["bindings"]:
            self.touch(base)
            for target in summary["bindings"][names[0]]:
                self.import_module(base, *target, rest=names[1:])
        else:
            self.take(base, WHOLE)

    def follow(self, module, chain):
        """Take what a dotted name, used inside `module`, stands for."""
        root, *rest = chain.split(".")
        summary = self.project.module(module)
        known = False
        if root in DYNAMIC and root not in summary["definitions"]:
            self.take_everything()
        if root in summary["definitions"]:
            known = True
            self.take(module, root)
        for target in summary["bindings"].get(root, []):
            known = True
            self.import_module(module, *target, rest=rest)
        if not known and root not in _BUILTINS:
            self.take(module, WHOLE)
