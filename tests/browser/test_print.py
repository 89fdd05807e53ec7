"""A page on paper: light, whole, open, with the addresses of what it links to, on A4."""

import io
from pathlib import Path

import pytest

from tests.browsing import opened

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
SECTIONS = sorted(path.name for path in (ROOT / "figures").iterdir() if path.is_dir())
SECTIONS = [each for each in SECTIONS if (ROOT / f"docs/{each}.md").exists()]
SHEET = round((210 - 2 * 16) / 25.4 * 96)  # CSS pixels between the margins of A4
VISIBLE = "all => all.map(e => e.checkVisibility() && e.getBoundingClientRect().height > 0)"
PAPER, INK = "rgb(255, 255, 255)", "rgb(32, 36, 44)"


@pytest.fixture
def printed(open_page):
    """Opens a page as it is laid out for paper, from a dark screen."""

    def go(path):
        page = open_page(path, SHEET, "dark")
        page.emulate_media(media="print", color_scheme="dark")
        return page

    return go


@pytest.fixture(scope="module", params=SECTIONS)
def section(request, browser, below):
    """(a section, its page on paper), opened once for all that is looked at there."""
    page, problems = opened(browser, f"{below}{request.param}.html", SHEET, "dark", own=below)
    page.emulate_media(media="print", color_scheme="dark")
    yield request.param, page
    page.close()
    assert problems == []


def test_figures_are_light_and_wide_even_from_a_dark_page(section):
    name, page = section
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    figures = (ROOT / f"docs/{name}.md").read_text("utf-8").count("\n![](figures/")
    sources = page.locator("figure.claim img").evaluate_all(
        "all => all.filter(i => i.checkVisibility()).map(i => i.getAttribute('src'))"
    )
    assert len(sources) == figures
    assert all(each.endswith(".light.svg") for each in sources), sources
    commands = page.locator("figure.claim .origin code").evaluate_all(VISIBLE)
    assert commands == [True] * figures
    style = page.evaluate(
        "(() => { const s = e => getComputedStyle(document.querySelector(e));"
        " return [s('body').backgroundColor, s('article p').color] })()"
    )
    assert style == [PAPER, INK]


def test_solutions_are_open(section):
    _, page = section
    solutions = page.locator("article details").evaluate_all(
        "all => all.map(details => [details.open, [...details.children].filter("
        "e => !e.matches('summary')).map(e => e.checkVisibility({contentVisibilityAuto: true})"
        " && e.getBoundingClientRect().height > 5)])"
    )
    assert solutions
    for is_open, seen in solutions:
        assert not is_open, "the page itself keeps them folded"
        assert seen and all(seen)


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
