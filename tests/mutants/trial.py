"""Faults tried, in a copy of the project: mutmut runs the tests that reach each, till one fails.

A fault counts as killed where a test fails, the process dies, or the time runs out: four times what
the tests take without it.
"""

import configparser
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

LEFT = (
    ".git",
    ".venv",
    ".*cache*",
    ".hypothesis",
    "build",
    "site",
    "dist",
    "node_modules",
    "__pycache__",
)
OWN = {"mutants", "setup.cfg", "log.txt"}  # of a run before, in the copy
KILLED = {
    "killed",
    "timeout",
    "segfault",
    "check was interrupted by user",
}  # the last: no collection
ARGUMENTS = ["-pno:cacheprovider", "--hypothesis-seed=0", "-mnot long"]
SURVIVED = {"survived", "no tests"}


def copied(root, folder, files, tests, anew=True, left_out=()):
    """`folder`, a copy of the project `root`, with mutmut's configuration for `files`, `tests`.

    `left_out` are tests of these files that are not run. Not `anew`, what mutmut knows of the
    tests from before is kept: which of them reach what.
    """
    folder = Path(folder)
    if anew:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root, folder, ignore=shutil.ignore_patterns(*LEFT), dirs_exist_ok=True)
    configuration = configparser.ConfigParser()
    configuration["mutmut"] = {
        "source_paths": _listed(sorted({Path(file).parts[0] for file in files})),
        "only_mutate": _listed(files),
        "also_copy": _listed(sorted({path.name for path in folder.iterdir()} - OWN)),
        "pytest_add_cli_args_test_selection": _listed(tests),
        "pytest_add_cli_args": _listed([*ARGUMENTS, *(f"--deselect={each}" for each in left_out)]),
        "timeout_multiplier": "4",
        "use_git_change_detection": "false",
        "use_setproctitle": "false",
    }
    with (folder / "setup.cfg").open("w") as file:
        configuration.write(file)
    return folder


def _listed(values):
    return "\n" + "\n".join(map(str, values))


def tried(folder, mutants):
    """{mutmut's name: whether a test noticed} of the `mutants`, after running them one by one.

    Raises RuntimeError where mutmut ends early (a test fails without any fault) or leaves one out.
    """
    from mutmut.stats import status_by_exit_code  # installed by `make mutants`

    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *mutants]
    with (Path(folder) / "log.txt").open("w") as log:
        done = subprocess.run(command, cwd=folder, stdout=log, stderr=log, env=os.environ)
    if done.returncode:
        raise RuntimeError(f"mutmut ended with status {done.returncode}; see {log.name}")
    codes = {}
    for path in (Path(folder) / "mutants").rglob("*.meta"):
        codes |= json.loads(path.read_bytes())["exit_code_by_key"]
    statuses = {mutant: status_by_exit_code[codes[mutant]] for mutant in mutants}
    unknown = {m: status for m, status in statuses.items() if status not in KILLED | SURVIVED}
    if unknown:
        raise RuntimeError(f"neither killed nor survived: {unknown}")
    return {mutant: status in KILLED for mutant, status in statuses.items()}
