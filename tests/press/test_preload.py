"""What the builder imports before it forks: the scripts' libraries, and nothing of theirs runs."""

from trainingtips.press import keys


def test_libraries_are_found_through_the_project(project):
    project.replace("lab/tools.py", "def double", "from scipy import stats\n\n\ndef double")
    project.replace("lab/wave.py", "def ripple", "import json.decoder as d\n\n\ndef ripple")
    found = keys.Project(project.root).imported("figures.demo.a")
    assert {("numpy", ""), ("scipy", "stats"), ("json.decoder", "")} <= found
    assert not any(name.startswith("lab") for name, _ in found)


def test_a_library_that_is_not_there_is_told_by_its_script_alone(built):
    built.replace("figures/demo/b.py", "import numpy", "import nowhere\nimport numpy")
    built.replace("figures/demo/a.py", '"blue"', '"red"')
    built.replace("figures/demo/b.py", '"blue"', '"green"')
    output = built.build(status=1)
    assert "No module named 'nowhere'" in output
    assert "✓ demo/a" in output


def test_pictures_do_not_depend_on_what_else_is_drawn(built):
    together = built.hashes()
    for path in (built.root / "build/figures").rglob("*.svg"):
        path.unlink()
    built.build("demo/b", "--jobs", "1")
    built.build("demo/a", "--jobs", "2")
    assert built.hashes() == together
