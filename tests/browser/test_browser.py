"""The site in a real browser, served under a sub-path, as on GitHub Pages."""

from pathlib import Path

import pytest

from tests.serving import serving

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
# Of a request that the browser gives up as its page is left: every change of the address asks for
# the icon again, and a reload may come before it has arrived.
LEFT = "net::ERR_ABORTED"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Debian's chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def address(site):
    with serving(site.parent) as root:
        yield f"{root}trainingtips/"


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser, address):
    """Opens a page of the site; at the end, no error and no request elsewhere may have been."""
    problems, opened = [], []

    def go(path, width=1280, scheme="light"):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        opened.append(page)
        page.on("console", lambda m: m.type in ("error", "warning") and problems.append(m.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("requestfailed", lambda r: r.failure == LEFT or problems.append((r.url, r.failure)))
        page.on("request", lambda r: r.url.startswith(address) or problems.append(r.url))
        page.on("response", lambda r: r.status < 400 or problems.append(f"{r.status} {r.url}"))
        page.add_init_script(
            "window.shift = 0; new PerformanceObserver(list => { for (const e of list.getEntries())"
            " if (!e.hadRecentInput) window.shift += e.value })"
            ".observe({type: 'layout-shift', buffered: true})"
        )
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")  # later, on a busy machine, a whole page would move
        return page

    yield go
    for page in opened:
        page.close()
    assert problems == []


def scroll_through(page):
    for _ in range(page.evaluate("document.documentElement.scrollHeight") // 600 + 1):
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(80)
    page.wait_for_load_state("networkidle")


ROOT = Path(__file__).parents[2]
FIGURES = len(list((ROOT / "figures/critical_points").glob("[!_]*.py")))
PAGES = ["", *sorted(f"{page.stem}.html" for page in (ROOT / "docs").glob("[!i]*.md"))]
SHOWN = "[...document.querySelectorAll('figure.claim img')].filter(i => i.offsetParent)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_figures_load_in_the_readers_theme_and_layout(open_page, scheme, width):
    page = open_page("critical_points.html", width, scheme)
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
    page.wait_for_timeout(1000)  # the index is fetched on first use
    page.keyboard.type("eigenvector")
    # on a busy machine the first results are those of the first letters
    best = page.locator(".md-search-result__item:first-child a[href*='critical_points']")
    best.first.wait_for(timeout=15_000)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_sticks_out_on_a_small_screen(open_page, path):
    page = open_page(path, 320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
