"""A page on paper: light, whole, open, with the addresses of what it links to, on A4."""

import io
from pathlib import Path

import pytest

from .test_browser import address, browser, open_page, pytestmark  # noqa: F401 (fixtures)

ROOT = Path(__file__).parents[2]
SECTIONS = sorted(path.name for path in (ROOT / "figures").iterdir() if path.is_dir())
SECTIONS = [each for each in SECTIONS if (ROOT / f"docs/{each}.md").exists()]
PAGES = ["index", "claims", "api", "glossary", "contributing", "notebooks/batch", *SECTIONS]
SHEET = round((210 - 2 * 16) / 25.4 * 96)  # CSS pixels between the margins of A4
PAPER, INK = "rgb(255, 255, 255)", "rgb(32, 36, 44)"

# What reaches over the sheet's right edge, boxes and what overflows them. Lines of text are their
# boxes' affair: the space at which code is folded hangs over the edge, and nobody sees it.
TOO_WIDE = """sheet => [...document.querySelectorAll('article *')]
  .filter(e => e.checkVisibility() && !e.closest('.katex *, svg'))
  .filter(e => getComputedStyle(e).display !== 'inline' && e.clientWidth > 1)
  .map(e => [e, e.getBoundingClientRect()])
  .map(([e, box]) => [e.outerHTML.slice(0, 100), box.left + Math.max(box.width, e.scrollWidth)])
  .filter(([, right]) => right > sheet + 2)"""
CUT = """() => [...document.querySelectorAll('article *')]
  .filter(e => e.checkVisibility() && !e.closest('.katex, svg'))
  .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)
  .filter(e => getComputedStyle(e).overflowX !== 'visible')
  .map(e => e.outerHTML.slice(0, 100))"""


@pytest.fixture
def printed(open_page):  # noqa: F811
    """Opens a page as it is laid out for paper, by default from a dark screen."""

    def go(path, scheme="dark"):
        page = open_page(path, SHEET, scheme)
        page.emulate_media(media="print", color_scheme=scheme)
        return page

    return go


@pytest.mark.parametrize("section", SECTIONS)
def test_figures_are_light_and_wide_even_from_a_dark_page(printed, section):
    page = printed(f"{section}.html")
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    figures = len(list((ROOT / f"figures/{section}").glob("[!_]*.py")))
    sources = page.locator("figure.claim img").evaluate_all(
        "all => all.filter(i => i.checkVisibility()).map(i => i.getAttribute('src'))"
    )
    assert len(sources) == figures
    assert all(each.endswith(".light.svg") for each in sources), sources
    commands = page.locator("figure.claim .origin code")
    assert commands.count() == figures and all(each.is_visible() for each in commands.all())
    style = page.evaluate(
        "(() => { const s = e => getComputedStyle(document.querySelector(e));"
        " return [s('body').backgroundColor, s('article p').color] })()"
    )
    assert style == [PAPER, INK]


@pytest.mark.parametrize("section", SECTIONS)
def test_solutions_are_open(printed, section):
    page = printed(f"{section}.html")
    solutions = page.locator("article details")
    assert solutions.count() > 0
    for each in solutions.all():
        assert not each.evaluate("details => details.open"), "the page itself keeps them folded"
        sizes = each.locator("> :not(summary)").evaluate_all(
            "all => all.map(e => [e.checkVisibility({contentVisibilityAuto: true}),"
            " e.getBoundingClientRect().height])"
        )
        assert sizes and all(visible and height > 5 for visible, height in sizes), sizes


@pytest.mark.parametrize("path", ["references.html", f"{SECTIONS[0]}.html"])
def test_outside_links_show_their_address(printed, path):
    page = printed(path)
    found = page.locator("article a").evaluate_all(
        "all => all.filter(a => a.checkVisibility())"
        ".map(a => [a.getAttribute('href'), getComputedStyle(a, '::after').content])"
    )
    outside = [(link, said) for link, said in found if link.startswith("http")]
    assert path != "references.html" or len(outside) > 10
    for link, said in outside:
        assert said == f'" ({link})"'
    assert {said for link, said in found if not link.startswith("http")} <= {"none", "normal"}


BESIDES = (
    "header, footer, nav, .md-sidebar, .md-search, .md-top, .md-skip, .md-clipboard, .headerlink,"
    " button, input, select"
)


@pytest.mark.parametrize("path", PAGES)
def test_only_the_text_is_printed_and_fits_the_sheet(printed, path):
    page = printed(f"{path}.html")
    besides = page.locator(BESIDES).evaluate_all(
        "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 0)"
        ".map(e => e.outerHTML.slice(0, 100))"
    )
    assert besides == []
    assert page.evaluate(TOO_WIDE, SHEET) == []
    assert page.evaluate(CUT) == []


def test_a_printed_section_is_a4_and_has_its_solutions_and_addresses(printed):
    pypdf = pytest.importorskip("pypdf")
    page = printed("batch.html")
    pdf = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert {tuple(map(round, sheet.mediabox[2:])) for sheet in pdf.pages} == {(595, 842)}
    text = "".join("".join(sheet.extract_text() for sheet in pdf.pages).split())
    # formulas are set sign by sign, and a line's end is no word's: the letters alone are compared
    solutions = page.locator("article details > p").evaluate_all(
        "all => all.flatMap(p => [...p.childNodes]).filter(n => n.length > 20).map(n => n.data)"
    )
    assert solutions and all("".join(words.split()) in text for words in solutions)
    assert "(https://arxiv.org/abs/" in text
    assert "Search" not in text and "Skiptocontent" not in text
