"""`make check` runs what a change reaches: asked of a small project under git."""

import subprocess

import pytest

from tests import reach
from tests.reach import EVERYTHING

PROJECT = {
    "Makefile": "all:\n",
    "data.bin": "1",
    "trainingtips/__init__.py": "",
    "trainingtips/__main__.py": "from trainingtips.press import cli\n",
    "trainingtips/losses.py": "def square(x):\n    return x * x\n",
    "trainingtips/steps.py": "def step(x):\n    from trainingtips.losses import square\n",
    "trainingtips/sums.py": '"""Sums.\n\n>>> 1 + 1\n2\n"""\n',
    "trainingtips/press/__init__.py": "",
    "trainingtips/press/cli.py": "",
    "trainingtips/press/fonts.py": "import trainingtips.sums\n",
    "figures/demo/a.py": "from trainingtips.losses import square\n",
    "results/demo/a.json": "{}",
    "docs/a.md": "# A\n",
    "docs/b.md": "# B\n",
    "tests/__init__.py": "",
    "tests/conftest.py": (
        "import pytest\nfrom tests.projects import start\n"
        "\n\n@pytest.fixture\ndef site():\n    pass\n"
        "\n\n@pytest.fixture\ndef project(tmp_path):\n    return start(tmp_path)\n"
        "\n\n@pytest.fixture\ndef built(project):\n    return project\n"
    ),
    "tests/projects.py": 'COMMAND = ["python", "-m", "trainingtips"]\n\n\ndef start(x): pass\n',
    "tests/test_losses.py": "from trainingtips import losses\n",
    "tests/test_steps.py": "from trainingtips.steps import step\n",
    "tests/test_builds.py": "def test_it(built):\n    pass\n",
    "tests/test_figures.py": 'KEPT = (ROOT / f"results/{1}.json", ROOT / "figures")\n',
    "tests/test_code.py": 'CODE = "from trainingtips.press import fonts"\n',
    "tests/site/test_site.py": "def test_it(site):\n    pass\n",
    "tests/site/test_a.py": 'A = ROOT / "docs/a.md"\n',
    "tests/browser/conftest.py": "import pytest\n\n\n@pytest.fixture\ndef tab(site): pass\n",
    "tests/browser/test_tab.py": "def test_it(tab):\n    pass\n",
}
SITE = {"tests/site/test_site.py", "tests/browser/test_tab.py"}


@pytest.fixture
def root(tmp_path):
    for path, text in PROJECT.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(root, *arguments):
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True)


def commit(root):
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "As it is")


def asked(root, base="HEAD"):
    files = reach.changed(root, base)
    return reach.reached(reach.Files(root, reach.listed(root, files)), files)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "trainingtips/losses.py",
            {"tests/test_losses.py", "tests/test_steps.py", "tests/test_figures.py",
             "tests/site/test_site.py"},
        ),
        ("trainingtips/steps.py", {"tests/test_steps.py", "tests/site/test_site.py"}),
        ("trainingtips/press/cli.py", {"tests/test_builds.py", *SITE}),
        ("trainingtips/press/fonts.py", {"tests/test_code.py", *SITE}),
        (
            "trainingtips/sums.py",
            {"trainingtips/sums.py", "tests/test_code.py", *SITE},
        ),
        ("figures/demo/a.py", {"tests/test_figures.py", "tests/site/test_site.py"}),
        ("results/demo/a.json", {"tests/test_figures.py", "tests/site/test_site.py"}),
        ("docs/a.md", {"tests/site/test_a.py", *SITE}),
        ("docs/b.md", SITE),
        ("tests/test_losses.py", {"tests/test_losses.py"}),
        ("tests/projects.py", {"tests/test_builds.py"}),
        ("tests/browser/conftest.py", {"tests/browser/test_tab.py"}),
    ],
)  # fmt: skip
def test_a_change_reaches_who_reads_it(root, path, expected):
    (root / path).write_text(PROJECT[path] + "\n")
    found = asked(root)
    assert set(found) == expected
    assert all(way[0] == path and way[-1] == test for test, way in found.items())


@pytest.mark.parametrize("path", ["Makefile", "data.bin", "new.kind", "setup.py"])
def test_what_could_concern_any_test_reaches_everything(root, path):
    (root / path).write_text("changed")
    assert asked(root) == {EVERYTHING: [path]}


def test_without_a_change_nothing_runs(root):
    assert asked(root) == {}
    assert reach.told({}) == ["no test reads what was changed"]


def test_a_file_that_is_gone_reaches_who_would_miss_it(root):
    (root / "trainingtips/steps.py").unlink()
    assert set(asked(root)) == {"tests/test_steps.py", "tests/site/test_site.py"}


def test_a_new_file_and_another_base(root):
    (root / "tests/test_new.py").write_text("")
    assert asked(root) == {"tests/test_new.py": ["tests/test_new.py"]}
    commit(root)
    assert asked(root) == {}
    assert set(asked(root, "HEAD~1")) == {"tests/test_new.py"}


def test_every_test_file_here_is_known_and_reads_what_it_imports():
    """The project itself: a rule that reads nothing, or everything, would be no rule."""
    with reach.keeping():
        files = reach.Files(reach.ROOT, reach.listed(reach.ROOT))
        assert files.reads
    tests = set(files.tests())
    assert {"tests/test_reach.py", "tests/attacks/test_kill.py"} <= tests
    found = reach.reached(files, ["trainingtips/taylor.py"])
    assert {"tests/test_figures.py", "tests/site/test_site.py"} <= set(found)
    assert len(found) < len(tests) / 2
    assert not {"tests/attacks/test_kill.py", "tests/press/building/test_build.py"} & set(found)
    found = reach.reached(files, ["trainingtips/press/building/run.py"])
    assert {"tests/attacks/test_kill.py", "tests/press/building/test_build.py"} <= set(found)
