"""The project as a key sees it: a worker that computes is given this, and nothing else.

The modules are compiled from the texts that the key was made of, not from the disk, so that an edit
during a build changes nothing. What does not count for the key is not there: each such name stands
for an `Unseen`, which refuses whatever is done with it; a module that does not count cannot be
imported. So a result is always that of just what its key says. Where reading the code has
overlooked something, the build stops at it, and never keeps a stale number.
"""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from pathlib import Path

from trainingtips.press.building import witness
from trainingtips.press.kept import keys

BUILDER = keys.BUILDER


class Unseen:
    """Stands for a definition that the key does not cover. Doing anything with it is refused."""

    __slots__ = ("_module", "_name")

    def __init__(self, module, name):
        object.__setattr__(self, "_module", module)
        object.__setattr__(self, "_name", name)

    def __getattribute__(self, attribute):
        _refuse(self)


def _refuse(unseen, *_, **__):
    module = object.__getattribute__(unseen, "_module")
    name = object.__getattribute__(unseen, "_name")
    witness.refuse(
        f"compute() uses {name} of {module}, and comes to it in a way that reading the code does "
        f"not see, so that a change of it would go unseen; name it: from {module} import {name}"
    )


_OPERATIONS = (
    "call bool eq ne lt le gt ge hash iter next len getitem setitem delitem contains add radd sub "
    "rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow matmul rmatmul and rand "
    "or ror xor rxor lshift rlshift rshift rrshift iadd isub imul neg pos abs invert int float "
    "complex index str repr format bytes round enter exit instancecheck subclasscheck mro_entries "
    "array setattr delattr dir reduce reduce_ex await aiter get set set_name"
)
for _each in _OPERATIONS.split():
    setattr(Unseen, f"__{_each}__", _refuse)


class _Drawing(types.ModuleType):
    """A module that only draws, while something is computed: whatever it has is unseen."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Unseen(self.__name__, name)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the project's modules, {name: `keys.Module`}, from their texts.

    `alone`: another module of the project is refused, and one that only draws is a mere name.
    """

    def __init__(self, root, modules, alone):
        self.root, self.modules, self.alone = Path(root).resolve(), modules, alone

    def find_spec(self, name, path=None, target=None):
        if name in self.modules:
            module = self.modules[name]
            origin = self.root / module.path
            within = [str(origin.parent)] if module.is_package else None
            return importlib.util.spec_from_file_location(
                name, str(origin), loader=self, submodule_search_locations=within
            )
        if not self.alone or _is_within(name, BUILDER):
            return None
        draws = self.root.joinpath(*keys.DRAWING_ONLY.split(".")).exists()
        if draws and _is_within(name, keys.DRAWING_ONLY):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin and witness.is_ours(spec.origin):
            where = Path(spec.origin).resolve().relative_to(self.root)
            witness.refuse(
                f"compute() imports {where.as_posix()} in a way that reading the code does not "
                f"see, so that a change of it would go unseen; import it by its name"
            )
        return spec

    def create_module(self, spec):
        return None if spec.name in self.modules else _Drawing(spec.name)

    def exec_module(self, module):
        found = self.modules.get(module.__name__)
        if found is None:
            return
        tree, left_out = _parted(found)
        unseen = {name: Unseen(module.__name__, name) for each in left_out for name in _names(each)}
        module.__dict__.update(unseen)
        if _is_within(BUILDER, module.__name__) and BUILDER in sys.modules:
            module.press = sys.modules[BUILDER]
        exec(self._compiled(tree, found), module.__dict__)
        module.__dict__.update(unseen)  # a star may have brought another of that name

    def get_code(self, name):
        """For `runpy`, which makes its own names of it: there nothing may be left out."""
        tree, left_out = _parted(self.modules[name])
        if any(_names(statement) for statement in left_out):
            witness.refuse(f"compute() runs the code of {name}, not all of which its key covers")
        return self._compiled(tree, self.modules[name])

    def _compiled(self, tree, module):
        return compile(tree, str(self.root / module.path), "exec", dont_inherit=True)

    def get_source(self, name):
        return self.modules[name].text.decode() if name in self.modules else None


def _parted(module):
    """The module's tree without what is left out, and those statements."""
    tree = ast.parse(module.text)
    left_out = [each for index, each in enumerate(tree.body) if index in module.left_out]
    tree.body = [each for index, each in enumerate(tree.body) if index not in module.left_out]
    return tree, left_out


def _names(statement):
    from trainingtips.press.kept import sources

    return [] if isinstance(statement, ast.If) else sources._bound(statement)


def _is_within(name, package):
    return f"{name}.".startswith(f"{package}.")


def install(root, modules, alone=True):
    """From now on the project's modules are those of `modules`; those imported before are gone.

    They were imported by whoever started this process, from the disk and some time ago.
    """
    finder = Finder(root, modules, alone)
    _forget(finder)
    sys.meta_path[:] = [finder, *(each for each in sys.meta_path if not isinstance(each, Finder))]


def remove():
    """Import from the disk again, and anew."""
    for finder in [each for each in sys.meta_path if isinstance(each, Finder)]:
        sys.meta_path.remove(finder)
        _forget(finder)


def _forget(finder):
    tops = {name.partition(".")[0] for name in finder.modules}
    installed = witness.libraries(str(finder.root))
    for name, module in list(sys.modules.items()):
        if _is_within(name, BUILDER) or name == "__main__":
            continue
        path = getattr(module, "__file__", None)
        own = witness.lies_within(path, finder.root) and not any(
            witness.lies_within(path, each) for each in installed
        )
        if own or name.partition(".")[0] in tops or isinstance(module, _Drawing):
            del sys.modules[name]
