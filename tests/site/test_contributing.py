"""The steps of docs/contributing.md, read off the page and followed in a copy of the project.

A `sh` block is run; a block with a title is written to the file that it names: whole, "at the end",
or "in nav"; "what make says" is what a build must stop with just there. The copy's own pages are
short, so that a build takes seconds. `make test` builds at the last `make` of the page alone, and
looks at what is there then; `make test-long` follows each.
"""

import json
import os
import re
import stat
import subprocess
import sys

import pytest
import yaml

from tests.copies import FIGURES, ROOT, Copy
from trainingtips.press.kept import new, scripts

from . import parse

PAGE = ROOT / "docs/contributing.md"
BLOCK = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.M | re.S
)
NAV = "nav:\n  - Home: index.md\n  - Figures: figures.md\n"
PAGES = {
    "batch.md": "# Batch\n",
    "glossary.md": "# Glossary\n",
    "references.md": "# References\n\n[@*]\n",
}
PAGES = {name: f"---\ndescription: {name}.\n---\n\n{text}" for name, text in PAGES.items()}


def blocks():
    found = [match.groupdict() for match in BLOCK.finditer(PAGE.read_text("utf-8"))]
    assert 2 * len(found) == PAGE.read_text("utf-8").count("```"), "a block that cannot be read"
    return found


class Follower(Copy):
    """A copy of the project with `make`, in which someone follows the page."""

    def __init__(self, root):
        super().__init__(root)
        self.take("Makefile", "requirements.lock", "pyproject.toml")
        self.take(*(f"{scripts.COUNTERS}/{name}.py" for name in FIGURES))  # they are asked for
        lines = "".join(f"  - {name.removesuffix('.md')}: {name}\n" for name in PAGES)
        self.replace("mkdocs.yml", NAV, NAV + lines)
        for name, text in PAGES.items():
            self.write(f"docs/{name}", text)
        python = self.root / ".venv/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
        (self.root / ".venv/ready").write_text(f"{self.root}\n")

    def shell(self, commands):
        """(exit status, both streams) of shell commands, the first failure ending them."""
        env = os.environ | {"NO_COLOR": "1", "PATH": f"{self.root}/.venv/bin:{os.environ['PATH']}"}
        env.pop("PYTHONPATH", None)
        done = subprocess.run(
            ["sh", "-ec", commands], cwd=self.root, env=env, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    def follow(self, language, title, text):
        """Do what one block of the page says."""
        if title == "what make says":
            status, output = self.shell("make")
            assert status != 0, "make passed, where the page says that it stops"
            assert "Traceback" not in output, output
            for line in text.splitlines():
                assert line in output, f"expected {line!r} in:\n{output}"
        elif title is None and language == "sh":
            status, output = self.shell(text)
            assert status == 0, f"{text}\n{output}"
        elif title is not None:
            self._put(*re.fullmatch(r"(\S+?)(?:, (at the end|in nav))?", title).groups(), text)

    def _put(self, path, where, text):
        file = self.root / path
        before = file.read_text("utf-8") if file.exists() else ""
        if where == "in nav":
            nav = re.search(r"^nav:\n(?:  .*\n)+", before, re.MULTILINE)
            text = before[: nav.end()] + text + before[nav.end() :]
        elif where == "at the end":
            text = f"{before}\n{text}"
        else:
            assert not before, f"{path} is there already"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def followed(site, tmp_path_factory):
    """The copy, after every block of the page in turn."""
    copy = Follower(tmp_path_factory.mktemp("contributor"))
    for block in blocks():
        copy.follow(**block)
    return copy


# the experiment in a plain loop: how many parts it asked for, and what came out
IN_TURN = """
import json
from figures.variance import _averages
from trainingtips import parallel

asked = []
with parallel.done_by(lambda do, items: [asked.append(each) or do(each) for each in items]):
    found = _averages.compute()
print(json.dumps([len(asked), {kind: list(each) for kind, each in found.items()}]))
"""


def page(copy, name):
    return parse((copy.root / f"site/{name}.html").read_text("utf-8"))


def figure(copy, name, section):
    (found,) = [f for f in page(copy, section).all("figure") if f["id"] == f"figure-{name}"]
    return found


@pytest.mark.long
def test_the_new_figure_is_on_its_page_with_its_number(followed):
    sentence = figure(followed, "batch-my_figure", "batch").one("div", word="sentence").text()
    assert "average of n coin flips" in sentence and "holds" in sentence
    number = page(followed, "batch").one("data", word="measured")
    assert float(number["value"]) == pytest.approx(0.5 / 4**3, rel=0.1)  # 1 / (2 √n), n = 4⁶


@pytest.mark.long
def test_the_counter_results_that_the_page_shows_are_those_that_new_writes(followed):
    shown = [each["text"] for each in blocks() if "far_too_close" in each["text"]]
    assert shown == [new.COUNTERS]
    assert (followed.root / scripts.COUNTERS / "batch/my_figure.py").read_text("utf-8") in shown


@pytest.mark.long
def test_the_new_section_has_its_page_and_claim(followed):
    sentence = figure(followed, "variance-mean", "variance").one("div", word="sentence").text()
    assert "divided by n" in sentence
    assert (followed.root / "results/variance/mean.json").is_file()
    links = [a["href"] for a in page(followed, "index").all("a")]
    assert "variance.html" in links


@pytest.mark.long
def test_a_long_experiment_was_done_in_its_parts(followed):
    sentence = figure(followed, "variance-settles", "variance").one("div", word="sentence").text()
    assert "never do" in sentence
    kept = json.loads((followed.root / "results/variance/_averages.json").read_bytes())["result"]
    status, output = followed.shell(f"python -c '{IN_TURN}'")
    assert status == 0, output
    number, found = json.loads(output)
    assert number == 6, "the parts that the page's script asks for"
    assert kept.keys() == found.keys()
    for kind in kept:
        assert kept[kind] == pytest.approx(found[kind], rel=1e-5)


@pytest.mark.long
def test_another_content_of_the_data_set_is_another_result(followed):
    assert "clouds" in figure(followed, "variance-clouds", "variance")["id"]
    name = "variance/clouds"
    fresh = re.compile(rf"^{name} +fresh", re.MULTILINE)
    assert fresh.search(followed.shell("python -m trainingtips list")[1])
    path = followed.root / "data/two_clouds.npz"
    before = path.read_bytes()
    followed.shell(
        "python -c \"import numpy as n; n.savez('data/two_clouds.npz', x=n.eye(2), y=[0, 1])\""
    )
    assert path.read_bytes() != before
    assert not fresh.search(followed.shell("python -m trainingtips list")[1])
    path.write_bytes(before)


@pytest.mark.long
def test_the_notebook_citation_and_term_are_there(followed):
    notebook = page(followed, "notebooks/variance")
    assert len(notebook.all("figure", word="shown")) == 1
    variance = page(followed, "variance")
    assert any(a["href"].endswith("#ref-student1908") for a in variance.all("a", word="citation"))
    assert "Biometrika" in page(followed, "references").text()
    assert any("#term-average" in a["href"] for a in variance.all("a"))


@pytest.mark.long
def test_the_scripts_of_the_page_pass_the_lint(followed):
    status, output = followed.shell("make lint")
    assert status == 0, output


def test_the_last_page_of_the_navigation_is_this_one():
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    nav = yaml.safe_load(config[config.index("\nnav:") : config.index("\nwatch:")])["nav"]
    assert nav[-1] == {"Contributing": PAGE.name}
    assert PAGE.relative_to(ROOT).as_posix() in (ROOT / "CONTRIBUTING.md").read_text("utf-8")
