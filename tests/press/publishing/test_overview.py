"""The README's picture says what its script and its kept result say today."""

import ast
import html
import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tests.projects import ROOT
from trainingtips.press.kept import results
from trainingtips.press.publishing import overview

NUMBER = re.compile(r"-?\d+\.\d+")
THEMES = ("light", "dark")


@pytest.fixture(scope="module", autouse=True)
def built():
    # not in this process, where numpy may have been imported with other settings
    command = [sys.executable, "-m", "trainingtips", "figures", overview.FIGURE]
    subprocess.run(command, cwd=ROOT, check=True)


@pytest.fixture
def copy(tmp_path):
    """Of the one figure, its result and its pictures."""
    name = overview.FIGURE
    for pattern in (f"figures/{name}.py", f"results/{name}.json", f"build/figures/{name}.*"):
        for path in ROOT.glob(pattern):
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return tmp_path


def kept(theme):
    return (ROOT / f".github/overview.{theme}.svg").read_text("utf-8")


def said(svg):
    """Every text of a picture; matplotlib writes it as outlines, with the words in a comment."""
    return [html.unescape(each) for each in re.findall(r"<!-- (.*?) -->", svg)]


def assert_same(svg, other):
    """The same picture, but for the last digits that another machine's arithmetic may change."""
    assert said(svg) == said(other), "draw the README's picture anew: make overview"
    assert NUMBER.sub("", svg) == NUMBER.sub("", other), "draw it anew: make overview"
    pairs = zip(NUMBER.findall(svg), NUMBER.findall(other), strict=True)
    assert all(abs(float(a) - float(b)) < 0.15 for a, b in pairs), "draw it anew: make overview"


@pytest.mark.parametrize("theme", THEMES)
def test_the_kept_picture_is_todays(theme):
    assert_same(kept(theme), overview.draw(ROOT, overview.FIGURE, theme).decode())


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("figures/{name}.py", "noise falls as", "noise rises as"),
        ("figures/{name}.py", "slope.low > -0.53", "slope.low > -0.63"),
        ("build/figures/{name}.narrow.light.svg", "batch size", "size of the batch"),
    ],
    ids=["claim", "code", "figure"],
)
def test_a_change_of_what_it_shows_is_seen(copy, path, old, new):
    file = copy / path.format(name=overview.FIGURE)
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(AssertionError):
        assert_same(kept("light"), overview.draw(copy, overview.FIGURE, "light").decode())


def test_another_number_is_seen(copy):
    file = copy / f"results/{overview.FIGURE}.json"
    kept_result = results.read(file)
    slope = kept_result.plain["slope_replacement"]
    for each in ("mean", "low", "high"):
        slope[each] -= 0.01
    file.write_text(kept_result.text(), "utf-8")
    with pytest.raises(AssertionError, match="make overview"):
        assert_same(kept("light"), overview.draw(copy, overview.FIGURE, "light").decode())


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_one_sound_svg_without_names_given_twice(theme):
    tree = ElementTree.fromstring(kept(theme))
    names = [node.get("id") for node in tree.iter() if node.get("id")]
    assert len(set(names)) == len(names) > 0
    links = {v[1:] for n in tree.iter() for k, v in n.attrib.items() if k.endswith("href")}
    links |= set(re.findall(r"url\(#(.*?)\)", kept(theme)))
    assert links <= set(names)
    assert not re.search(r"<script|<foreignObject|https?://(?!www\.w3|purl|creativecommons)",
                         kept(theme))  # fmt: skip


def test_the_readme_shows_it_in_both_themes_with_the_claim_in_words():
    readme = (ROOT / "README.md").read_text("utf-8")
    picture = re.search(r"<picture>.*?</picture>", readme, re.DOTALL)[0]
    source = re.search(r'<source media="(.*?)" srcset="(.*?)">', picture)
    assert source.groups() == ("(prefers-color-scheme: dark)", ".github/overview.dark.svg")
    image, alt = re.search(r'<img src="(.*?)" .*alt="(.*?)"', picture).groups()
    assert image == ".github/overview.light.svg"
    script = ast.parse((ROOT / f"figures/{overview.FIGURE}.py").read_text("utf-8"))
    assert ast.get_docstring(script).split("\n")[0] in alt
