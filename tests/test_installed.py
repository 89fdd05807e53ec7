"""The package away from its clone: a wheel built, looked into and used, and what `make` installs.

The new environments have what the package's own dependencies reach, linked from this one, and
nothing else: what only the site or the tests need is not there, and no network is asked.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from email import message_from_bytes
from importlib import metadata
from pathlib import Path

import jupytext
import nbformat
import pytest
from packaging.requirements import Requirement

from trainingtips.press.pages import hosted

ROOT = Path(__file__).parents[1]


def run(*command, folder, status=0, given=None, seconds=120):
    """Both streams of a command that knows nothing of this clone. Asserts the exit status."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env |= given or {}
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=seconds
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def reached(requirements):
    """The names of the distributions that these need, and of what those need in turn."""
    found, todo = set(), [Requirement(each) for each in requirements]
    while todo:
        each = todo.pop()
        if each.name not in found and (each.marker is None or each.marker.evaluate({"extra": ""})):
            found.add(each.name)
            todo += map(Requirement, metadata.requires(each.name) or ())
    return found


def link(names, packages):
    """Give the folder `packages` those of this environment's distributions."""
    (packages / "links.txt").touch()  # pip removes a folder in which it sees no file but its own
    for name in names:
        found = metadata.distribution(name)
        tops = {path.parts[0] for path in found.files} - {"..", "__pycache__"}
        for top in tops - {path.name for path in packages.iterdir()}:
            (packages / top).symlink_to(found.locate_file(top))


def packages_of(environment):
    (found,) = environment.glob("lib/python*/site-packages")
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--wheel-dir", str(folder), str(ROOT), folder=folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def about(wheel):
    """The wheel's own metadata."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


@pytest.fixture(scope="module")
def installed(wheel, about, tmp_path_factory):
    """The commands of a new environment with the wheel and what it depends on."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, symlinks=True)
    needs = [each for each in about.get_all("Requires-Dist") if "extra ==" not in each]
    link(reached(needs), packages_of(environment))
    pip = (sys.executable, "-m", "pip", "--python", str(environment / "bin/python"), "install")
    run(*pip, "--quiet", "--no-deps", str(wheel), folder=environment)
    return environment / "bin"


@pytest.fixture(scope="module")
def project(installed, tmp_path_factory):
    """A project of somebody else's, with one figure, begun by the installed command."""
    folder = tmp_path_factory.mktemp("elsewhere")
    run(installed / "trainingtips", "new", "demo/coins", folder=folder)
    return folder


def test_the_wheel_is_the_package_and_nothing_else(wheel):
    files = (path for path in (ROOT / "trainingtips").rglob("*") if path.is_file())
    expected = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in files
        if "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        found = {each: archive.read(each) for each in archive.namelist()}
    ours = {name: data for name, data in found.items() if ".dist-info/" not in name}
    assert ours.keys() == expected.keys()
    assert ours == expected
    kinds = {Path(name).suffix for name in ours}
    assert {".mplstyle", ".ttf", ".js"} <= kinds, "styles, fonts and KaTeX"


def test_it_is_imported_from_its_environment(installed, tmp_path):
    code = "import trainingtips; print(trainingtips.__file__, trainingtips.curvature.__name__)"
    told = run(installed / "python", "-c", code, folder=tmp_path)
    assert Path(told.split()[0]).is_relative_to(packages_of(installed.parent))


def test_it_draws_in_the_house_style(installed, tmp_path):
    code = """
from matplotlib import font_manager
from matplotlib.figure import Figure
from trainingtips import plotting

with plotting.style("dark"):
    figure = Figure()
    figure.subplots().plot([1, 2], color=plotting.colour("blue"))
    figure.savefig("dark.svg")
    print(font_manager.findfont("Source Sans 3", fallback_to_default=False))
"""
    font = run(installed / "python", "-W", "error", "-c", code, folder=tmp_path).strip()
    assert Path(font).is_relative_to(packages_of(installed.parent))
    assert "<path" in (tmp_path / "dark.svg").read_text()


def test_the_command_builds_a_project_anywhere(installed, project):
    assert "Usage: trainingtips" in run(installed / "trainingtips", "--help", folder=project)
    assert "demo/coins" in run(installed / "trainingtips", "figures", folder=project)
    assert len(list((project / "build/figures/demo").glob("coins*.svg"))) == 4
    assert json.loads((project / "results/demo/coins.json").read_bytes())["key"]


def test_from_within_a_project_it_finds_the_project(installed, project):
    inner = project / "figures/demo"
    run(installed / "trainingtips", "figures", folder=project)
    told = run(installed / "trainingtips", "figures", folder=inner)
    assert "every figure is fresh" in told and str(project) in told
    # what the user names is where the user is
    run(installed / "trainingtips", "show", "demo/coins", "--png", "mine.png", folder=inner)
    assert (inner / "mine.png").is_file()
    (inner / "mine.png").unlink()


def test_where_it_was_installed_changes_no_key(installed, project):
    run(installed / "trainingtips", "figures", folder=project)
    source = f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); "
    source += "sys.argv[1:] = ['figures']; runpy.run_module('trainingtips', run_name='__main__')"
    assert "every figure is fresh" in run(sys.executable, "-c", source, folder=project)


@pytest.mark.parametrize("command", ["list", "figures", "reproduce", "show demo/coins"])
def test_without_a_project_it_says_where_it_looked(installed, tmp_path, command):
    told = run(installed / "trainingtips", *command.split(), folder=tmp_path, status=1)
    assert f"{tmp_path}/figures" in told and "Traceback" not in told


