"""Names, links, files and texts of someone who means harm: refused, or shown as plain text."""

import contextlib
import json
import os
import pickle
import zipfile

import numpy as np
import pytest
import torch

from tests.projects import SITE, Project
from trainingtips import data, ensemble
from trainingtips.press.base.errors import UsageError, UserError
from trainingtips.press.content import numbers
from trainingtips.press.kept import given, results, scripts
from trainingtips.press.pages import notebooks
from trainingtips.statistics import Measured

NAMES = {
    "up": "../evil",
    "up_twice": "demo/../../evil",
    "absolute": "/etc/passwd",
    "home": "~/evil",
    "long": "demo/" + "a" * 5000,
    "newline": "demo/a\n",
    "escape": "demo/\x1b[2Ja",
    "homoglyph": "demo/\N{CYRILLIC SMALL LETTER A}",
    "fullwidth": "demo／a",
    "right_to_left": "demo/\u202ea",
    "dot": "demo/.a",
    "empty": "",
    "backslash": "demo\\a",
    "option": "demo/a;reboot",
}


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """One built project for the tests that must not change it."""
    project = Project(tmp_path_factory.mktemp("one") / "root")
    project.build()
    return project


@pytest.mark.parametrize("kind", NAMES)
def test_a_hostile_name_is_refused_everywhere(one, kind, monkeypatch):
    """At the command line, where a name is no script's, for a new script, and on a page."""
    monkeypatch.chdir(one.root)
    from click.testing import CliRunner

    from trainingtips.press.cli import main

    before = {path for path in one.root.parent.rglob("*") if "__pycache__" not in path.parts}
    name = NAMES[kind]
    commands = (["new", "--", name], ["show", "--", name], ["figures", "--", name])
    for command in (*commands, ["reproduce", f"--only={name}"]):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 2, done.output
        assert done.output.count("\n") <= 2 and len(done.output) < 400
        assert "\x1b" not in done.output and "\u202e" not in done.output
        assert done.output.startswith("error: ")
    with pytest.raises(UserError):
        numbers.number(one.root, name, "n")
    assert not scripts.is_name(name)
    assert before == {p for p in one.root.parent.rglob("*") if "__pycache__" not in p.parts}


@pytest.mark.parametrize("name", ["demo/a\0b", "\0", "x/\0"])
def test_a_nul_cannot_reach_the_file_system(one, name):
    with pytest.raises(UserError, match="no figure"):
        numbers.number(one.root, name, "n")
    with pytest.raises(UserError, match="no such result"):
        results.read(one.root / f"results/{name}.json")
    with pytest.raises(UserError, match="is not a figure's name"):
        from trainingtips.press.kept.new import write

        write(one.root, name)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("../secret", "leads out"),
        ("/etc/passwd", "leads out"),
        ("data/../../secret", "leads out"),
        ("~/secret", "leads out"),
        ("a\\\\b", "leads out"),
        ("data/\\x00", "cannot be seen"),
        ("data/\\n", "cannot be seen"),
        ("data/\\u202e", "cannot be seen"),
        ("d" * 300, "too long"),
        ("", "empty"),
    ],
)
def test_inputs_stay_within_the_project(project, path, words):
    project.replace("figures/demo/a.py", "ALT =", f'INPUTS = ["{path}"]\nALT =')
    with pytest.raises(UserError, match=words):
        scripts.read_script(project.root, "demo/a")
    if path == "../secret":
        output = project.build(status=1)
        assert words in output and project.computed(output) == {"demo/b"}


# Links


LINKS = {
    "input": ("data/x", "INPUTS names 'data/x', a link"),
    "script": ("figures/demo/c.py", "figures/demo/c.py: a link"),
    "result": ("results/demo/a.json", "results/demo/a.json: a link"),
    "results": ("results/demo", "results/demo/a.json: a link"),
    "pictures": ("build/figures/demo", "build/figures/demo: a link"),
}


@pytest.mark.parametrize("kind", LINKS)
def test_a_link_out_of_the_project_is_neither_read_nor_written(built, tmp_path_factory, kind):
    path, words = LINKS[kind]
    outside = tmp_path_factory.mktemp("outside")
    link = built.root / path
    link.parent.mkdir(parents=True, exist_ok=True)
    if kind in ("results", "pictures"):
        os.rename(link, outside / "demo")
        (outside / "demo/mine.txt").write_text("mine")
        link.symlink_to(outside / "demo")
    else:
        source = link if link.exists() else built.root / "figures/demo/a.py"
        (outside / "secret").write_bytes(source.read_bytes())
        link.unlink(missing_ok=True)
        link.symlink_to(outside / "secret")
    if kind == "input":
        built.replace("figures/demo/a.py", "ALT =", 'INPUTS = ["data/x"]\nALT =')
    built.replace("lab/tools.py", "2 * x", "3 * x")
    before = {p: p.read_bytes() for p in outside.rglob("*") if p.is_file()}
    assert words in built.build(status=1)
    assert {p: p.read_bytes() for p in outside.rglob("*") if p.is_file()} == before
    if kind in ("result", "results"):
        with pytest.raises(UserError, match="leads out"):
            numbers.number(built.root, "demo/a", "n")
        assert "leads out" in built.run("reproduce", status=1)


