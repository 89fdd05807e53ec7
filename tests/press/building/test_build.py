"""What is built again, and what is not; bytes; orphans; two builds at once."""

import json
import subprocess
import sys

import pytest

from trainingtips.press.base import provenance

BOTH = {"demo/a", "demo/b"}


def test_first_build_makes_everything_and_the_second_nothing(project):
    assert project.computed(project.build()) == BOTH
    pictures = project.hashes()
    assert len(pictures) == 8
    assert project.build() == "every figure is fresh\n"
    assert project.hashes() == pictures


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("figures/demo/a.py", "# a comment", "# another"),
        ("figures/demo/a.py", "def compute():", "\n\ndef compute():\n"),
        ("figures/demo/a.py", '"blue"', '"red"'),
        ("figures/demo/a.py", "It grows.", "It always grows."),
        ("figures/demo/a.py", "A rising line.", "A line that rises."),
        ("lab/growth.py", '"""Twice."""', '"""Two times x."""'),
        ("lab/growth.py", "x: float", "x: int"),
        ("lab/growth.py", "return x / 2", "return x / 3"),
        ("lab/growth.py", "def shrink", "def added(x):\n    return 1\n\n\ndef shrink"),
        ("lab/tools.py", "return x\n", "return -x\n"),
    ],
)
def test_changes_that_reach_no_number_compute_nothing(built, path, old, new):
    before = built.hashes("results", ".json")
    built.replace(path, old, new)
    assert built.computed(built.build()) == set()
    assert built.hashes("results", ".json") == before


def test_a_colour_changes_the_picture_only(built):
    before = built.hashes()
    built.replace("figures/demo/a.py", '"blue"', '"red"')
    assert "demo/b" not in built.build()
    after = built.hashes()
    changed = {path for path in after if after[path] != before[path]}
    assert changed == {path for path in after if "/a." in path}


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("lab/tools.py", "2 * x", "3 * x", {"demo/a"}),
        ("lab/wave.py", "x + 1", "x + 2", {"demo/b"}),
        ("lab/__init__.py", "", "import os\n\nos.environ['LAB'] = '1'\n", BOTH),
        ("figures/demo/a.py", "arange(4.0)", "arange(4.0) + 1", {"demo/a"}),
        # what a module does at its top level counts for whoever imports it
        ("lab/wave.py", "def", "SIZES = []\nSIZES.append(1)\n\n\ndef", BOTH),
    ],
)
def test_a_formula_recomputes_exactly_what_reaches_it(built, path, old, new, expected):
    built.replace(path, old, new)
    before = built.hashes("results", ".json")
    assert built.computed(built.build()) == expected
    after = built.hashes("results", ".json")
    assert {p for p in after if after[p] != before[p]} == {f"results/{n}.json" for n in expected}


@pytest.mark.parametrize(
    "imports",
    [
        "import lab.wave as w\n\n\ndef f(x):\n    return w.ripple(x)\n",
        "from .wave import ripple as r\n\n\ndef f(x):\n    return r(x)\n",
        "from lab.wave import *\n\n\ndef f(x):\n    return ripple(x)\n",
        "import lab.wave\n\n\ndef f(x):\n    return lab.wave.ripple(x)\n",
        "from lab import wave\n\n\ndef f(x):\n    return getattr(wave, 'ripple')(x)\n",
        "def f(x):\n    from lab.wave import ripple\n\n    return ripple(x)\n",
        "import importlib as i\n\n\ndef f(x):\n    return i.import_module('lab.wave').ripple(x)\n",
        "def f(x):\n    return eval('__import__(\"lab.wave\").wave.ripple(x)')\n",
        "from lab.wave import ripple\n\n\nclass F:\n    go = staticmethod(ripple)\n\n\n"
        "def f(x):\n    return F().go(x)\n",
        "from lab.wave import ripple\n\nKNOWN = {}\n\n\ndef register(g):\n    KNOWN['g'] = g\n\n\n"
        "@register\ndef g(x):\n    return ripple(x)\n\n\ndef f(x):\n    return KNOWN['g'](x)\n",
    ],
)
def test_every_way_to_import_is_followed(project, imports):
    project.write("lab/growth.py", imports)
    project.script("demo/a", "growth.f(np.arange(4.0))")
    project.build("demo/a")
    project.replace("lab/wave.py", "x + 1", "x + 5")
    assert project.computed(project.build("demo/a")) == {"demo/a"}
    kept = json.loads((project.root / "results/demo/a.json").read_text())
    assert kept["result"]["y"] == [5, 6, 7, 8]


