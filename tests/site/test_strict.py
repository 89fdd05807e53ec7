"""A fault in a page stops the site: each is built for real, with the message that its author gets.

The copy has the project's own package, configuration and two of its figures, on two short pages.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTION = "critical_points"
FIGURES = (f"{SECTION}/two_weights", f"{SECTION}/taylor")
LINES = "\n\n".join(f"![](figures/{name}.svg)" for name in FIGURES)
SLOPE = f'number("{FIGURES[1]}", "slopes.first")'
NAV = "nav:\n  - Home: index.md\n  - Figures: figures.md\n"
INDEX = f"""---
description: A short page.
---

# Home

See [the figures](figures.md) and [the second of them](figures.md#the-second).

The slope is {{{{ {SLOPE} | interval(3) }}}}, where $x^2$ is expected. Published: 2.5 % [^source].

[^source]: A paper.
"""
PAGE = f"# Figures\n\n## The second\n\n{LINES}\n"


class Copy:
    """A small copy of the project, built through mkdocs' command line."""

    def __init__(self, root):
        self.root, self.before = root, {}
        leave = shutil.ignore_patterns("__pycache__")
        for folder in ("trainingtips", "docs/assets", "overrides", "build/cache"):
            shutil.copytree(ROOT / folder, root / folder, ignore=leave)
        for name in FIGURES:
            self.take(f"figures/{name}.py", f"results/{name}.json", f"build/figures/{name}.json")
            stem = name.partition("/")[2]
            pictures = (ROOT / f"build/figures/{SECTION}").glob(f"{stem}.*.svg")
            self.take(*(path.relative_to(ROOT).as_posix() for path in pictures))
        config = (ROOT / "mkdocs.yml").read_text("utf-8")
        self.write("mkdocs.yml", re.sub(r"^nav:\n(?:[ \t]+.*\n)+", NAV, config, flags=re.MULTILINE))
        self.write("docs/index.md", INDEX)
        self.write("docs/figures.md", PAGE)
        self.before.clear()

    def take(self, *paths):
        for path in paths:
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, self.root / path)

    def write(self, path, text):
        """Write a file; `restore` puts back what was there, or nothing."""
        file = self.root / path
        self.before.setdefault(path, file.read_text("utf-8") if file.exists() else None)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def replace(self, path, old, new):
        text = (self.root / path).read_text("utf-8")
        assert text.count(old) == 1, f"{path}: expected {old!r} once"
        self.write(path, text.replace(old, new))

    def add(self, text, path="docs/index.md"):
        self.write(path, (self.root / path).read_text("utf-8") + f"\n{text}\n")

    def restore(self):
        for path, text in self.before.items():
            if text is None:
                (self.root / path).unlink()
            else:
                (self.root / path).write_text(text, "utf-8")
        self.before.clear()

    def build(self):
        """(exit status, both streams) of a strict build."""
        env = os.environ | {"NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"}
        env.pop("PYTHONPATH", None)  # the copy's own package, not that of the tests
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", "site"]
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def refused(self, *words):
        """Assert that the build fails with these words, and with no traceback of ours."""
        status, output = self.build()
        assert status != 0, output
        assert "press/" not in output, output
        missing = [word for word in words if word not in output]
        assert not missing, f"expected {missing} in:\n{output}"
        return output

    def refused_once(self, text, *words):
        """`refused` with `text` at the end of the first page, and only there and then."""
        self.add(text)
        try:
            return self.refused(*words)
        finally:
            self.restore()


@pytest.fixture(scope="module")
def prepared(site, tmp_path_factory):
    """One copy for all tests. `site` sees to it that the pictures are there."""
    return Copy(tmp_path_factory.mktemp("copy"))


@pytest.fixture
def copy(prepared):
    yield prepared
    prepared.restore()


def test_without_a_fault_it_is_built(copy):
    status, output = copy.build()
    assert status == 0, output
    assert "WARNING" not in output and "computed" not in output
    page = (copy.root / "site/figures.html").read_text("utf-8")
    assert page.count('<figure class="claim"') == len(FIGURES)
    assert "measured" in (copy.root / "site/index.html").read_text("utf-8")