def test_a_link_within_the_project_is_followed(built):
    (built.root / "figures/demo/c.py").symlink_to("a.py")
    assert built.computed(built.build()) == {"demo/c"}


def test_build_may_be_a_link_to_another_disk(project, tmp_path_factory):
    (project.root / "build").symlink_to(tmp_path_factory.mktemp("disk"))
    assert project.computed(project.build()) == {"demo/a", "demo/b"}
    assert project.build() == "every figure is fresh\n"


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "loop"])
def test_what_is_no_file_is_no_result(built, kind):
    path = built.root / "results/demo/a.json"
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if kind == "device" else path)
    with pytest.raises(UserError):
        results.read(path)
    output = built.build(status=1)
    assert "demo/a" in output and "Traceback" not in output


# Files that would run something


class Bomb:
    """Writes a file where it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (os.mkdir, (str(self.mark),))


@pytest.fixture
def mark(tmp_path):
    yield tmp_path / "exploded"
    assert not (tmp_path / "exploded").exists(), "the file was executed"


def bombs(folder, mark):
    """(name, bytes) of data files that execute something where pickles are allowed."""
    objects = np.array([Bomb(mark)], dtype=object)
    np.savez(folder / "objects.npz", x=objects, y=np.arange(1))
    (folder / "pickle.npz").write_bytes(pickle.dumps(Bomb(mark)))
    torch.save({"x": Bomb(mark)}, folder / "torch.npz")
    with zipfile.ZipFile(folder / "member.npz", "w") as archive:
        archive.writestr("x.npy", pickle.dumps(Bomb(mark)))
        archive.writestr("y.npy", pickle.dumps(Bomb(mark)))
    return [folder / f"{name}.npz" for name in ("objects", "pickle", "torch", "member")]


def test_no_data_file_is_executed(tmp_path, mark):
    for path in bombs(tmp_path, mark):
        with pytest.raises(UsageError, match=path.name):
            given.check(str(path))
        with pytest.raises((ValueError, AttributeError)):
            data.load(str(path))


def test_no_checkpoint_is_executed(tmp_path, mark):
    x, y = torch.zeros(4, 2), torch.zeros(4, dtype=torch.long)
    bomb = Bomb(mark)
    for content in (lambda f: torch.save({"arguments": bomb}, f), lambda f: pickle.dump(bomb, f)):
        with open(tmp_path / "checkpoint", "wb") as file:
            content(file)
        nets = ensemble.Ensemble(lambda: torch.nn.Linear(2, 2), seeds=[0])
        with pytest.raises(ValueError, match="no checkpoint"):
            nets.train(
                x, y, lambda p: torch.optim.SGD(p, 0.1), 4, 1, checkpoint=tmp_path / "checkpoint"
            )


def test_a_sound_data_file_passes(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros((3, 2), "f4"), y=np.arange(3))
    given.check(str(tmp_path / "a.npz"))
    given.check("digits")


def enormous(path):
    """A few hundred bytes that promise eight terabytes."""
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**6)}
    with zipfile.ZipFile(path, "w") as archive, archive.open("x.npy", "w") as file:
        np.lib.format.write_array_header_1_0(file, header)


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("gone.npz", None, "No such file"),
        ("empty.npz", lambda path: path.write_bytes(b""), "not a zip file"),
        ("enormous.npz", enormous, "is said to be"),
        ("folder.npz", lambda path: path.mkdir(), "not a file"),
        ("pipe.npz", os.mkfifo, "not a file"),
        ("passwd", lambda path: path.write_text("root"), "--data is one of digits"),
        ("long.npz" * 400, None, "too long"),
        ("a\0.npz", None, "null"),
    ],
)
def test_a_hostile_data_file_gets_one_line(tmp_path, name, make, words):
    path = tmp_path / name
    if make:
        make(path)
    with pytest.raises(UsageError, match=words) as told:
        given.check(str(path))
    assert "\n" not in str(told.value) and len(str(told.value)) < 400


def test_a_data_file_cut_off_or_changed_anywhere_is_read_or_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros((3, 2), "f4"), y=np.arange(3))
    whole = path.read_bytes()
    damaged = [whole[:length] for length in range(0, len(whole), 3)]
    damaged += [whole[:i] + bytes([whole[i] ^ 255]) + whole[i + 1 :] for i in range(len(whole))]
    for content in damaged:
        path.write_bytes(content)
        with contextlib.suppress(UsageError):
            given.check(str(path))


def test_show_with_hostile_data_says_so(built):
    built.replace("figures/demo/a.py", "def compute():", 'def compute(*, data="digits"):')
    for value in ("/etc/passwd", "../x", "x" * 300):
        output = built.run("show", "demo/a", "--data", value, status=2)
        assert "--data is one of" in output and "Traceback" not in output


# Texts on a page

TEXT = (
    "<script>alert(1)</script> \"q\" 'a' [l](javascript:alert(2)) `c` *e*{: onclick=alert(3) } "
    "{{ 7 * 7 }} {% raw %} $x^2$ ![](figures/demo/a.svg) [^1] &lt;b&gt; "
    "<img src=x onerror=alert(4)>"
)
CLAIM = (
    "<script>alert(1)</script> 'a' `c<d>` *e*{: onclick=alert(3) } {{ 7 * 7 }} $a <b$ [^1] "
    "&lt;b&gt; <img src=x onerror=alert(4)>"
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The HTML of a page whose figure's every text is TEXT."""
    from tests.site import parse

    project = Project(tmp_path_factory.mktemp("pages"))
    (project.root / "figures/demo/b.py").unlink()
    text = (project.root / "figures/demo/a.py").read_text()
    claim = f"{CLAIM}."
    text = text.replace('"""It grows."""', f'"""{claim}\n\n{claim}\n\n{claim}\n"""')
    text = text.replace('"A rising line."', repr(TEXT))
    text = text.replace('"n": 4', f'"n": 4, "s": {TEXT!r}, {TEXT!r}: 3')
    text = text.replace("color=COLOUR)", 'color=COLOUR, label="<script>alert(5)</script>")')
    project.write("figures/demo/a.py", text)
    project.write("mkdocs.yml", SITE)
    page = '# Page\n\n![](figures/demo/a.svg)\n\nThe text {{ number("demo/a", "s") }} stands.\n'
    project.write("docs/index.md", page)
    project.site()
    page = project.root / "site/index.html"
    return project.root, parse(page.read_text("utf-8"))