def test_a_shared_experiment_is_computed_once_and_followed(built):
    built.write(
        "figures/demo/_runs.py",
        '"""Runs."""\n\nfrom lab.wave import ripple\n\n\n'
        'def compute():\n    return {"v": ripple(3), "w": 1}\n',
    )
    for name in "ab":
        built.replace(f"figures/demo/{name}.py", "def compute():", "def compute(runs):")
        built.replace(f"figures/demo/{name}.py", '"n": 4', '"n": runs["v"]')
    assert built.computed(built.build()) == {"demo/_runs", *BOTH}
    built.replace("figures/demo/_runs.py", '"w": 1', '"w": 2')
    assert built.computed(built.build()) == {"demo/_runs", *BOTH}
    built.replace("figures/demo/_runs.py", "ripple(3)", "2 * ripple(1)")
    output = built.build()  # the same numbers in another way: for the others nothing has changed
    assert built.computed(output) == {"demo/_runs"} and "demo/a" not in output
    assert built.build() == "every figure is fresh\n"
    built.replace("figures/demo/_runs.py", "2 * ripple(1)", "1 / 0")
    output = built.build(status=1)
    assert "ZeroDivisionError" in output
    assert output.count("needs demo/_runs, which failed") == 2


def test_deleted_altered_and_orphaned_pictures_heal(built):
    before = built.hashes()
    folder = built.root / "build/figures/demo"
    (folder / "a.light.svg").unlink()
    (folder / "a.dark.svg").write_text("altered")
    (folder / "b.narrow.light.svg").write_bytes(b"")
    (folder / "b.json").write_text("{")
    assert built.computed(built.build()) == set()
    assert built.hashes() == before
    (built.root / "figures/demo/b.py").unlink()
    built.build()
    assert sorted(path.name for path in folder.glob("b*")) == []


def test_bytes_do_not_depend_on_jobs_or_the_hash_seed(tmp_path):
    from tests.projects import Project

    pictures, numbers = [], []
    for index, (jobs, seed) in enumerate([("1", "0"), ("2", "123")]):
        project = Project(tmp_path / str(index))
        project.build("--jobs", jobs, PYTHONHASHSEED=seed)
        pictures.append(project.hashes())
        results = [
            json.loads(p.read_text()) for p in sorted(project.root.rglob("results/*/*.json"))
        ]
        numbers.append(
            [{k: v for k, v in each.items() if k not in ("seconds", "seal")} for each in results]
        )
    assert pictures[0] == pictures[1]
    assert numbers[0] == numbers[1]


def test_two_builds_at_once(project):
    processes = [project.start("figures"), project.start("figures")]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    both = "".join(out for out, _ in outputs)
    assert both.count("demo/a  computed") == 1
    assert project.build() == "every figure is fresh\n"
    assert len(project.hashes()) == 8


def test_new_list_show(project):
    project.build()
    output = project.run("new", "demo/mine")
    assert "![](figures/demo/mine.svg)" in output
    assert project.computed(project.build()) == {"demo/mine"}
    listed = project.run("list")
    assert [line.split()[:3] for line in listed.splitlines()] == [
        [name, "fresh", "holds"] for name in ("demo/a", "demo/b", "demo/mine")
    ]
    shown = project.run("show", "demo/mine", "--png", "mine.png", "--narrow")
    assert "verdict: holds" in shown
    assert (project.root / "mine.png").read_bytes().startswith(b"\x89PNG")
    assert "exists already" in project.run("new", "demo/mine", status=2)
    assert "section/name" in project.run("new", "../evil", status=2)


def test_without_assertions_no_claim_is_checked_and_none_is_kept(project):
    project.replace("figures/demo/b.py", "assert result", "assert not result")
    command = [sys.executable, "-O", "-m", "trainingtips", "figures", "demo/b"]
    done = subprocess.run(
        command, cwd=project.root, env=project._environment(), capture_output=True, text=True
    )
    assert done.returncode == 1 and "no claim could fail; start it without" in done.stderr
    assert not (project.root / "results/demo/b.json").exists()
    assert "the claim does not hold" in project.build("demo/b", status=1)


@pytest.mark.skipif(provenance.has_gpu(), reason="this machine has a GPU")
def test_a_record_of_a_gpu_stays_where_there_is_none(project):
    project.replace("figures/demo/b.py", "ALT =", 'HARDWARE = "gpu"\nALT =')
    project.build("--force", "demo/b")  # asked for by name, and this one needs none
    before = (project.root / "results/demo/b.json").read_bytes()
    output = project.build("--record")
    assert "demo/b is measured on a GPU, and there is none here: its record stays" in output
    assert project.computed(output) == set()
    assert (project.root / "results/demo/b.json").read_bytes() == before
    project.replace("figures/demo/b.py", '"gpu"', '"tpu"')
    for options in ([], ["--record"], ["--record", "demo/b"], ["--upgraded"]):
        told = project.build(*options, status=1)
        assert "HARDWARE is 'tpu'; it is True, False or 'gpu'" in told
