"""What a published page must do: keep strangers' scripts out, work from disk, and lead back."""

from pathlib import Path

import pytest

from tests.serving import Quiet, serving

from .test_browser import CHROMIUM, browser  # noqa: F401 (a fixture)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Debian's chromium at {CHROMIUM}"),
]
ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(p.relative_to(DOCS).with_suffix(".html").as_posix() for p in DOCS.rglob("*.md"))
PAGES += sorted(f"notebooks/{p.stem}.html" for p in (DOCS / "notebooks").glob("*.py"))
VIOLATIONS = (
    "window.violations = []; addEventListener('securitypolicyviolation', "
    "e => violations.push(e.violatedDirective + ' ' + e.blockedURI))"
)
LOADED = "[...document.fonts].some(f => f.family === 'KaTeX_Main' && f.status === 'loaded')"
UNFOCUSED = """() => {
  const style = getComputedStyle(document.activeElement)
  return [document.activeElement.outerHTML.slice(0, 120), style.outlineStyle, style.outlineWidth,
          document.activeElement === document.body]
}"""


class Unknown(Quiet):
    """Serves 404.html for what is not there, as GitHub Pages does."""

    def send_error(self, code, message=None, explain=None):
        if code != 404:
            return super().send_error(code, message, explain)
        body = (Path(self.directory) / "404.html").read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def address(site):
    with serving(site, Unknown) as root:
        yield root


@pytest.fixture
def tab(browser):  # noqa: F811
    """Opens an address; gives the page and the list of what went wrong on it."""
    opened = []

    def go(url, scheme="light", width=1280):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        opened.append(page)
        problems = []
        page.on("console", lambda m: m.type in ("error", "warning") and problems.append(m.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.add_init_script(VIOLATIONS)
        page.goto(url)
        page.wait_for_load_state("networkidle")
        return page, problems

    yield go
    for page in opened:
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*PAGES, "no/such/page.html"])
def test_no_rule_of_accessibility_or_security_is_broken(tab, address, path, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page, _ = tab(address + path, scheme)
    assert page.evaluate("violations") == []
    # the tool's own script would be kept out by the page's policy, so it comes by the debugger
    report = axe.Axe().run(page)
    found = [
        (v["id"], [n["html"][:160] for n in v["nodes"]]) for v in report.response["violations"]
    ]
    assert found == []


def test_a_strangers_script_is_kept_out(tab, address):
    page, _ = tab(address)
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.stranger = 1';"
        " document.body.append(s);"
        " document.body.insertAdjacentHTML("
        "'beforeend', '<img src=\"x:\" onerror=\"stranger=1\">') }"
    )
    page.wait_for_timeout(200)
    assert page.evaluate("typeof stranger") == "undefined"
    assert any("script-src" in each for each in page.evaluate("violations"))


@pytest.mark.parametrize("path", ["index.html", "critical_points.html", "notebooks/batch.html"])
def test_it_can_be_read_from_disk(tab, site, path):
    page, problems = tab((site / path).as_uri())
    # a browser loads no module from disk: a lab is then its still picture
    problems = [each for each in problems if "labs/mount.js" not in each]
    problems = [each for each in problems if "net::ERR_FAILED" not in each]
    assert problems == []
    assert not page.locator(".lab form:visible").count()
    shown = "[...document.images].filter(i => i.offsetParent && i.complete)"
    assert page.evaluate(shown + ".every(i => i.naturalWidth > 0)")
    if page.locator(".katex-html").count():
        assert page.evaluate(LOADED)
    assert page.locator(".no-search").is_visible()
    page.locator("article a[href*='.html'], .md-footer a").first.click()
    page.wait_for_load_state()
    assert page.url.startswith("file:") and page.locator("article h1").count() == 1
    assert problems == []


def test_an_unknown_address_leads_back(tab, address):
    page, _ = tab(address + "a/b/c.html")
    assert page.locator("h1").inner_text().startswith("Page not found")
    links = page.locator("article a:not(.headerlink)").evaluate_all("all => all.map(a => a.href)")
    assert {address + each for each in PAGES} <= set(links)
    page.locator("article a[href*='what-do-you-see']").click()
    page.wait_for_load_state()
    assert page.locator("#what-do-you-see").is_visible()


@pytest.mark.parametrize("path", PAGES)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(tab, address, path):
    page, _ = tab(address + path)
    reached, hidden = 0, []
    expected = page.evaluate(
        "[...document.querySelectorAll('article :is(a[href], button, input, select, summary)')]"
        ".filter(e => e.checkVisibility({visibilityProperty: true}))"
        ".filter(e => !e.disabled && e.tabIndex >= 0).length"
    )
    for _ in range(expected + 300):
        page.keyboard.press("Tab")
        element, style, width, left = page.evaluate(UNFOCUSED)
        if left:
            break
        inside = page.evaluate("!!document.activeElement.closest('article')")
        reached += inside and page.evaluate(
            "document.activeElement.matches('a[href], button, input, select, summary')"
        )
        if inside and (style == "none" or width == "0px"):
            hidden.append(element)
    assert reached >= expected
    assert hidden == []
