"""The list of claims: filtered by hand, by key and by address, and whole without JavaScript."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.waiting import becomes

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


def verdict(path):
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "VERDICT":
            return ast.literal_eval(node.value).replace(" ", "-")
    return "holds"


CLAIMS = {  # a row's id: (section, verdict)
    f"{path.parent.name}-{path.stem}": (path.parent.name, verdict(path))
    for path in sorted((ROOT / "figures").glob("*/[!_]*.py"))
}
COUNTS = Counter(CLAIMS.values())
SECTION, VERDICT = next(pair for pair in sorted(COUNTS) if pair[1] == "regime")
EMPTY = next(
    (s, v)
    for s in sorted({s for s, _ in CLAIMS.values()})
    for v in ("not-reproduced", "regime", "holds")
    if not COUNTS[s, v]
)


def rows(page):
    """Ids of the rows that are seen."""
    return page.locator("#ledger tr[data-verdict]").evaluate_all(
        "all => all.filter(row => row.checkVisibility()).map(row => row.id)"
    )


def wanted(section=None, word=None):
    return [
        name for name, (s, v) in CLAIMS.items() if s == (section or s) and v == (word or v)
    ]  # fmt: skip


def assert_shows(page, expected):
    """What is left after a choice; a reset takes its time."""
    becomes(lambda: sorted(rows(page)), sorted(expected))
    # the words are those of a status, which a screen reader says without being interrupted
    status = page.get_by_role("status").filter(has_text="claims")
    assert status.inner_text() == f"{len(expected)} of {len(CLAIMS)} claims"
    headings = page.locator("#ledger th[scope=rowgroup]").evaluate_all(
        "all => all.filter(e => e.checkVisibility()).length"
    )
    assert headings == len({CLAIMS[name][0] for name in expected})


@pytest.mark.parametrize("width", [360, 1280])
def test_by_section_by_verdict_and_by_both(open_page, width):
    page = open_page("claims.html", width)
    assert_shows(page, list(CLAIMS))
    section, word = page.get_by_label("Section"), page.get_by_label("Verdict")
    section.select_option(SECTION)
    assert_shows(page, wanted(SECTION))
    word.select_option(VERDICT)
    assert_shows(page, wanted(SECTION, VERDICT))
    section.select_option("")
    assert_shows(page, wanted(word=VERDICT))
    section.select_option(EMPTY[0])
    word.select_option(EMPTY[1])
    assert_shows(page, [])
    page.get_by_role("button", name="Show all").click()
    assert_shows(page, list(CLAIMS))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_by_the_keyboard_alone(open_page):
    page = open_page("claims.html")
    for _ in range(500):  # behind the links of what people say
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "section":
            break
    first = page.evaluate("document.activeElement.options[1].value")
    page.keyboard.press("ArrowDown")
    assert_shows(page, wanted(first))
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert_shows(page, wanted(first, "holds"))
    page.keyboard.press("Enter")  # of a form that goes nowhere
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert_shows(page, list(CLAIMS))
    assert page.evaluate("document.activeElement.type") == "reset"


def test_a_choice_stands_in_the_address(open_page):
    page = open_page(f"claims.html?other=1#{next(iter(CLAIMS))}")
    page.get_by_label("Section").select_option(SECTION)
    page.get_by_label("Verdict").select_option(VERDICT)
    query = f"other=1&section={SECTION}&verdict={VERDICT}"
    assert page.url.partition("?")[2] == query
    page.reload()
    page.wait_for_load_state("networkidle")
    assert_shows(page, wanted(SECTION, VERDICT))
    assert page.get_by_label("Section").input_value() == SECTION
    other = open_page(f"claims.html?verdict={VERDICT}&section=no-such")
    assert_shows(other, wanted(word=VERDICT))
    page.get_by_role("button", name="Show all").click()
    page.wait_for_url(lambda url: url.partition("?")[2] == "other=1")


def test_a_link_to_a_row_leads_there_whatever_is_chosen(open_page):
    hidden = wanted(SECTION, "holds")[0]
    page = open_page(f"claims.html?section={SECTION}&verdict={VERDICT}#{hidden}")
    assert page.locator(f"#{hidden}").is_visible()
    assert page.locator(f"#{hidden}").evaluate(
        "row => { const box = row.getBoundingClientRect();"
        " return box.bottom > 0 && box.top < innerHeight }"
    )


def test_without_javascript_every_claim_is_there(browser, below):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(below + f"claims.html?section={SECTION}")
    assert sorted(rows(page)) == sorted(CLAIMS)
    assert not page.locator("#ledger-filter").is_visible()
    context.close()
