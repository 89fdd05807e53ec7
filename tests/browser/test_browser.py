"""The site in a real browser, served under a sub-path, as on GitHub Pages."""

from pathlib import Path

import pytest

from tests.waiting import until

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
FIGURES = len(list((ROOT / "figures/critical_points").glob("[!_]*.py")))
SHOWN = "[...document.querySelectorAll('figure.claim img')].filter(i => i.offsetParent)"


def scroll_through(page):
    """Down to the end, screen by screen, until every picture that is shown has come."""
    height = page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 600):
        page.evaluate(f"window.scrollTo({{top: {top}, behavior: 'instant'}})")
        page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
    until(lambda: page.evaluate(SHOWN + ".every(i => i.complete && i.naturalWidth > 0)"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_figures_load_in_the_readers_theme_and_layout(open_page, scheme, width):
    page = open_page("critical_points.html", width, scheme, alone=True)  # fonts come late
    scroll_through(page)
    shown = page.evaluate(SHOWN + ".map(i => [i.currentSrc, i.naturalWidth])")
    assert len(shown) == FIGURES
    layout = ".narrow" if width < 500 else ""
    for source, natural in shown:
        assert source.endswith(f"{layout}.{scheme}.svg")
        assert (".narrow." in source) == (width < 500)
        assert natural > 0
    assert page.evaluate("window.shift") < 0.05


def test_the_toggle_changes_the_figures(open_page):
    page = open_page("critical_points.html", scheme="light")
    for expected in ("light", "dark"):
        page.locator("label.md-header__button[title]:visible").first.click()
        scroll_through(page)
        sources = page.evaluate(SHOWN + ".map(i => i.currentSrc)")
        assert all(source.endswith(f".{expected}.svg") for source in sources), sources
        page.evaluate("window.scrollTo(0, 0)")


def test_formulas_are_visible(open_page):
    page = open_page("critical_points.html")
    box = page.locator(".katex-html").first.bounding_box()
    assert box["width"] > 10
    assert box["height"] > 5
    # of two fonts of that name, the one with all signs is fetched only for a rare one
    loaded = "[...document.fonts].some(f => f.family === 'KaTeX_Math' && f.status === 'loaded')"
    assert page.evaluate(loaded)


def test_search_finds_a_word(open_page):
    page = open_page("")
    page.locator(".md-search__input").click()
    page.keyboard.type("eigenvector")
    # the index is fetched on first use, and the first results may be those of the first letters
    page.locator(".md-search-result__item:first-child a[href*='critical_points']").first.wait_for()
