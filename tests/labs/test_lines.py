"""A lab's line on a page, and what stops the build. The lab is the smallest that there can be."""

import pytest

from tests.site.test_strict import Copy
from trainingtips.press.base.errors import UserError
from trainingtips.press.pages import labs

from . import LABS, SHARED

LINE = "![](labs/slider.js)"
PAGE = """
from trainingtips.press.pages.labs import Handle, Range
from trainingtips.press.pages.panels import Panel

TITLE, CAPTION, CONTROLS = "A point", "Move it.", [Range("x", "x", 0, 1, 0.1, 0.5)]
HANDLES = [Handle(0, "x", 0.5)]


def panels(result):
    return [Panel("A line.", (0, 1), (0, 1))]
"""
SCRIPT = """
export const run = ({ x }) => ({ shown: { x } });
export function draw() {}
export const say = (result, { x }) => `x is ${x}.`;
"""


@pytest.fixture(scope="module")
def prepared(site, tmp_path_factory):
    """`site` sees to it that the pictures are there."""
    copy = Copy(tmp_path_factory.mktemp("labs"))
    for name in SHARED:
        copy.write(f"docs/labs/{name}", (LABS / name).read_text("utf-8"))
    copy.write("docs/labs/slider.js", SCRIPT)
    copy.write("docs/labs/slider.py", PAGE)
    copy.add(LINE)
    copy.before.clear()
    return copy


@pytest.fixture
def copy(prepared):
    yield prepared
    prepared.restore()


def test_a_lab_is_published_and_only_its_page_loads_it(copy):
    status, output = copy.build()
    assert status == 0, output
    page = (copy.root / "site/index.html").read_text("utf-8")
    assert page.count('data-lab="slider"') == page.count('src="labs/mount.js"') == 1
    assert "labs/mount.js" not in (copy.root / "site/figures.html").read_text("utf-8")
    published = {path.name for path in (copy.root / "site/labs").iterdir()}
    assert published == {*SHARED, "slider.js"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("![](labs/slidr.js)", ["no lab 'slidr'", "did you mean 'slider'?"]),
        (LINE, ["lab 'slider' is shown twice"]),
        ("![A lab.](labs/slider.js)", ["a lab is written ![](labs/name.js)"]),
        ("![](labs/slider.py)", ["a lab is written ![](labs/name.js)"]),
        ("![](labs/slider.svg)", ["a lab is written ![](labs/name.js)"]),
        ("![](labs/mount.js)", ["no lab 'mount'"]),
    ],
)
def test_a_faulty_line_is_refused(copy, text, words):
    copy.add(text)
    copy.refused("index.md", *words)


def test_a_lab_that_no_page_shows_is_refused(copy):
    copy.replace("docs/index.md", LINE, "")
    copy.refused("no page shows these labs", LINE)


@pytest.mark.parametrize(("there", "lacks"), [(".js", ".py"), (".py", ".js")])
def test_half_a_lab_is_refused(copy, there, lacks):
    copy.write(f"docs/labs/half{there}", "")
    copy.refused(f"docs/labs/half{there} needs docs/labs/half{lacks} beside it")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("A line.", "A line", "alt.*'A line'"),
        ('Handle(0, "x", 0.5)', 'Handle(0, "y", 0.5)', "needs ranges of CONTROLS"),
        ('Handle(0, "x", 0.5)', "Handle(0, 0.5, 0.5)", "needs ranges of CONTROLS"),
        ('Handle(0, "x", 0.5)', 'Handle(1, "x", 0.5)', "and a panel"),
        ('[Handle(0, "x", 0.5)]', '[Handle(0, "x", 0.5)] * 2', "one handle at most"),
    ],
)
def test_a_faulty_lab_is_refused(tmp_path, old, new, words):
    assert PAGE.count(old) == 1
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs/slider.py").write_text(PAGE.replace(old, new), "utf-8")
    with pytest.raises(UserError, match=f"docs/labs/slider.py.*{words}"):
        labs.read(tmp_path, "slider")
