"""A lab's two files and its markup: what each control becomes, and what is refused."""

import html
import json
import re
from types import SimpleNamespace

import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.pages import labs
from trainingtips.press.pages.panels import Panel

CONTROLS = [
    labs.Range("rate", "step size", 0.01, 1, 0.05, 0.1, log=True, play=True),
    labs.Range("w", "weight", -2, 2, 0.25, -0.5),
    labs.Choice("kind", "kind", {"a": "first", "b": "second"}),
    labs.Hidden("seed", 3),
    labs.Button("again", "Again"),
]


def lab(**changes):
    given = {"controls": CONTROLS, "handles": [], "panels": [Panel("A panel.", (0, 1), (0, 1))]}
    given |= {"name": "demo", "title": "A lab", "caption": "Move it.", "given": {}} | changes
    return labs.Lab(**given)


def markup(**changes):
    return labs.markup(lab(**changes), lambda uri: f"../{uri}")


def test_the_state_has_each_controls_default_and_no_button():
    assert lab().state == {"rate": 0.1, "w": -0.5, "kind": "a", "seed": 3}


def test_a_range_moves_in_its_own_steps():
    text = markup()
    rate = re.search(r'<input type="range" id="demo-rate"[^>]*>', text)[0]
    assert 'min="-2" max="0" step="0.05" value="-1" data-log' in rate, "in powers of ten"
    weight = re.search(r'<input type="range" id="demo-w"[^>]*>', text)[0]
    assert 'min="-2" max="2" step="0.25" value="-0.5"' in weight and "data-log" not in weight
    shown = dict(re.findall(r'<output[^>]*data-of="(\w+)"[^>]*>([^<]*)<', text))
    assert shown == {"rate": "0.1", "w": "−0.50"}
    assert re.findall(r'data-play="(\w+)"', text) == ["rate"]


def test_each_control_has_a_label_of_its_own():
    text = markup()
    asked = re.findall(r'<label for="([\w-]+)">', text)
    assert asked == ["demo-rate", "demo-w", "demo-kind"]
    assert all(text.count(f'id="{each}"') == 1 for each in asked)
    assert '<option value="a" selected>first</option><option value="b">second</option>' in text
    assert 'name="seed" value="3" hidden' in text and 'data-press="again">Again<' in text


def test_what_is_given_comes_back():
    given = {"points": [[0, 1.5]], "words": "<b a=\"x\"> & 'y'"}
    text = markup(given=given)
    (data,) = re.findall(r'data-given="([^"]*)"', text)
    assert json.loads(html.unescape(data)) == given


def test_its_files_are_linked_from_where_the_page_is():
    text = markup()
    assert re.findall(r'(?:src|href)="([^"]*)"', text) == ["../labs/labs.css", "../labs/mount.js"]


@pytest.mark.parametrize(
    ("handles", "words"),
    [
        ([labs.Handle(0, 0.5, 0.5)], "needs ranges of CONTROLS and a panel"),
        ([labs.Handle(0, "kind", 0.5)], "needs ranges of CONTROLS and a panel"),
        ([labs.Handle(1, "w", 0.5)], "needs ranges of CONTROLS and a panel"),
        ([labs.Handle(-1, "w", 0.5)], "needs ranges of CONTROLS and a panel"),
        ([labs.Handle(0, "w", 0.5), labs.Handle(0, 0.5, "w")], "a panel has one handle at most"),
    ],
)
def test_a_handle_moves_a_range_of_a_panel(handles, words):
    with pytest.raises(UserError, match=f"^docs/labs/demo.py: .*{words}"):
        labs._check(lab(handles=handles), "docs/labs/demo.py")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_what_is_given_is_what_json_holds(value):
    with pytest.raises(UserError, match=r"given\(result\) returns what JSON does not hold"):
        labs._check(lab(given={"x": [value]}), "docs/labs/demo.py")


def test_a_panels_words_are_a_sentence():
    with pytest.raises(UserError, match="a panel's alt is a sentence; received 'A panel'"):
        labs._check(lab(panels=[Panel("A panel", (0, 1), (0, 1))]), "docs/labs/demo.py")


