"""What is published, and how: the workflow's promises, and one version in all places."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
USES = re.compile(r"uses: (?P<action>[\w./-]+)@(?P<pin>\S+)(?P<comment>.*)")


def read(path):
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request):
    return request.param


def steps(workflow):
    return [step for job in read(workflow)["jobs"].values() for step in job["steps"]]


def test_every_action_is_pinned_by_commit_and_says_its_version(workflow):
    text = workflow.read_text("utf-8")
    pins = {}
    for match in USES.finditer(text):
        assert re.fullmatch(r"[0-9a-f]{40}", match["pin"]), match[0]
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", match["comment"]), match[0]
        pins.setdefault(match["action"], set()).add((match["pin"], match["comment"]))
    assert len(USES.findall(text)) == sum("uses" in step for step in steps(workflow)) > 0
    assert all(len(found) == 1 for found in pins.values()), pins


def test_only_the_deployment_may_write(workflow):
    content = read(workflow)
    assert content["permissions"] == {"contents": "read"}
    for name, job in content["jobs"].items():
        given = job.get("permissions", {})
        writes = {what for what, how in given.items() if how == "write"}
        deploys = any("deploy-pages" in step.get("uses", "") for step in job["steps"])
        hands = name == "notebooks"
        allowed = {"pages", "id-token"} if deploys else {"contents"} if hands else set()
        assert writes == allowed, name
        if deploys:
            assert not any("run" in step for step in job["steps"]), "no code of ours with a token"
        if hands:  # no checkout: nothing of ours is there that could run
            assert not any("uses" in step for step in job["steps"])
            assert not re.search(r"python|make\b|npm|pip", job["steps"][0]["run"])
    checkouts = [s for s in steps(workflow) if s.get("uses", "").startswith("actions/checkout@")]
    assert checkouts and all(s["with"]["persist-credentials"] is False for s in checkouts)


def test_nothing_runs_for_ever_or_beside_itself(workflow):
    content = read(workflow)
    assert content["concurrency"]["group"]
    assert all(0 < job["timeout-minutes"] <= 90 for job in content["jobs"].values())


def test_what_is_run_are_targets_and_sections_that_exist(workflow):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    runs = "\n".join(step.get("run", "") for step in steps(workflow))
    runs = runs.replace("make notebooks LAB=--version", "make notebooks")  # installs, opens nothing
    runs = runs.replace(' BASE=HEAD^1 SUMMARY="$GITHUB_STEP_SUMMARY"', "")
    called = re.findall(r"^make(?: ([\w-]+))?(?: ONLY=(\w+))?$", runs, re.MULTILINE)
    assert len(called) == runs.count("make") > 0, runs
    assert {target for target, _ in called if target} <= targets
    assert {"lint", "test", "test-long", "reproduce", ""} <= {target for target, _ in called}
    for _, section in called:
        assert not section or (ROOT / "figures" / section).is_dir()
    # no expression in a shell command: what a branch is called must not be run
    assert "${{" not in runs


def test_what_is_seldom_used_is_tried_every_week():
    content = read(ROOT / ".github/workflows/site.yml")
    assert content[True]["schedule"]  # YAML takes `on` for a truth
    weekly = content["jobs"]["weekly"]
    assert "push" not in weekly["if"] and "schedule" in weekly["if"]
    runs = "\n".join(step.get("run", "") for step in weekly["steps"])
    tried = re.search(r"pytest (tests/\S+)$", runs, re.MULTILINE)
    assert "make properdocs" in runs.splitlines() and (ROOT / tried[1]).is_file()


def test_the_site_is_published_from_main_alone():
    jobs = read(ROOT / ".github/workflows/site.yml")["jobs"]
    assert "github.ref == 'refs/heads/main'" in jobs["build"]["if"]
    assert jobs["deploy"]["needs"] == "build" and jobs["build"]["needs"] == "test"
    assert not any("cache@" in step.get("uses", "") for step in jobs["build"]["steps"])


def test_the_notebooks_reach_a_branch_of_their_own(tmp_path):
    """What `build` packs, `notebooks` puts on the branch, and a second time in its place."""
    jobs = read(ROOT / ".github/workflows/site.yml")["jobs"]
    (pack,) = (step["run"] for step in jobs["build"]["steps"] if step.get("id") == "hosted")
    (put,) = (step["run"] for step in jobs["notebooks"]["steps"])
    assert jobs["build"]["outputs"]["notebooks"] == "${{ steps.hosted.outputs.packed }}"
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True)
    for revision, files in (("one", {"a.ipynb": "{}", "b.ipynb": "[]"}), ("two", {"a.ipynb": "1"})):
        here = tmp_path / revision
        (here / "build/hosted").mkdir(parents=True)
        for name, text in files.items():
            (here / "build/hosted" / name).write_text(text)
        env = {"PATH": os.environ["PATH"], "HOME": str(here), "GITHUB_OUTPUT": str(here / "told")}
        run = {"cwd": here, "check": True, "shell": True, "executable": "/bin/bash"}
        subprocess.run(pack, env=env, **run)
        packed = (here / "told").read_text().strip().removeprefix("packed=")
        given = {"NOTEBOOKS": packed, "REMOTE": str(remote), "REVISION": revision, "TOKEN": "no"}
        subprocess.run(put, env=env | given, **run)
        git = ["git", "-C", remote]
        shown = [*git, "ls-tree", "--name-only", "notebooks"]
        assert subprocess.check_output(shown, text=True).split() == sorted(files)
        last = subprocess.check_output([*git, "log", "--format=%s", "notebooks"], text=True)
        assert last == f"Notebooks of {revision}\n", "one commit, no history to keep"
        found = subprocess.check_output([*git, "show", "notebooks:a.ipynb"], text=True)
        assert found == files["a.ipynb"]


def test_one_version_in_all_places():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    citation = read(ROOT / "CITATION.cff")
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heads = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", changes, re.MULTILINE)
    assert heads[0] == ("Unreleased", "")
    version, date = heads[1]
    assert version == project["version"] == citation["version"]
    assert date == str(citation["date-released"])
    assert citation["license"] == project["license"]
    dates = [each for _, each in heads[1:]]
    assert dates == sorted(dates, reverse=True) and len(set(heads)) == len(heads)


def test_the_citation_has_what_its_format_asks_for():
    citation = read(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "type"} <= citation.keys()
    assert all({"name"} <= a.keys() or {"family-names"} <= a.keys() for a in citation["authors"])
