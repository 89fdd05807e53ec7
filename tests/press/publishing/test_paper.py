"""`make pdf` on a site of three pages, printed by Chromium and read back by another program."""

import re
import shutil

import pytest

from tests.projects import ROOT
from trainingtips.press.base.errors import UserError
from trainingtips.press.publishing import paper

A4 = (595, 842)  # points
needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(not any(map(shutil.which, paper.BROWSERS)), reason="needs Chromium"),
]

PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="60">'
    '<text x="10" y="40" font-size="20">{}</text></svg>'
)
PAGE = """<!doctype html><html><head><title>x</title>
<meta name="description" content="Said &amp; done."><meta property="og:site_name" content="Small">
<link rel="stylesheet" href="{up}assets/print.css"></head><body>
<nav class="md-nav md-nav--primary"><a href=".">Home</a><a href="z.html">Last by name</a>
<a href="z.html#same-page">its contents</a><a href="notebooks/b.html">Notebook</a></nav>
<article><h1 id="top">{title}<a class="headerlink" href="#top">¶</a></h1>{text}</article>
</body></html>"""
TEXTS = {
    "index.html": (
        "Home of all",
        '<p>Read <a href="z.html#detail">the detail</a>, '
        '<a href="notebooks/b.html">the notebook</a> and '
        '<a href="https://example.org/a">elsewhere</a>; the <a href="script.py">script</a>.</p>'
        '<img class="only-light" src="light.svg" loading="lazy" alt="Light.">'
        '<img class="only-dark" src="dark.svg" loading="lazy" alt="Dark.">',
    ),
    "z.html": (
        "Second in order",
        "<p>One.</p>" * 60 + '<h2 id="detail">The detail itself</h2>'
        "<details><summary>Solution</summary><p>Forty-two.</p></details>",
    ),
    "notebooks/b.html": (
        "Third, from a folder",
        '<p>Back to <a href="../z.html#detail">the detail</a>.</p>'
        '<img src="../light.svg" loading="lazy" alt="Again.">'
        '<figure><p class="control">Drag it.</p><link rel="stylesheet" href="lab.css"></figure>',
    ),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("paper")
    (root / "site/notebooks").mkdir(parents=True)
    (root / "site/assets").mkdir()
    style = (ROOT / "docs/assets/stylesheets/print.css").read_text("utf-8")
    # letters reach over their line, as those of the site's headings do
    (root / "site/assets/print.css").write_text(
        style + "h1 { margin-top: 0; line-height: 1 }", "utf-8"
    )
    for name, (title, text) in TEXTS.items():
        page = PAGE.format(title=title, text=text, up="../" if "/" in name else "")
        (root / "site" / name).write_text(page, "utf-8")
    (root / "site/light.svg").write_text(PICTURE.format("daylight"))
    (root / "site/dark.svg").write_text(PICTURE.format("midnight"))
    (root / "site/script.py").write_text("")
    (root / "site/notebooks/lab.css").write_text("@media print { .control { display: none } }")
    return root


@pytest.fixture(scope="module")
def pdf(project):
    pypdf = pytest.importorskip("pypdf")
    return pypdf.PdfReader(paper.write(project))


@pytest.fixture(scope="module")
def sheets(pdf):
    return [sheet.extract_text() for sheet in pdf.pages]


def first(sheets, words):
    """The first sheet with these words after the cover and the contents."""
    return next(i for i, text in enumerate(sheets) if i > 1 and words in text)


def bookmarks(pdf, entries=None):
    """(title, sheet) of all bookmarks, in order."""
    for entry in pdf.outline if entries is None else entries:
        if isinstance(entry, list):
            yield from bookmarks(pdf, entry)
        else:
            yield entry.title, pdf.get_destination_page_number(entry)


def links(pdf):
    """Of each link: (sheet that it is on, address or sheet that it leads to)."""
    for number, sheet in enumerate(pdf.pages):
        for each in sheet.get("/Annots", []):
            link = each.get_object()
            if "/A" in link:
                yield number, link["/A"]["/URI"]
            else:
                found = pdf.named_destinations[link["/Dest"]]
                yield number, pdf.get_destination_page_number(found)


class TestPrinted:
    pytestmark = needs_chromium

    def test_the_pages_come_in_the_navigations_order_on_a4(self, pdf, sheets):
        assert "Small" in sheets[0] and "Said & done." in sheets[0]
        titles = [title for title, _ in TEXTS.values()]
        assert re.findall(r"^\d\. (.*)$", sheets[1], re.MULTILINE) == titles
        starts = [first(sheets, title) for title in titles]
        assert starts == sorted(set(starts))
        assert all(sheets[i].lstrip().startswith(t) for i, t in zip(starts, titles, strict=True))
        assert {tuple(map(round, s.mediabox[2:])) for s in pdf.pages} == {A4}

    def test_it_is_tagged_and_says_its_language(self, pdf):
        root = pdf.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
        assert pdf.metadata.title == "Small"
        roles, todo = set(), [root["/StructTreeRoot"]]
        while todo:
            node = todo.pop().get_object()
            if isinstance(node, dict):
                roles.add(node.get("/S"))
                inner = node.get("/K", [])
                todo += inner if isinstance(inner, list) else [inner]
                roles.add(node.get("/A", {}).get("/Alt") if node.get("/S") == "/Figure" else None)
                roles.add(node.get("/Alt"))
        assert {"/H1", "/H2", "/P", "/Link", "/Figure", "Light."} <= roles
        assert "Dark." not in roles

    def test_a_bookmark_leads_to_each_heading(self, pdf, sheets):
        found = dict(bookmarks(pdf))
        expected = [title for title, _ in TEXTS.values()] + ["The detail itself"]
        assert list(found) == ["Small", "Contents", *expected[:2], expected[3], expected[2]]
        assert all(found[title] == first(sheets, title) for title in expected)

    def test_links_between_pages_become_links_within(self, pdf, sheets):
        detail, notebook = first(sheets, "The detail itself"), first(sheets, "Third, from a folder")
        home = first(sheets, "Home of all")
        found = list(links(pdf))
        assert [to for sheet, to in found if sheet == 1] == [home, home + 1, notebook]
        assert [to for sheet, to in found if sheet == home] == [
            detail, notebook, "https://example.org/a",
        ]  # fmt: skip
        assert [to for sheet, to in found if sheet == notebook] == [detail]

    def test_solutions_are_open_and_pictures_are_the_light_ones(self, sheets):
        whole = "\n".join(sheets)
        assert "Forty-two." in whole
        assert whole.count("daylight") == 2 and "midnight" not in whole
        assert "¶" not in whole
        assert "(https://example.org/a)" in whole

    def test_a_style_sheet_within_a_page_counts_too(self, sheets):
        assert "Drag it." not in "\n".join(sheets)


def test_without_a_site_it_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match="build it first, with make"):
        paper.write(tmp_path)


def test_without_a_browser_it_says_what_is_missing(project, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="apt install chromium"):
        paper.write(project)