@pytest.mark.parametrize("ending", ["js", "py"])
def test_one_file_alone_is_no_lab(tmp_path, ending):
    (tmp_path / "labs").mkdir()
    (tmp_path / f"labs/demo.{ending}").touch()
    other = {"js": "py", "py": "js"}[ending]
    with pytest.raises(UserError, match=f"labs/demo.{ending} needs docs/labs/demo.{other} beside"):
        labs.find(tmp_path)


def test_shared_modules_are_no_labs(tmp_path):
    (tmp_path / "labs").mkdir()
    for name in labs.SHARED:
        (tmp_path / f"labs/{name}.js").touch()
    assert labs.find(tmp_path) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("![words](labs/demo.js)", r"a lab is written !\[\]\(labs/name\.js\)"),
        ("![](/labs/demo.js)", "a lab is written"),
        ("![](labs/demo.svg)", "a lab is written"),
        ("![](labs/dmo.js)", "no lab 'dmo'; did you mean 'demo'"),
        ("![](labs/zzz.js)", "no lab 'zzz'; there are demo"),
    ],
)
def test_a_line_that_is_not_a_labs_is_told(tmp_path, line, words):
    (tmp_path / "labs").mkdir()
    for ending in ("js", "py"):
        (tmp_path / f"labs/demo.{ending}").touch()
    page = SimpleNamespace(file=SimpleNamespace(src_uri="a.md"), url="a.html")
    labs.start(tmp_path)
    with pytest.raises(UserError, match=words):
        labs.render(line, page, tmp_path)
    with pytest.raises(UserError, match=r"no page shows these labs; .*\n  !\[\]\(labs/demo\.js\)"):
        labs.check(tmp_path)


KEPT = """from pathlib import Path

from trainingtips.press.pages.panels import Panel

TITLE, CAPTION, CONTROLS = "A lab", "Words.", []
{more}

def panels(result):
    return [Panel("A panel.", (0, 1), (0, 1))]
"""
SCRIPT = """export const run = () => ({});
export const draw = () => {};
export const say = () => "";
"""


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """shown() → whether the lab's Python file was run for the page; kept from build to build."""
    read, calls = labs.read, []
    monkeypatch.setattr(labs, "read", lambda *asked: calls.append(asked) or read(*asked))
    for path, text in (("labs/demo.js", SCRIPT), ("labs/demo.py", KEPT.format(more="")), ("a", "")):
        (tmp_path / "docs" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "docs" / path).write_text(text)
    page = SimpleNamespace(file=SimpleNamespace(src_uri="a.md"), url="a.html")
    markup = []

    def show(url="a.html"):
        calls.clear()
        page.url = url
        labs.start(tmp_path)
        markup.append(labs.render("![](labs/demo.js)", page, tmp_path / "docs"))
        labs.save()
        assert 'data-lab="demo"' in markup[-1]
        return bool(calls)

    yield show, markup
    labs._kept.clear()


def test_a_lab_is_kept_while_it_is_made_of_the_same(shown, tmp_path):
    show, markup = shown
    assert show() and not show() and markup[0] == markup[1]
    (tmp_path / "docs/b.md").write_text("# B\n")
    assert not show(), "a page is nothing to it"
    assert show("b/a.html") and "../labs/mount.js" in markup[-1]
    (tmp_path / "results/demo").mkdir(parents=True)
    (tmp_path / "results/demo/a.json").write_text("{}")
    assert show() and not show()
    (tmp_path / "docs/labs/demo.py").write_text(KEPT.format(more="TITLE = 'Another'"))
    assert show() and "Another" in markup[-1] and not show()
    (tmp_path / "docs/labs/demo.js").write_text(SCRIPT + "\n")
    assert show() and not show()


def test_a_lab_that_reads_another_file_is_made_each_time(shown, tmp_path):
    show, markup = shown
    other = tmp_path / "docs/words.txt"
    other.write_text("One")
    more = f"TITLE = Path({str(other)!r}).read_text()"
    (tmp_path / "docs/labs/demo.py").write_text(KEPT.format(more=more))
    assert show() and "One" in markup[-1]
    other.write_text("Two")
    assert show() and "Two" in markup[-1]


def test_a_lab_that_fails_is_told_each_time(shown, tmp_path):
    show, _ = shown
    (tmp_path / "docs/labs/demo.js").write_text(SCRIPT.replace("({})", "nowhere()"))
    for _ in range(2):
        with pytest.raises(UserError, match="'nowhere' is not defined"):
            show()
