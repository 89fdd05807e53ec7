"""Every page, opened once: its accessibility, its policy, small screens, the keyboard, and paper.

The rules of axe are checked whole in the light theme. Light and dark differ by colours alone, and
contrast is by far the dearest rule: in both themes it is checked on one element of each combination
of letters and grounds. All this is done for a page of each kind; `make test-long` does it for every
page, checks every rule on every element, and presses Tab through every page.
"""

import functools

import pytest

from tests.browsing import opened
from tests.waiting import becomes

from . import PAGES

pytestmark = pytest.mark.browser
UNKNOWN = "no/such/page.html"
# one page of each kind: the way in, prose with figures and a lab, a form, a notebook, code
KINDS = (
    "index.html",
    "loss_function.html",
    "claims.html",
    "notebooks/momentum.html",
    "cluster.html",
)


def kinds(pages):
    """Those of `pages`, the others marked as rare."""
    kept = (*KINDS, UNKNOWN)
    return [p if p in kept else pytest.param(p, marks=pytest.mark.long) for p in pages]


SHEET = round((210 - 2 * 16) / 25.4 * 96)  # CSS pixels between the margins of A4


@pytest.fixture(scope="module", params=kinds([*PAGES, UNKNOWN]))
def visited(request, browser, at_root):
    """(its path, the page), for all tests of a page in turn; each says how it is to be seen."""
    page, problems = opened(browser, at_root + request.param)
    yield request.param, page
    page.close()
    lost = [each for each in problems if "404" not in each or request.param != UNKNOWN]
    assert lost == []


def seen(page, width=1280, scheme="light", media="screen"):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, media=media)
    theme = {"light": "default", "dark": "slate"}[scheme]
    becomes(lambda: page.evaluate("document.body.dataset.mdColorScheme"), theme)
    return page


def violations(page, **how):
    """What axe finds; its script would be kept out by the page's policy: the debugger brings it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    report = axe.Axe().run(page, **how)
    return [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in report.response["violations"]]


# Marks the first element of each combination of what contrast depends on: the letters' colour,
# size and weight, and every ground and opacity beneath them.
SAMPLE = """() => {
  const known = new Set()
  for (const e of document.querySelectorAll('[data-sample]')) e.removeAttribute('data-sample')
  for (const e of document.body.querySelectorAll('*')) {
    const own = [...e.childNodes].some(c => c.nodeType === 3 && c.data.trim())
    if (!own || !e.checkVisibility()) continue
    const letters = getComputedStyle(e)
    const key = [letters.color, letters.fontSize, letters.fontWeight, letters.textShadow]
    for (let a = e; a; a = a.parentElement) {
      const ground = getComputedStyle(a)
      const parts = [ground.backgroundColor, ground.backgroundImage, ground.opacity].join()
      if (parts !== 'rgba(0, 0, 0, 0),none,1') key.push(parts)
    }
    if (known.has(key.join())) continue
    known.add(key.join())
    e.setAttribute('data-sample', '')
  }
  return known.size
}"""
CONTRAST, QUICK = "color-contrast", {"resultTypes": ["violations"]}


def test_no_rule_of_accessibility_or_security_is_broken(visited):
    page = seen(visited[1])
    assert page.evaluate("violations") == []
    rest = {"rules": {CONTRAST: {"enabled": False}}}
    assert violations(page, options=QUICK | rest) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_stand_out_from_what_they_stand_on(visited, scheme):
    page = seen(visited[1], scheme=scheme)
    assert page.evaluate(SAMPLE) > 5
    alone = {"runOnly": [CONTRAST]}
    assert violations(page, context="[data-sample]", options=QUICK | alone) == []


def test_a_faint_word_is_seen_in_the_dark_alone(browser, at_root):
    """What the samples are there for: a colour that only one theme's ground swallows."""
    page, _ = opened(browser, at_root + "cluster.html")
    page.evaluate("document.querySelector('article p:last-of-type').style.color = '#333'")
    for scheme, expected in (("light", []), ("dark", [CONTRAST])):
        seen(page, scheme=scheme).evaluate(SAMPLE)
        alone = {"runOnly": [CONTRAST]}
        found = violations(page, context="[data-sample]", options=QUICK | alone)
        assert [name for name, _ in found] == expected
    page.close()


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_element_breaks_a_rule_in_any_theme(visited, scheme):
    page = seen(visited[1], scheme=scheme)
    assert page.evaluate("violations") == []
    assert violations(page) == []


