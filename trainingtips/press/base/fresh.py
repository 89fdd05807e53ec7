"""Imports that read the source, never bytecode kept from before.

Python takes kept bytecode for that of a source with the same size and second of change. A clock set
back, or a copy that keeps its times, can give two texts the same of both: the key would be that
of the new text and the numbers those of the old.
"""

import sys
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path


class Loader(SourceFileLoader):
    """Compiles the source each time it is imported."""

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def read_source_under(root):
    """From now on, modules under `root` that are not yet imported are compiled from their source.

    Installed packages are left alone: an environment may lie under `root`, and compiling all of
    scipy takes seconds.
    """
    root = Path(root).resolve()
    if any(getattr(hook, "root", None) == root for hook in sys.path_hooks):
        return

    def hook(folder):
        path = Path(folder or ".").resolve()
        inside = path.is_relative_to(root) and "site-packages" not in path.parts
        if not inside or not path.is_dir():
            raise ImportError("not of the project", path=folder)
        return FileFinder(folder, (Loader, SOURCE_SUFFIXES))

    hook.root = root
    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()
