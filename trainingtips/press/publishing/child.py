"""mkdocs in a process that ends with the one that started it, and tells a full disk in one line.

The build's lock goes along to it: an orphan would keep every later build waiting. It imports what
it needs while the pages' texts are still checked, and begins when it is told to.
"""

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import os
import signal
import sys
import types

PARENT = "TRAININGTIPS_PARENT"  # the process that waits for this one
# takes a second to import, and is used where a notebook has changed
_RARE = ("jupytext", "mkdocs_jupyter.convert")
# imported while the child waits; in the order of mkdocs.yml
_PLUGINS = (
    "material.plugins.search.plugin", "mkdocs_macros.plugin", "mkdocs_jupyter.plugin",
    "mkdocstrings", "mkdocs.commands.build", "pymdownx.superfences",
)  # fmt: skip
GO = "go\n"  # the line that tells it to begin
WAITS = "TRAININGTIPS_WAITS"  # whether it waits for that line
_SET_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG


def main(arguments):
    """Run mkdocs with these arguments, once told to. Returns the exit status."""
    end_with(int(os.environ.pop(PARENT, os.getppid())))
    for name in _RARE:
        _import_late(name)
    from mkdocs.__main__ import cli

    if os.environ.pop(WAITS, "") and not _told():
        return 1
    gc.disable()  # this process ends with its work; there is nothing to be freed before
    try:
        cli(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"error: cannot write the site: {place}{error.strerror or error}", file=sys.stderr)
    return 1


def _told():
    """Whether the line to begin came, after all that can be imported before it."""
    for name in _PLUGINS:
        with contextlib.suppress(ImportError):  # what is wrong, mkdocs says
            importlib.import_module(name)
    return sys.stdin.readline() == GO


class _Late(types.ModuleType):
    """Stands for a module until something of it is used.

    importlib's LazyLoader loads at any attribute, and before Python 3.12 an import asks for one.
    """

    def __getattr__(self, attribute):
        name, parent = self.__name__, self.__name__.rpartition(".")[0]
        if sys.modules.get(name) is self:
            del sys.modules[name]
        module = importlib.import_module(name)
        vars(self).update(vars(module))  # for whoever has imported it already
        if parent:
            setattr(sys.modules[parent], name.rpartition(".")[2], module)
        return getattr(module, attribute)


def _import_late(name):
    """Let that module be loaded where something of it is first used; nothing, if there is none."""
    parent, _, own = name.rpartition(".")
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:  # of the parent
        spec = None
    if spec is None or name in sys.modules:
        return
    module = sys.modules[name] = _Late(name)
    module.__spec__ = spec
    if parent:
        setattr(sys.modules[parent], own, module)


def end_with(parent):
    """Ask Linux to end this process with its parent; elsewhere it finishes its work alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended already
        os._exit(1)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # to take a site apart, object by object, takes as long as a page
