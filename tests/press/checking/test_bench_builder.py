"""`make bench` of the builder, but for the clock: what tools are given, what is made of times.

No gallery is installed or run: its configuration is read as the gallery would read it.
"""

import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest
import yaml

from tests.projects import ROOT, Project
from trainingtips.press.base.errors import UserError
from trainingtips.press.checking import bench_builder
from trainingtips.press.content import tables

SCRIPT = '''"""It rises."""

import numpy as np

from trainingtips import plotting

ALT = "A line."


def compute():
    return {{"y": np.arange({length})}}


def claim(result):
    assert result["y"][-1] > 0


def draw(result, figure):
    (axes,) = plotting.panels(figure, 1, height={height})
    axes.plot(result["y"])
    axes.set(xlabel="{name}")
'''
NAMES = ("demo/a", "demo/b", "other/c")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A project of three figures, built."""
    project = Project(tmp_path_factory.mktemp("kept"))
    for height, name in enumerate(NAMES, 3):
        text = SCRIPT.format(length=height + 2, height=height, name=name)
        project.write(f"figures/{name}.py", text)
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "trainingtips", project.root / "trainingtips", ignore=leave)
    project.build()
    return project


@pytest.fixture
def bench(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(bench_builder, "CHANGED", ("demo/b", "other/c", "gone/away"))
    monkeypatch.setattr(bench_builder, "COMPUTED", ("demo", "other"))
    return bench_builder._Bench(kept.root, tmp_path, None)


def told(svg):
    """(size, texts) of a picture."""
    root = ElementTree.fromstring(svg)
    return (root.get("width"), root.get("height")), re.findall(r"<!-- (.*?) -->", svg)


def test_all_scripts_are_measured_in_a_copy(bench, kept):
    assert bench.names == list(NAMES)
    assert {p.name for p in bench.examples.glob("*.py")} == {
        "plot_demo_a.py", "plot_demo_b.py", "plot_other_c.py",
    }  # fmt: skip
    for folder in ("figures", "results", "trainingtips"):
        assert (bench.project / folder).is_dir() and not (bench.project / folder).is_symlink()
    bench._changed("demo/a", 0)
    assert "_TURN_0" in (bench.project / "figures/demo/a.py").read_text()
    assert "_TURN_0" not in (kept.root / "figures/demo/a.py").read_text()


def test_a_few_to_try_out_are_those_whose_drawing_is_changed(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(bench_builder, "CHANGED", ("other/c", "demo/b"))
    assert bench_builder._Bench(kept.root, tmp_path, 2).names == ["demo/b", "other/c"]


@pytest.mark.parametrize("name", ["demo/a", "other/c"])
def test_a_script_of_the_others_draws_what_the_builder_draws(bench, kept, name):
    path = bench.path(name)
    env = {"PATH": "", "HOME": str(bench.folder)}  # nothing but the script says where things are
    subprocess.run([sys.executable, path], check=True, cwd=bench.folder, env=env)
    stem = name.replace("/", "_")
    drawn = {p.name.removeprefix(stem): told(p.read_text()) for p in bench.pictures.iterdir()}
    section, _, short = name.partition("/")
    ours = {
        p.name.removeprefix(short): told(p.read_text())
        for p in (kept.root / f"build/figures/{section}").glob(f"{short}.*.svg")
    }
    assert drawn == ours and len(drawn) == 4
    # a gallery wants a title, and takes pictures of figures that pyplot knows
    assert path.read_text().startswith(f'"""\n{name}\n{"=" * len(name)}\n')
    assert "pyplot" not in path.read_text()


def test_make_runs_one_interpreter_a_script(bench):
    assert bench._make() > 0
    rules = (bench.folder / "Makefile").read_text()
    head, *lines = rules.splitlines()
    assert head.split() == ["all:", "plot_demo_a", "plot_demo_b", "plot_other_c"]
    assert lines[1::2] == [
        f"\t@{sys.executable} {bench.examples}/{target}.py" for target in head.split()[1:]
    ]
    assert len(list(bench.pictures.iterdir())) == 12


def test_a_tool_that_leaves_pictures_out_is_not_measured(bench):
    for number in range(12):
        (bench.pictures / f"{number}.narrow.dark.svg").touch()
    bench._check()
    next(bench.pictures.glob("*.narrow.dark.svg")).unlink()
    with pytest.raises(UserError, match="expected 12 pictures, found 11"):
        bench._check()
    bench._clear()
    assert not list(bench.pictures.iterdir())


@pytest.fixture
def commands(bench, monkeypatch):
    """What would be run; each run draws all the pictures."""
    run = []

    def seconds(command, cwd=None):
        run.append((list(map(str, command)), cwd))
        for name in bench.names:
            for number in range(4):
                (bench.pictures / f"{name.replace('/', '_')}{number}.svg").touch()
        return 1.0

    monkeypatch.setattr(bench, "seconds", seconds)
    return run


@pytest.mark.parametrize("run", [True, False])
def test_sphinx_gallery_is_told_all_it_needs(bench, commands, run):
    assert bench._sphinx(run) == 1.0
    ((command, _),) = commands
    *_, source, out = command
    assert command[:6] == [sys.executable, "-m", "sphinx", "-q", "-b", "html"]
    space = {}
    exec((bench.folder / source / "conf.py").read_text(), space)
    conf = space["sphinx_gallery_conf"]
    assert space["extensions"] == ["sphinx_gallery.gen_gallery"]
    assert conf["plot_gallery"] is run and conf["abort_on_example_error"] is True
    assert conf["parallel"] == bench_builder.JOBS == 2
    names = [path.name for path in bench.examples.iterdir()]
    every = [each for each in names if re.search(conf["filename_pattern"], each)]
    assert conf["examples_dirs"] == str(bench.examples) and len(every) == 3
    assert f"{conf['gallery_dirs']}/index" in (bench.folder / source / "index.rst").read_text()
    assert out.startswith(source) and "README.txt" in names