@pytest.mark.parametrize("width", [320])
def test_nothing_sticks_out_on_a_small_screen(visited, width):
    page = seen(visited[1], width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# The keyboard

REACHED = "a[href], button, input, select, summary"
STOPS = f"""() => [...document.querySelectorAll('article :is({REACHED})')]
  .filter(e => e.checkVisibility({{visibilityProperty: true}}))
  .filter(e => !e.disabled && e.tabIndex >= 0)"""
UNSEEN = f"""() => ({STOPS})().filter(e => {{
  e.focus({{focusVisible: true, preventScroll: true}})
  const {{outlineStyle, outlineWidth}} = getComputedStyle(e)
  return e !== document.activeElement || outlineStyle === 'none' || outlineWidth === '0px'
}}).map(e => e.outerHTML.slice(0, 120))"""
# notes each element of the article as the keyboard comes to it
FOLLOW = f"""() => {{
  window.reached = 0; window.unseen = []
  document.addEventListener('focusin', ({{target}}) => {{
    if (!target.closest('article')) return
    const style = getComputedStyle(target)
    window.reached += target.matches('{REACHED}')
    if (style.outlineStyle === 'none' || style.outlineWidth === '0px')
      window.unseen.push(target.outerHTML.slice(0, 120))
  }})
  document.activeElement.blur()
  return ({STOPS})().length
}}"""


def test_what_has_the_focus_is_seen_to_have_it(visited):
    page = seen(visited[1])
    if page.locator("[data-lab]").count():  # its controls are there once its code is
        page.locator("[data-lab]").scroll_into_view_if_needed()
        page.locator("[data-lab].live").wait_for()
    assert page.evaluate(UNSEEN) == []


@pytest.mark.parametrize("path", kinds(PAGES))
def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser, at_root, path):
    page, _ = opened(browser, at_root + path)
    expected = page.evaluate(FOLLOW)
    for count in range(expected + 300):
        page.keyboard.press("Tab")
        if count % 20 == 19 and page.evaluate("document.activeElement === document.body"):
            break
        if count > expected and page.evaluate("reached") >= expected:
            break
    assert page.evaluate("reached") >= expected
    assert page.evaluate("unseen") == []
    page.close()


# Paper

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


BESIDES = (
    "header, footer, nav, .md-sidebar, .md-search, .md-top, .md-skip, .md-clipboard, .headerlink,"
    " button, input, select"
)


def test_only_the_text_is_printed_and_fits_the_sheet(visited):
    page = seen(visited[1], SHEET, "dark", "print")
    besides = page.locator(BESIDES).evaluate_all(
        "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 0)"
        ".map(e => e.outerHTML.slice(0, 100))"
    )
    assert besides == []
    assert page.evaluate(TOO_WIDE, SHEET) == []
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_an_address_within_a_page_leads_to_its_place(open_page, width):
    """Though what lies between is not laid out yet, and so has no height of its own."""
    page = open_page("loss_function.html", width, whole=False)
    bar = page.evaluate("document.querySelector('.md-header').getBoundingClientRect().bottom")
    named = "article :is(h2, h3, figure.claim)[id]"
    places = page.eval_on_selector_all(named, "all => all.map(each => each.id)")
    assert len(places) > 9
    end = "scrollY + innerHeight > document.documentElement.scrollHeight - 2"
    top = "place => document.getElementById(place).getBoundingClientRect().top"

    def there(place):
        return bar <= page.evaluate(top, place) < bar + 40 or page.evaluate(end)

    for place in [*places[::3], places[1]]:  # downwards, and back to the top
        page.evaluate("place => { location.hash = place }", place)
        becomes(functools.partial(there, place), True)
