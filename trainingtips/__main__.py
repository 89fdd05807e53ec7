"""`trainingtips`, or `python -m trainingtips`: the command line; see `trainingtips.press.cli`."""

import os
import runpy
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent


def run():
    """Run the command line; ends with 130 after Ctrl-C, also while modules are imported.

    It works in the project around the current folder, and by the project's own copy of the package
    where it has one: the keys are those of that copy's code.
    """
    try:
        here, project = _enter()
        if _is_another(project / PACKAGE.name):
            _run_that_of(project)
        else:
            _run_this(here if here != project else None)
    except KeyboardInterrupt:
        status = 130
    except SystemExit as end:
        if end.code != 130:
            raise
        status = 130
    # Python would end by the signal, not with a status, where it came within an `exec`, such as
    # that of a dataclass being imported
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _enter():
    """(the current folder, the project's): this process goes there, and says so."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        sys.exit("error: the current folder has been removed")
    project = _project(here)
    if project != here:
        print(f"in {project}", file=sys.stderr)
        os.chdir(project)
    return here, project


def _project(folder):
    """The nearest folder from `folder` upwards with scripts under figures/; else `folder`."""
    for each in (folder, *folder.parents):
        if next(each.glob("figures/*/*.py"), None):
            return each
    return folder


def _is_another(package):
    return (package / "__main__.py").is_file() and not package.samefile(PACKAGE)


def _run_that_of(project):
    for name in [each for each in sys.modules if each.partition(".")[0] == PACKAGE.name]:
        del sys.modules[name]
    sys.path.insert(0, str(project))
    runpy.run_module(PACKAGE.name, run_name="__main__")


def _run_this(elsewhere):
    from trainingtips.press.base import pins

    pins.pin()
    from trainingtips.press.cli import main

    main(obj=elsewhere)  # the folder of the files that the user names, where it is another one


if __name__ == "__main__":
    run()