@pytest.mark.parametrize("run", [True, False])
def test_mkdocs_gallery_is_told_all_it_needs(bench, commands, run):
    assert bench._mkdocs(run) == 1.0
    ((command, source),) = commands
    assert command == [sys.executable, "-m", "mkdocs", "build"]
    config = yaml.safe_load((source / "mkdocs.yml").read_text())
    ((name, conf),) = config["plugins"][0].items()
    assert name == "gallery" and conf["plot_gallery"] is run
    assert conf["abort_on_example_error"] is True
    examples = source / conf["examples_dirs"]
    every = [p for p in examples.iterdir() if re.search(conf["filename_pattern"], p.name)]
    assert len(every) == 3
    for path in every:
        assert path.read_text() == (bench.examples / path.name).read_text()
    assert "gallery" in config["nav"] and (source / "docs/index.md").is_file()


def test_the_drawing_of_one_is_held_against_a_bare_interpreter(bench, monkeypatch):
    ours = iter([0.9, *[0.1, 0.3, 0.2, 0.1, 0.4], 3.0, 1.0, 2.0, 7.0, 9.0, 8.0])
    bare = iter([4.0, 1.0, 2.0, 2.0, 3.0, 2.5])
    monkeypatch.setattr(bench, "figures", lambda *names: next(ours))
    monkeypatch.setattr(bench, "seconds", lambda command, cwd=None: next(bare))
    nothing, one = bench.nothing_and_one()
    assert nothing["seconds"] == 0.2 and nothing["ratio"] is None
    assert one["ratio"] == 3.2  # the worse one: medians 2 / 2 and 8 / 2.5
    assert "demo/b 2.00 s against 2.00 s; other/c 8.00 s against 2.50 s" in one["note"]


def test_all_drawn_is_held_against_imports_once_and_drawing_over_cores(bench, monkeypatch):
    ours = iter([9.0, 4.0, 6.0])
    monkeypatch.setattr(bench, "figures", lambda *names: next(ours))
    (bench.project / "build/figures").mkdir(parents=True)

    def seconds(command, cwd=None):
        assert not (bench.project / "build/figures").exists(), "drawn from nothing"
        bench.output = "a script's own words\n[2.0, 4.0]\n"
        return 6.5

    monkeypatch.setattr(bench, "seconds", seconds)
    (row,) = list(bench.all_drawn())
    assert row["ratio"] == 1.5 and row["seconds"] == 6.0
    assert row["note"] == "3 figures, 12 pictures: 6.0 s against 2.0 s + 4.0 s / 2"


def test_the_floor_is_measured_in_one_process(bench):
    """The program that is timed imports every script and draws every picture, once."""
    modules = [name.replace("/", ".") for name in bench.names]
    paths = [str(bench.path(name)) for name in bench.names]
    code = bench_builder.BARE.format(root=str(bench.project), modules=modules, paths=paths)
    bench.seconds([sys.executable, "-c", code])
    imports, drawn = map(float, re.findall(r"[\d.e-]+", bench.output.splitlines()[-1]))
    assert imports > 0 and drawn > 0
    bench._check()


def test_a_gallerys_own_pages_are_taken_off_and_a_failure_is_told(bench, monkeypatch):
    made = iter([30.0, 20.0, 25.0])
    monkeypatch.setattr(bench, "_make", lambda: next(made))
    monkeypatch.setattr(bench, "_sphinx", lambda run: 36.0 if run else 6.0)

    def missing(run):
        raise UserError("bench: mkdocs build failed:\nNo module named mkdocs_gallery")

    monkeypatch.setattr(bench, "_mkdocs", missing)
    plain, sphinx, mkdocs = bench.others(5.0)
    assert plain["ratio"] == 5.0 and plain["budget"] == "≥ 5"
    assert sphinx["ratio"] == 6.0 and sphinx["seconds"] == 30.0
    assert sphinx["note"] == "36.0 s less 6.0 s without running a script, against 5.0 s"
    assert mkdocs["ratio"] is None and mkdocs["note"] == "No module named mkdocs_gallery"


def test_all_computed_is_held_against_the_results_own_seconds(bench):
    (row,) = list(bench.computed())
    assert row["ratio"] > 0 and row["seconds"] > 0 and row["budget"] is None
    note = r"demo, other: [\d.]+ s against [\d.]+ s of computing, the longest [\d.]+ s"
    assert re.fullmatch(note, row["note"])
    for name in NAMES:
        assert (bench.project / f"results/{name}.json").is_file(), "computed anew, in the copy"


def test_a_failing_command_tells_its_last_words(bench):
    with pytest.raises(UserError, match=r"(?s)-c .* failed:.*told why"):
        bench.seconds([sys.executable, "-c", "print('told why'); raise SystemExit(3)"])


def test_a_row_fits_the_pages_table(tmp_path):
    row = bench_builder.row("all drawn: x / ours", 12.34567, "60.0 s", "≥ 5", 60.00049)
    assert row == {
        "what": "all drawn: x / ours", "ratio": 12.35, "budget": "≥ 5", "note": "60.0 s",
        "seconds": 60.0,
    }  # fmt: skip
    assert tables.met(row) and tables.bench_table(tmp_path, "builder").startswith("Not measured")
    assert "seconds" not in bench_builder.row("x", None, "why not")
