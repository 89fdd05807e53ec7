"""Why a figure is stale, in the words of the command line: each reason by a real change."""

import re
import shutil

import pytest

from tests.projects import ROOT, Project, forge
from trainingtips.press.base import versions
from trainingtips.press.building import plan, why
from trainingtips.press.kept import fingerprints

WAVE = "the imports of a changed, the top level of lab.wave added"
NUMBERED = '''"""Counts."""

STEPS = 4
{more}

def compute():
    return {{"n": STEPS{use}}}
'''


def line(project, command, name="demo/a", **options):
    """The one line of that figure in what the command line prints."""
    output = project.run(command, **options)
    found = [each for each in output.splitlines() if re.search(rf"(^| ){name}  ", each)]
    assert len(found) == 1, output
    return found[0]


def listed(project, name="demo/a", **options):
    """(state, reason or "") of a figure in `list`."""
    state, rest = line(project, "list", name, **options).removeprefix(name).split(maxsplit=1)
    reason = re.search(r"^(?:holds|regime|shared) +(?:\((.*)\)  )?(?:It grows|Counts)\.$", rest)
    return state, reason[1] or ""


def built_for(project, name="demo/a", status=0, **options):
    """The reason in parentheses that ends that figure's line of a build, "" without one."""
    text = line(project, "figures", name, status=status, **options)
    reason = re.search(r"  \((.*)\)$", text)
    return reason[1] if reason else ""


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A project that is built, to be copied."""
    project = Project(tmp_path_factory.mktemp("once"))
    project.build()
    return project.root


@pytest.fixture
def built(once, tmp_path):
    shutil.copytree(once, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


@pytest.fixture
def needy(project):
    """Figure a is given the result of the shared experiment _runs."""
    project.write("figures/demo/_runs.py", NUMBERED.format(more="", use=""))
    project.replace("figures/demo/a.py", "def compute():", "def compute(runs):")
    project.replace("figures/demo/a.py", '"n": 4', '"n": runs["n"]')
    project.build()
    return project


def test_fresh_figures_have_no_reason(built):
    assert listed(built) == ("fresh", "")
    assert "(" not in built.run("list")


def test_a_first_build(project):
    assert listed(project) == ("stale", "no result kept yet")
    assert built_for(project) == "no result kept yet"
    assert listed(project) == ("fresh", "")


@pytest.mark.parametrize(
    ("path", "old", "new", "reason"),
    [
        ("lab/growth.py", "return double(x)", "return double(x) + 1", "lab.growth.grow changed"),
        ("lab/tools.py", "2 * x", "3 * x", "lab.tools.double changed"),
        ("figures/demo/a.py", "arange(4.0)", "ones(4)", "a.compute changed"),
        (
            "lab/tools.py",
            "2 * x\n",
            "2 * twin(x)\n\n\ndef twin(x):\n    return x\n",
            "lab.tools.double changed, lab.tools.twin added",
        ),
        ("lab/wave.py", "def", "print(end='')\n\n\ndef", WAVE),
        (
            "figures/demo/a.py",
            "growth.grow(np.arange(4.0))",
            "np.arange(4.0)",
            "a.compute changed, lab.growth.grow removed, lab.tools.double removed",
        ),
    ],
)
def test_a_definition_that_compute_reaches(built, path, old, new, reason):
    built.replace(path, old, new)
    assert listed(built) == ("stale", reason)
    text = line(built, "figures")
    assert "  computed " in text and text.endswith(f"  ({reason})")


def test_at_most_three_are_named(built):
    names = [f"f{i}" for i in range(6)]
    body = "".join(f"def {each}(x):\n    return x\n\n\n" for each in names)
    used = " + ".join(f"0 * {each}(x)" for each in names)
    built.replace("lab/growth.py", "def grow", body + "def grow")
    built.replace("lab/growth.py", "return double(x)", f"return double(x) + {used}")
    reason = "lab.growth.grow changed, lab.growth.f0 added, lab.growth.f1 added and 4 more"
    assert listed(built) == ("stale", reason)
    assert built_for(built) == reason, "on one line, however long"


def test_names_are_those_of_the_project():
    def label(module, name):
        return fingerprints.label(module, name, "figures.batch.shuffle")

    assert label("trainingtips.batches", "epoch") == "batches.epoch"
    assert label("trainingtips", "parallel") == "trainingtips.parallel"
    assert label("figures.batch.shuffle", "compute") == "shuffle.compute"
    assert label("figures.batch._runs", "train") == "_runs.train"
    assert label("figures.momentum._runs", "train") == "momentum._runs.train"
    assert label("figures.batch.shuffle", "draw") == "draw"
    assert label("figures.batch.shuffle", "ALT") == "ALT"
    assert label("figures.batch._runs", "ALT") == "_runs.ALT"
    assert label("trainingtips.batches", "effect 0") == "the top level of batches"
    assert label("trainingtips.batches", "imports 0") == "the imports of batches"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"blue"', '"red"', "a.COLOUR changed"),
        ("figure.subplots()", "figure.add_subplot()", "draw changed"),
        ("A rising line.", "A line that rises.", "ALT changed"),
        ('ALT = "', 'VERDICT = "regime"\nALT = "', "VERDICT changed"),
        ('"expected 4 points"', '"four are expected"', "claim changed"),
    ],
)
def test_what_only_the_picture_is_made_from(built, old, new, reason):
    built.replace("figures/demo/a.py", old, new)
    assert listed(built) == ("stale", f"{reason}; only drawn again")
    text = line(built, "figures")
    assert "  from kept result, drawn " in text and text.endswith(f"  ({reason})")


def test_inputs(project):
    project.write("data/points.csv", "1\n")
    project.replace("figures/demo/a.py", 'ALT = "', 'INPUTS = ["data/points.csv"]\nALT = "')
    project.build()
    project.write("data/points.csv", "2\n")
    assert listed(project) == ("stale", "INPUTS data/points.csv changed")
    assert built_for(project) == "INPUTS data/points.csv changed"


def test_a_need(needy):
    needy.replace("figures/demo/_runs.py", '"n": STEPS', '"n": STEPS, "more": 1')
    assert listed(needy, "demo/_runs") == ("stale", "_runs.compute changed")
    assert listed(needy) == ("stale", "its need demo/_runs is computed anew")
    assert "demo/a" not in needy.run("figures", "demo/_runs")
    assert listed(needy) == ("stale", "its need demo/_runs has other numbers")
    assert built_for(needy) == "its need demo/_runs has other numbers"


def test_a_need_whose_numbers_stay(needy):
    needy.replace("figures/demo/_runs.py", "STEPS = 4", "STEPS = 3 + 1")
    assert listed(needy, "demo/_runs") == ("stale", "_runs.STEPS changed")
    assert listed(needy) == ("stale", "its need demo/_runs is computed anew")
    assert "demo/a" not in needy.run("figures")
    assert listed(needy) == ("fresh", "")


def test_a_need_whose_result_is_gone(needy):
    (needy.root / "results/demo/_runs.json").unlink()
    assert listed(needy, "demo/_runs") == ("stale", "results/demo/_runs.json deleted")
    assert listed(needy) == ("stale", "its need demo/_runs is computed anew")
    assert "demo/a" not in needy.run("figures"), "the same numbers are back"
    assert listed(needy) == ("fresh", "")


def test_a_need_that_is_only_looked_at_again(needy):
    needy.replace("figures/demo/_runs.py", "def compute", "UNUSED = 1\n\n\ndef compute")
    assert listed(needy, "demo/_runs") == ("stale", "_runs.UNUSED added; its result stays")
    assert listed(needy) == ("fresh", "")
    assert "demo/a" not in needy.run("figures")


def test_pictures_and_results_changed_by_hand(built):
    folder = built.root / "build/figures/demo"
    (folder / "a.light.svg").write_text("altered")
    (folder / "a.dark.svg").unlink()
    reason = "build/figures/demo/a.light.svg altered by hand, build/figures/demo/a.dark.svg deleted"
    assert listed(built) == ("stale", f"{reason}; only drawn again")
    assert built_for(built) == reason
    built.replace("results/demo/b.json", "4.0", "5.0")
    assert listed(built, "demo/b") == ("stale", "results/demo/b.json altered by hand: its numbers")
    assert (
        built_for(built, "demo/b", status=1) == "results/demo/b.json altered by hand: its numbers"
    )
    (built.root / "results/demo/b.json").write_text("{")
    assert listed(built, "demo/b") == ("stale", "results/demo/b.json is no kept result")
    (built.root / "results/demo/b.json").unlink()
    assert listed(built, "demo/b") == ("stale", "results/demo/b.json deleted")


def test_a_result_from_elsewhere(built):
    """What a pull brings: code and the result that belongs to it."""
    other = Project(built.root / "other")
    other.replace("lab/growth.py", "return double(x)", "return double(x) + 1")
    other.build()
    for path in ("lab/growth.py", "results/demo/a.json"):
        shutil.copy(other.root / path, built.root / path)
    with open(built.root / "results/SEAL", "a") as file:
        file.write((other.root / "results/SEAL").read_text())
    reason = "results/demo/a.json replaced, lab.growth.grow changed"
    assert listed(built) == ("stale", f"{reason}; only drawn again")
    assert built_for(built) == reason


def test_force(built):
    output = built.build("--force", "demo/a")
    assert output.rstrip().endswith("  (forced)")
    assert listed(built) == ("fresh", "")


def test_a_failure_tells_its_reason_again(built):
    built.replace("figures/demo/a.py", "np.arange(4.0)", "np.arange([][0])")
    assert built_for(built, status=1) == "a.compute changed"
    assert built_for(built, status=1) == "a.compute changed"


def distribution(project, name):
    """A folder for PYTHONPATH in which a package of that name and version is installed."""
    (project.root / f"site/{name}.dist-info").mkdir(parents=True)
    return {"PYTHONPATH": f"{project.root}/site:{ROOT}"}


def test_matplotlib_and_the_house_style(built):
    here = ".".join(versions.installed("matplotlib").split(".")[:2])
    newer = distribution(built, "matplotlib-99.1.2")
    reason = f"matplotlib {here} → 99.1"
    assert listed(built, **newer) == ("stale", f"{reason}; only drawn again")
    assert built_for(built, **newer) == reason
    shutil.rmtree(built.root / "site")
    patched = distribution(built, "matplotlib-99.1.3")
    assert listed(built, **patched)[1].startswith("matplotlib 99.1.2 → 99.1.3")


def test_the_house_style(built, monkeypatch, tmp_path):
    package = tmp_path / "package"
    shutil.copytree(plan.paths.PACKAGE / "style", package / "style")
    sheet = sorted((package / "style").rglob("*.*"))[0]
    monkeypatch.setattr(plan.paths, "PACKAGE", package)
    sheet.write_bytes(sheet.read_bytes() + b"\n# changed\n")
    found = why.Reasons(plan.Plan(built.root))
    assert found.told("demo/a") == "the house style changed; only drawn again"


def keep_with(project, **environment):
    """Give the kept result of demo/a that environment, as if it came from another machine."""
    forge(project.root, "demo/a", lambda content: content["environment"].update(environment))
    project.build("demo/a")


def test_another_version_of_a_library_is_a_remark(built):
    here = ".".join(versions.installed("numpy").split(".")[:2])
    keep_with(built, numpy="0.9.1")
    assert listed(built) == ("fresh", f"kept with numpy 0.9, here {here}")
    assert listed(built, "demo/b") == ("fresh", "")
    told = f"1 result was kept with numpy 0.9, here {here}: "
    assert built.build().startswith(f"every figure is fresh\n{told}")
    built.replace("lab/growth.py", "return double(x)", "return double(x) + 1")
    reason = f"lab.growth.grow changed; also numpy 0.9 → {here}"
    assert listed(built) == ("stale", reason)
    assert built_for(built) == reason
    assert listed(built) == ("fresh", "")


def test_a_build_tag_is_no_remark_and_a_patch_is(built):
    here = versions.installed("numpy")
    keep_with(built, numpy=f"{here}+cpu")
    assert listed(built) == ("fresh", "")
    assert built.build() == "every figure is fresh\n"
    keep_with(built, numpy=f"{here}9+cpu")
    assert listed(built) == ("fresh", f"kept with numpy {here}9, here {here}")


def test_one_command_computes_anew_what_other_versions_gave(built):
    assert built.build("--upgraded") == "every figure is fresh\n"
    keep_with(built, numpy="0.9.1")
    output = built.build("--upgraded")
    assert built.computed(output) == {"demo/a"}
    assert listed(built) == ("fresh", "") and built.build() == "every figure is fresh\n"


def test_a_fresh_clone(built):
    """No records and no fingerprints: what can be said is said, and no more."""
    keep_with(built, numpy="0.9.1")
    here = ".".join(versions.installed("numpy").split(".")[:2])
    shutil.rmtree(built.root / "build")
    assert listed(built, "demo/b") == ("stale", "new: never built here; only drawn again")
    built.replace("lab/growth.py", "return double(x)", "return double(x) + 1")
    reason = "what compute() reaches has changed since the result was kept"
    assert listed(built) == ("stale", f"{reason}; also numpy 0.9 → {here}")
    assert built_for(built) == f"{reason}; also numpy 0.9 → {here}"
    # the one that was only drawn is known from now on
    built.replace("lab/wave.py", "x + 1", "x + 2")
    assert listed(built, "demo/b") == ("stale", "lab.wave.ripple changed")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"demo/a": 3}', '{"demo/a": {"result_key": "x", "compute": 3}}']
)
def test_damaged_fingerprints_are_none(tmp_path, text):
    (tmp_path / fingerprints.PATH).parent.mkdir(parents=True)
    (tmp_path / fingerprints.PATH).write_text(text)
    assert fingerprints.read(tmp_path) == {}


def test_damaged_fingerprints_cost_only_the_reason(built):
    (built.root / fingerprints.PATH).write_text("{")
    built.replace("figures/demo/a.py", '"blue"', '"red"')
    assert listed(built) == ("stale", "what the script reaches has changed; only drawn again")
    built.build()
    built.replace("figures/demo/a.py", '"red"', '"green"')
    assert listed(built) == ("stale", "a.COLOUR changed; only drawn again")


def test_fingerprints_of_another_build_are_not_believed(built):
    """Their keys say what they are of: after a lost write the reason is unknown, never wrong."""
    before = (built.root / fingerprints.PATH).read_bytes()
    built.replace("lab/growth.py", "return double(x)", "return double(x) + 1")
    built.build()
    (built.root / fingerprints.PATH).write_bytes(before)
    built.replace("figures/demo/a.py", "arange(4.0)", "ones(4)")
    reason = "what compute() reaches has changed since the result was kept"
    assert listed(built) == ("stale", reason)


def test_a_build_from_before_there_were_fingerprints(built):
    path = built.root / fingerprints.PATH
    path.unlink()
    assert built.build() == "every figure is fresh\n"
    built.replace("lab/tools.py", "2 * x", "3 * x")
    assert listed(built) == ("stale", "lab.tools.double changed")


def test_scripts_that_are_gone_leave_no_fingerprint(built):
    (built.root / "figures/demo/b.py").unlink()
    built.build()
    assert fingerprints.read(built.root).keys() == {"demo/a"}
