"""The whole site by one command: made where it is stale, in place at once, or left as it was."""

import contextlib
import shutil
import subprocess

import pytest

from tests.projects import SITE, Project
from trainingtips.press.content import checkup
from trainingtips.press.pages import failures
from trainingtips.press.publishing import site as whole

PAGE = "docs/index.md"
FRONT = "---\ndescription: A page.\n---\n\n"


def contents(project, folder="site"):
    return {
        path.relative_to(project.root / folder).as_posix(): path.read_bytes()
        for path in (project.root / folder).rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="session")
def made_once(once):
    def make(folder):
        project = Project(folder)
        project.write("mkdocs.yml", SITE)
        lines = "\n\n".join(f"![](figures/demo/{name}.svg)" for name in "ab")
        project.write(PAGE, f"{FRONT}# Page\n\nOne word.\n\n{lines}\n")
        project.run("site")

    return once("small-site", make)


@pytest.fixture
def site(made_once, tmp_path):
    """A project with its site, for one test: a copy, which is as fresh."""
    shutil.copytree(made_once, tmp_path, dirs_exist_ok=True)
    return Project.at(tmp_path)


def test_what_is_fresh_is_not_made_again(site):
    before = {path: path.stat().st_mtime_ns for path in (site.root / "site").rglob("*")}
    assert "the site is fresh" in site.run("site")
    assert {p: p.stat().st_mtime_ns for p in (site.root / "site").rglob("*")} == before
    assert not (site.root / "build/site").exists()


@pytest.mark.parametrize(
    ("path", "old", "new", "shown"),
    [
        (PAGE, "One word", "Another word", b"Another word"),
        ("figures/demo/a.py", "A rising line.", "A line that rises.", b"A line that rises."),
        ("mkdocs.yml", "site_name: ", "site_name: renamed ", b"renamed"),
    ],
)
def test_a_change_is_published(site, path, old, new, shown):
    site.replace(path, old, new)
    assert "the site is fresh" not in site.run("site")
    assert shown in contents(site)["index.html"]
    assert "the site is fresh" in site.run("site")


@pytest.mark.parametrize("name", ["SITE_URL", "REPO_URL"])
def test_another_address_makes_it_anew(site, name):
    asked = f"site_name: Small\n{name.lower()}: !ENV [{name}, '']"  # as the project's own does
    site.replace("mkdocs.yml", "site_name: Small", asked)
    site.run("site")
    assert "the site is fresh" not in site.run("site", **{name: "https://example.org/a"})
    assert "the site is fresh" not in site.run("site", **{name: ""})


def test_all_that_the_configuration_asks_the_environment_for_counts(site):
    asked = "!ENV [NO_SUCH_NAME, OTHER_NAME, 'none']"
    site.replace("mkdocs.yml", "site_name: Small", f"site_name: {asked}\ncopyright: !ENV THE_YEAR")
    asked = {"OTHER_NAME": "Poppy", "THE_YEAR": "Poppy"}
    site.run("site", **asked)
    assert "the site is fresh" in site.run("site", **asked)
    for variable in ("THE_YEAR", "OTHER_NAME", "NO_SUCH_NAME"):  # the first that is set is the name
        asked[variable] = f"Sesame {variable}"
        assert "the site is fresh" not in site.run("site", **asked)
        assert f"Sesame {variable}".encode() in contents(site)["index.html"]


def test_the_code_that_the_configuration_names_counts(site):
    hook = "def on_page_content(html, page, config, files):\n    return html + '{}'\n"
    site.write("extra/hook.py", hook.format("Once."))
    site.replace("mkdocs.yml", "hooks: [", "hooks: [extra/hook.py, ")
    site.run("site")
    assert "the site is fresh" in site.run("site")
    site.write("extra/hook.py", hook.format("Twice."))
    assert "the site is fresh" not in site.run("site")
    assert (
        b"Twice." in contents(site)["index.html"] and b"Once." not in contents(site)["index.html"]
    )


def test_what_only_a_page_reads_makes_it_anew(site):
    modules = "[trainingtips.press.content.numbers, trainingtips.press.content.checkup]"
    site.replace("mkdocs.yml", "[trainingtips.press.content.numbers]", modules)
    site.replace(PAGE, "One word.", "{{ checkup_rival() }}")
    site.run("site")
    share = '{"what": "right cause first", "hits": 1, "of": 1, "low": 0.2, "high": 1}'
    site.write(checkup.RIVAL, f'{{"version": "0.7", "shares": [{share}], "cases": {{}}}}')
    assert "the site is fresh" not in site.run("site")
    assert b"torchmortem 0.7" in contents(site)["index.html"]
    assert {checkup.RIVAL, checkup.SCORE, failures.GALLERY} <= {*whole.SOURCES}


@pytest.mark.parametrize(
    "damage",
    [
        lambda root: (root / "index.html").write_bytes(b""),
        lambda root: (root / "index.html").unlink(),
        lambda root: (root / "left-over.html").write_text("of an older site"),
        lambda root: (root.parent / "build/site.json").write_text("{"),
        lambda root: (root.parent / "build/site.json").write_text('{"format": 0}'),
    ],
)
def test_a_damaged_site_heals(site, damage):
    before = contents(site)
    damage(site.root / "site")
    site.run("site")
    assert contents(site) == before


def test_a_site_that_fails_stays_as_it_was_and_is_told_again(site):
    before = contents(site)
    site.replace(PAGE, "One word", "[gone](gone.md)")
    for _ in range(2):
        output = site.run("site", status=1)
        assert "gone.md" in output and "site/ is as it was" in output
        assert contents(site) == before
    site.replace(PAGE, "[gone](gone.md)", "One word")
    site.run("site")
    assert contents(site) == before


def test_killed_at_any_moment_the_old_site_or_the_new_one_is_there(site):
    old = contents(site)
    site.replace(PAGE, "One word", "Another word")
    for moment in (0.3, 0.8, 1.3, 1.8):
        process = site.start("site")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
        found = contents(site)
        assert found == old or b"Another word" in found["index.html"]
    site.run("site")
    assert b"Another word" in contents(site)["index.html"]
    assert contents(site).keys() == old.keys()


def test_outside_a_project_it_says_so(project):
    assert "no mkdocs.yml" in project.run("site", status=1)