def test_a_copy_of_the_package_in_the_project_is_the_one_that_runs(installed, project, tmp_path):
    # its keys are those of the copy's files: numbers of the installed one would be wrong ones
    shutil.copytree(project / "figures", tmp_path / "figures")
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "trainingtips", tmp_path / "trainingtips", ignore=leave)
    (tmp_path / "trainingtips/planted.py").write_text("FLIPS = 4, 16, 64, 256, 1024, 4096\n")
    script = tmp_path / "figures/demo/coins.py"
    before, line = script.read_text(), "FLIPS = 4 ** np.arange(1, 7)"
    assert line in before
    line = "from trainingtips.planted import FLIPS"
    script.write_text(re.sub(r"^FLIPS = .*$", line, before, flags=re.MULTILINE))
    run(installed / "trainingtips", "figures", "demo/coins", folder=tmp_path / "figures")
    assert (tmp_path / "results/demo/coins.json").is_file()


# A notebook on a machine that has never seen the package: its first cell brings it

ADDRESS = "https://github.com/somebody/their-notes"
NOTEBOOKS = sorted(path.stem for path in (ROOT / "docs/notebooks").glob("*.py"))


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """What pip clones instead of ADDRESS: the package's sources of today, committed."""
    folder = tmp_path_factory.mktemp("repository")
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "trainingtips", folder / "trainingtips", ignore=leave)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    git = ("git", "-c", "user.name=n", "-c", "user.email=n@localhost")
    for command in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "all")):
        run(*git, *command, folder=folder)
    return folder


@pytest.fixture
def stranger(about, tmp_path):
    """An environment as Colab's: what the package needs is there, and Jupyter; it is not."""
    venv.create(tmp_path / "environment", symlinks=True)
    needs = [each for each in about.get_all("Requires-Dist") if "extra ==" not in each]
    tools = ["ipykernel", "nbclient", "pip", "hatchling"]
    link(reached([*needs, *tools]), packages_of(tmp_path / "environment"))
    return tmp_path / "environment/bin/python"


@pytest.mark.long
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_where_the_package_has_never_been(name, stranger, repository, tmp_path):
    source = (ROOT / f"docs/notebooks/{name}.py").read_text()
    download = nbformat.writes(jupytext.reads(source, fmt="py:percent")).encode()
    path = tmp_path / f"{name}.ipynb"
    path.write_bytes(hosted.with_install(download, ADDRESS))
    told = run(stranger, "-c", "import trainingtips", folder=tmp_path, status=1)
    assert "No module named 'trainingtips'" in told
    given = {  # no network: git takes the clone here, pip what is there
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": ADDRESS,
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip turns it round: off
        "HOME": str(tmp_path),
        "OMP_NUM_THREADS": "1",
        "PATH": f"{stranger.parent}{os.pathsep}{os.environ['PATH']}",
    }
    code = "from nbclient.cli import main; main()"
    run(stranger, "-c", code, path, "--inplace", folder=tmp_path, given=given, seconds=600)
    first, *cells = nbformat.read(path, as_version=4).cells
    assert first.execution_count == 1
    code = "import trainingtips; print(trainingtips.__file__)"
    place = run(stranger, "-c", code, folder=tmp_path).strip()
    assert Path(place).is_relative_to(packages_of(tmp_path / "environment"))
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    pictures = [each for each in outputs if "image/svg+xml" in each.get("data", {})]
    assert len(pictures) == len(re.findall(r"^show\(", source, re.MULTILINE)) > 0
    assert not [each for each in outputs if each.get("name") == "stderr"]


# What `make` does: the package itself, from the clone


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone with an environment from before, without the package, that passed for ready."""
    clone = tmp_path_factory.mktemp("clones") / "clone"
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "trainingtips", clone / "trainingtips", ignore=leave)
    for name in ("Makefile", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, clone)
    (clone / "figures").mkdir()
    names = reached(["pip", "hatchling", "editables", "click"])
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    lock = [each for each in lines if each.partition("==")[0].lower() in names]
    assert {"hatchling", "editables"} <= {each.partition("==")[0] for each in lock}
    (clone / "requirements.lock").write_text("\n".join(lock))
    venv.create(clone / ".venv", symlinks=True)
    link(names, packages_of(clone / ".venv"))
    (clone / ".venv/ready").touch()
    return clone


def make(clone, *options, status=0):
    return run(
        "make", *options, f"PYTHON={sys.executable}", ".venv/ready", folder=clone, status=status
    )


def place(clone, elsewhere):
    """Where the package lies that the clone's environment imports; and the command works."""
    assert "Usage" in run(clone / ".venv/bin/trainingtips", "--help", folder=elsewhere)
    code = "import trainingtips; print(trainingtips.__file__)"
    return Path(run(clone / ".venv/bin/python", "-c", code, folder=elsewhere).strip()).parents[1]


def test_make_installs_the_package_where_it_is(clone, tmp_path):
    make(clone)
    assert place(clone, tmp_path) == clone
    make(clone, "--question", status=0)
    os.utime(clone / "pyproject.toml")
    make(clone, "--question", status=1)  # what it declares has changed
    told = run(clone / ".venv/bin/python", "-c", "import figures", folder=tmp_path, status=1)
    assert "No module named 'figures'" in told, "of the clone, the package alone"
    moved = clone.rename(clone.parent / "moved")
    make(moved)
    assert place(moved, tmp_path) == moved
    moved.rename(clone)
