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
VIOLATIONS = (
    "window.violations = []; addEventListener('securitypolicyviolation', "
    "e => violations.push(e.violatedDirective + ' ' + e.blockedURI))"
)
SHIFT = (
    "window.shift = 0; new PerformanceObserver(list => { for (const e of list.getEntries())"
    " if (!e.hadRecentInput) window.shift += e.value })"
    ".observe({type: 'layout-shift', buffered: true})"
)


@contextlib.contextmanager
def chromium():
    """A browser, with a time limit that a busy machine keeps too."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


def opened(browser, address, width=1280, scheme="light", own=None):
    """(the page at `address`, a list of what goes wrong on it from now on).

    A request for what does not begin with `own` is wrong, too.
    """
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
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
    return page, problems