def test_no_text_becomes_a_script_or_an_attribute(pages):
    _, page = pages
    figure = page.one("figure", word="claim")
    assert not figure.all("script")
    for node in page.walk():
        assert not any(name.startswith("on") for name in node.attributes), node.attributes
        assert "javascript:" not in node["href"] + node["src"]
        if node.tag == "script":
            assert "alert(" not in node.text()
    assert len(page.all("figure", word="claim")) == 1, "no figure line came from a text"
    assert {node["src"] for node in figure.all("img")} == {
        "figures/demo/a.light.svg",
        "figures/demo/a.dark.svg",
    }


def test_a_string_of_a_result_and_alt_are_shown_as_they_are(pages):
    _, page = pages
    assert page.one("span", word="measured").text() == TEXT
    assert {node["alt"] for node in page.one("figure", word="claim").all("img")} == {TEXT}


def test_claim_and_notes_keep_their_tags_as_text_and_their_mathematics(pages):
    _, page = pages
    for tag, word in (("div", "sentence"), ("div", "notes"), ("details", "how")):
        shown = page.one(tag, word=word)
        text = shown.text()
        for part in ("<script>alert(1)</script>", "<img src=x onerror=alert(4)>", "&lt;b&gt;"):
            assert part in text
        assert "{{ 7 * 7 }}" in text
        assert [node.text() for node in shown.all("code")] == ["c<d>"]
        assert [node.text() for node in shown.all("annotation")] == ["a <b"]


@pytest.mark.parametrize(
    "link", ["[a](javascript:b())", "[a]\n\n[a]: JavaScript:b()", "![](data:text/html,b)"]
)
def test_a_link_that_runs_a_script_is_refused(link):
    from trainingtips.press.base import escape

    with pytest.raises(UserError, match="runs a script"):
        escape.without_html(link)


def test_the_search_index_and_the_pictures_hold_no_script(pages):
    import xml.etree.ElementTree as tree

    root, _ = pages
    index = json.loads((root / "site/search/search_index.json").read_text())
    assert all("<script" not in json.dumps(doc) for doc in index["docs"])
    drawn = list((root / "site/figures/demo").glob("*.svg"))
    assert len(drawn) == 4
    for path in drawn:
        tags = {node.tag.rpartition("}")[2] for node in tree.parse(path).iter()}
        assert not tags & {"script", "foreignObject", "image"}


def test_a_notebooks_picture_escapes_its_words():
    from tests.site import parse

    shown = {
        "alt": TEXT,
        "pictures": {
            f"{layout}{theme}.svg": ("<svg/>", 1, 1)
            for layout in ("", "narrow.")
            for theme in ("light", "dark")
        },
    }
    page = parse(notebooks._markup(shown, 1))
    assert {node["alt"] for node in page.all("img")} == {TEXT}
    assert len(page.all("img")) == 2 and not page.all("script")


@pytest.mark.parametrize("text", [TEXT, "a\nb", "\N{RIGHT-TO-LEFT OVERRIDE}x", "\x02x\x03"])
def test_a_number_with_a_filter_escapes_too(text):
    from tests.site import parse

    number = numbers.Number(Measured(1.0, 0.5, 2.0, 3), text)
    page = parse(str(numbers.unit(number, text)))
    (node,) = page.all("data")
    assert set(node.attributes) == {"class", "value", "title"} and len(page.children) == 1
    assert not set("\n\x02\x03\N{RIGHT-TO-LEFT OVERRIDE}") & set(node.text() + node["title"])