LINKS = {
    "[gone](gone.md)": "a link 'gone.md', but the target is not found",
    "[gone](figures.md#gone)": "a link 'figures.md#gone', but the doc",
    "[gone](#gone)": "a link '#gone', but there is no such anchor",
    "[absolute](/figures/)": "an absolute link '/figures/'",
    "[no such file](figures/critical_points/gone.py)": "a link 'figures/critical_points/gone.py'",
    "[not a page](figures)": "an unrecognized relative link 'figures'",
    "![](gone.png)": "a link 'gone.png'",
    "In a sentence: ![](figures/critical_points/taylor.svg)": f"a link 'figures/{FIGURES[1]}.svg'",
}
NUMBERS = {
    'number("critical_points/tailor", "loss")': f"tailor'; did you mean '{FIGURES[1]}'",
    f'number("{FIGURES[1]}", "los")': "no 'los'; did you mean 'loss'",
    f'number("{FIGURES[1]}", "slopes")': "is a dict: add a part",
    f'number("{FIGURES[1]}", "steps")': "add an index",
    f'number("{FIGURES[1]}", "steps.999")': "index 999 of",
    f'number("{FIGURES[1]}", "loss") | interval': "has no interval",
}


@pytest.fixture(scope="module")
def dead_links(prepared):
    """What a build says of a page with all of LINKS: mkdocs tells them together."""
    return prepared.refused_once("\n\n".join(LINKS), "strict mode")


@pytest.mark.parametrize("link", LINKS)
def test_a_dead_link_is_refused(dead_links, link):
    told = f"WARNING -  Doc file 'index.md' contains {LINKS[link]}"
    assert dead_links.count(told) == 1, dead_links


@pytest.fixture(scope="module")
def missing_numbers(prepared):
    """What a build says of a page with all of NUMBERS."""
    lines = "\n\n".join(f"{{{{ {number} }}}}" for number in NUMBERS)
    return prepared.refused_once(lines, "index.md: ")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_is_not_there_is_refused(missing_numbers, number):
    assert NUMBERS[number] in missing_numbers


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("![](figures/critical_points/two_weigths.svg)", ["two_weigths", f"mean '{FIGURES[0]}'"]),
        ("![](figures/critical_points/taylor.png)", ["taylor.png", "section/name.svg"]),
        ("![](/figures/critical_points/taylor.svg)", ["/figures", "section/name.svg"]),
        ("![A plot.](figures/critical_points/taylor.svg)", ["ALT", "'A plot.'", "empty"]),
        (f"{{{{ {SLOPE} | intervall }}}}", ["No filter named 'intervall'"]),
        ("{{ nowhere }}", ["'nowhere' is undefined"]),
        ("It reaches 0.97.", ["index.md:13: '0.97'", "number("]),
        ("It reaches 97 %.", ["index.md:13: '97 %'", "number("]),
        (r"A formula: $\frac{1$.", [r"formula '\\frac{1'", "KaTeX parse error"]),
        (r"A formula: $\nosuch$.", [r"formula '\\nosuch'", "Undefined control sequence"]),
        ("$$\nx^2^3\n$$", ["formula 'x^2^3'", "Double superscript"]),
        (f"So $x = {{{{ {SLOPE} }}}}$.", ["taylor: slopes.first stands in a formula"]),
        ("::: trainingtips.nowhere", ["trainingtips.nowhere could not be found"]),
    ],
)
def test_a_faulty_line_is_refused(copy, line, words):
    copy.add(line)
    copy.refused("index.md", *words)


def test_a_figure_that_no_page_shows_is_refused(copy):
    line = f"![](figures/{FIGURES[1]}.svg)"
    copy.replace("docs/figures.md", line, "")
    assert FIGURES[0] not in copy.refused("no page shows", line)


def test_a_result_that_breaks_the_claim_is_refused(copy):
    copy.replace(f"results/{FIGURES[0]}.json", '"elsewhere": 0', '"elsewhere": 3')
    copy.refused(FIGURES[0], "measured 3")


def test_a_claim_that_fails_is_refused(copy):
    script = f"figures/{FIGURES[0]}.py"
    copy.replace(script, "assert elsewhere == 0", "assert elsewhere == 7")
    copy.refused(script, "measured 0")


def test_a_page_that_the_navigation_leaves_out_is_refused(copy):
    copy.write("docs/hidden.md", "# Hidden\n")
    copy.refused("hidden.md", "not included in the")


def test_a_page_that_the_navigation_invents_is_refused(copy):
    copy.replace("mkdocs.yml", NAV, f"{NAV}  - Gone: gone.md\n")
    copy.refused("gone.md")


def test_what_was_restored_is_built_again(copy):
    status, output = copy.build()
    assert status == 0, output
