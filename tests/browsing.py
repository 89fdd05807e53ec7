"""Chromium, and what goes wrong on a page that it opens."""

import contextlib
from pathlib import Path

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
# what a page can leave for the next
STORED = "cookies,local_storage,indexeddb,cache_storage,service_workers"
VIOLATIONS = (
    "window.violations = []; addEventListener('securitypolicyviolation', "
    "e => violations.push(e.violatedDirective + ' ' + e.blockedURI))"
)
SHIFT = (
    "window.shift = 0; new PerformanceObserver(list => { for (const e of list.getEntries())"
    " if (!e.hadRecentInput) window.shift += e.value })"
    ".observe({type: 'layout-shift', buffered: true})"
)

WHOLE = (
    "document.querySelectorAll('.md-content__inner > *')"
    ".forEach(each => { each.style.contentVisibility = 'visible' })"
)
KEPT = "http://127.0.0.1/"  # of every server here: their ports make no other site


class Tabs:
    """A browser whose pages lie in one context, and so in one process.

    To start a page's processes costs more than most pages do. What a page has stored is forgotten
    before the next one opens; what it has fetched is kept. `alone` opens one that knows nothing.
    """

    def __init__(self, browser):
        self.alone, self._browser = browser.new_page, browser
        self._context = browser.new_context()
        # the process ends with the last page of its site: this one stays
        kept = self._context.new_page()
        kept.route("**", lambda route: route.fulfill(body="", content_type="text/html"))
        kept.goto(KEPT)
        self._control = self._context.new_cdp_session(kept)

    def __getattr__(self, name):
        return getattr(self._browser, name)

    def new_page(self, viewport=None, color_scheme="light", **options):
        """As the browser's own. Options for a whole context take one of their own."""
        if options:
            given = {"viewport": viewport} if viewport else {}
            return self.alone(color_scheme=color_scheme, **given, **options)
        self._control.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": STORED})
        page = self._context.new_page()
        page.emulate_media(color_scheme=color_scheme)
        if viewport:
            page.set_viewport_size(viewport)
        return page


@contextlib.contextmanager
def chromium():
    """A browser, with a time limit that a busy machine keeps too."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield Tabs(browser)
        browser.close()


def opened(browser, address, width=1280, scheme="light", own=None, alone=False, whole=True):
    """(the page at `address`, a list of what goes wrong on it from now on).

    A request for what does not begin with `own` is wrong, too. `alone`: as on a first visit.
    `whole`: laid out to its end, as after a reader's visit, so that all of it can be measured.
    """
    new = browser.alone if alone else browser.new_page
    page = new(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_default_timeout(120_000)
    problems = []
    page.on("console", lambda m: m.type in ("error", "warning") and problems.append(m.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    if own:
        page.on("requestfailed", lambda r: r.failure == LEFT or problems.append((r.url, r.failure)))
        page.on("request", lambda r: r.url.startswith(own) or problems.append(r.url))
        page.on("response", lambda r: r.status < 400 or problems.append(f"{r.status} {r.url}"))
    page.add_init_script(VIOLATIONS)
    page.add_init_script(SHIFT)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")  # later, on a busy machine, a whole page would move
    if whole:
        page.evaluate(WHOLE)
    return page, problems
