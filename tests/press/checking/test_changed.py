"""Which results a branch changes, and what a pull request's summary says of each."""

import subprocess

import pytest

from tests.press.checking import test_repeat as elsewhere
from tests.projects import forge
from trainingtips.press.base.errors import UsageError
from trainingtips.press.checking import changed
from trainingtips.press.kept import results


def git(project, *arguments):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.hooksPath=no"]
    subprocess.run([*command, *arguments], cwd=project.root, check=True, capture_output=True)


@pytest.fixture
def history(built):
    """A project under git, all of it committed."""
    git(built, "init", "--quiet", "--initial-branch", "main")
    (built.root / ".gitignore").write_text("build/\n__pycache__/\n")
    git(built, "add", "--all")
    git(built, "commit", "--quiet", "--message", "first")
    return built


def found(project, base="HEAD"):
    return {each.name: (each.what, each.state) for each in changed.since(project.root, base)}


def test_nothing_has_changed(history):
    output = history.run("reproduce", "--base", "HEAD", "--summary", "told.md")
    assert "no result that could be computed again differs from HEAD" in output
    told = (history.root / "told.md").read_text()
    assert told == "### Results\n\nNo kept result differs from `HEAD`.\n"


def test_each_change_is_told_with_its_fields(history):
    forge(history.root, "demo/a", lambda content: content.update(seconds=1.0))
    forge(history.root, "demo/b", lambda content: content["result"].update(n=5))
    history.script("demo/c", "wave.ripple(np.arange(3.0))")
    history.build("demo/c")
    history.write("results/demo/stranger.json", "{}")
    history.write("results/table.json", "{}")
    assert found(history) == {
        "demo/a": ("seconds", ""),
        "demo/b": ("numbers", ""),
        "demo/c": ("new", ""),
        "demo/stranger": ("new", "gone"),
    }
    (history.root / "results/demo/a.json").unlink()
    assert found(history)["demo/a"] == ("all of it", "removed")


def test_a_settings_result_is_not_a_strangers(history):
    elsewhere.script(history)
    history.run("settings")
    assert found(history)["demo/rise@down"] == ("new", "setting")
    assert found(history)["demo/rise@steep"] == ("new", "setting")
    history.write("results/demo/rise@none.json", "{}")
    assert found(history)["demo/rise@none"] == ("new", "gone")


def test_just_those_are_computed_again_and_the_summary_says_how_it_came_out(history):
    forge(history.root, "demo/b", lambda content: content["result"].update(n=5))
    git(history, "commit", "--quiet", "--all", "--message", "forged, with all seals")
    history.script("demo/c", "wave.ripple(np.arange(4.0))")
    record = (history.root / "figures/demo/a.py").read_text()
    history.write("figures/demo/d.py", record.replace("ALT =", "HARDWARE = True\nALT ="))
    history.build("demo/c")
    history.build("--record")
    history.write("told.md", "before\n")
    options = ["--base", "HEAD^1", "--summary", "told.md"]
    output = history.run("reproduce", *options, status=1)
    assert "changed since HEAD^1: demo/b (numbers)" in output
    assert "demo/a" not in output, "what has not changed is not computed"
    told = (history.root / "told.md").read_text()
    assert told.startswith("before\n### Results that differ from `HEAD^1`\n")
    rows = [line for line in told.splitlines() if line.startswith("| `")]
    assert rows == [
        "| `demo/b` | numbers | **differs** (1 changed) |",
        "| `demo/c` | new | exact (equal) |",
        "| `demo/d` | new | **not repeated**: a record of a machine |",
    ]


def test_a_name_that_is_none_does_no_harm(history):
    history.write("results/demo/x|y`<b>.json", "{}")
    (change,) = changed.since(history.root, "HEAD")
    row = next(line for line in changed.summary([change], [], "HEAD").splitlines() if "x" in line)
    assert "x?y?<b>" in row and row.count("|") == 4 and row.count("`") == 2


@pytest.mark.parametrize("base", ["no-such-revision", "--output=stolen", "-x"])
def test_a_base_that_is_no_revision_is_told(history, base):
    with pytest.raises(UsageError, match="revision"):
        changed.since(history.root, base)
    assert not (history.root / "stolen").exists()


def test_outside_of_git_is_told(built):
    output = built.run("reproduce", "--base", "HEAD", status=2)
    assert "git cannot compare with that revision" in output


def elsewhere_kept(project, name, factor):
    """Its result as another maker's processor would have kept it, committed."""

    def change(content):
        content["environment"]["processor"] = "Another Maker's"
        values = content["result"]["y"]
        content["result"]["y"] = [float(f"{factor * each:.6g}") for each in values]

    forge(project.root, name, change)
    git(project, "commit", "--quiet", "--all", "--message", "elsewhere")


def test_numbers_of_another_processor_are_kept_where_mended_code_agrees(history):
    elsewhere_kept(history, "demo/a", 1.00001)
    then = results.kept(history.root, "demo/a")
    history.replace("lab/growth.py", "return double(x)", "return 1 * double(x)")
    history.build()
    assert results.kept(history.root, "demo/a").plain != then.plain
    output = history.run("confirm")
    assert "demo/a: the numbers of HEAD" in output
    now = results.kept(history.root, "demo/a")
    assert (now.plain, now.environment) == (then.plain, then.environment) and now.key != then.key
    assert history.computed(history.build()) == set()
    assert "no built result has other numbers" in history.run("confirm")


def test_numbers_that_differ_by_more_are_not_taken_back(history):
    elsewhere_kept(history, "demo/a", 1.01)
    history.replace("lab/growth.py", "return double(x)", "return 1 * double(x)")
    history.build()
    here = (history.root / "results/demo/a.json").read_bytes()
    output = history.run("confirm")
    assert "demo/a: differs" in output and "allowed" in output
    assert (history.root / "results/demo/a.json").read_bytes() == here


def test_numbers_of_this_processor_are_never_taken_back(history):
    """Here digits are the same, or the code is at fault."""
    history.replace("lab/growth.py", "return double(x)", "return 1.00001 * double(x)")
    history.build()
    assert "no built result has other numbers" in history.run("confirm")


def test_a_revision_that_is_none_is_told(history):
    output = history.run("confirm", "--base", "nonsense", status=2)
    assert "git cannot compare with that revision" in output
    assert "is no revision" in history.run("confirm", "--base=--output=stolen", status=2)
