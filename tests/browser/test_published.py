"""What a published page must do: keep strangers' scripts out, work from disk, and lead back."""

import pytest

from tests.waiting import until

from . import PAGES

pytestmark = pytest.mark.browser
LOADED = "[...document.fonts].some(f => f.family === 'KaTeX_Main' && f.status === 'loaded')"


def test_a_strangers_script_is_kept_out(tab, at_root):
    page, _ = tab(at_root)
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.stranger = 1';"
        " document.body.append(s);"
        " document.body.insertAdjacentHTML("
        "'beforeend', '<img src=\"x:\" onerror=\"stranger=1\">') }"
    )
    # both are told, which comes after they would have run
    told = until(lambda: [v for v in page.evaluate("violations") if "script-src" in v][1:])
    assert told and page.evaluate("typeof stranger") == "undefined"


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


def test_an_unknown_address_leads_back(tab, at_root):
    page, _ = tab(at_root + "a/b/c.html")
    assert page.locator("h1").inner_text().startswith("Page not found")
    links = page.locator("article a:not(.headerlink)").evaluate_all("all => all.map(a => a.href)")
    assert {at_root + each for each in PAGES} <= set(links)
    page.locator("article a[href*='what-do-you-see']").click()
    page.wait_for_load_state()
    assert page.locator("#what-do-you-see").is_visible()
