"""What people say: filtered by topic, by verdict and by what it was tried on, beside the ledger."""

from pathlib import Path

import pytest

from tests.waiting import becomes
from trainingtips.press.content import folklore

pytestmark = pytest.mark.browser
SAYINGS = folklore.read(Path(__file__).parents[2] / "docs")
CLAIMS = "#ledger tr[data-verdict]"


def seen(page, rows="#sayings tr[data-found]"):
    return page.locator(rows).evaluate_all(
        "all => all.filter(row => row.checkVisibility()).map(row => row.id)"
    )


def assert_shows(page, chosen):
    expected = [f"saying-{saying.id}" for saying in SAYINGS if chosen(saying)]
    becomes(lambda: sorted(seen(page)), sorted(expected))
    status = page.get_by_role("status").filter(has_text="sentences")
    assert status.inner_text() == f"{len(expected)} of {len(SAYINGS)} sentences"
    headings = page.locator("#sayings th[scope=rowgroup]").evaluate_all(
        "all => all.filter(e => e.checkVisibility()).length"
    )
    assert headings == len({s.section for s in SAYINGS if chosen(s)})


@pytest.mark.parametrize("width", [360, 1280])
def test_each_filter_and_all_together(open_page, width):
    page = open_page("claims.html", width)
    claims = seen(page, CLAIMS)
    saying = next(s for s in SAYINGS if s.verdict == "refuted" and s.optimiser)
    assert_shows(page, lambda s: True)
    page.get_by_label("Found").select_option("refuted")
    assert_shows(page, lambda s: s.verdict == "refuted")
    page.get_by_label("Tried on").select_option(f"optimiser={saying.optimiser[0]}")
    tried = saying.optimiser[0]
    assert_shows(page, lambda s: s.verdict == "refuted" and tried in s.optimiser)
    page.get_by_label("About").select_option(saying.section)
    assert_shows(
        page, lambda s: (s.verdict, s.section) == ("refuted", saying.section) and
        tried in s.optimiser,
    )  # fmt: skip
    assert seen(page, CLAIMS) == claims, "the other table keeps its own choice"
    page.get_by_role("button", name="Show every sentence").click()
    assert_shows(page, lambda s: True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_home_page_leads_to_each_verdicts_sentences(open_page):
    for verdict in folklore.VERDICTS:
        page = open_page("index.html")
        page.locator(f'.folklore a[href*="found={verdict}"]').click()
        assert_shows(page, lambda s, verdict=verdict: s.verdict == verdict)


def test_a_sentence_of_the_home_page_leads_to_its_row(open_page):
    page = open_page("index.html")
    link = page.locator('.folklore a[href*="#saying-"]').last
    row = link.get_attribute("href").partition("#")[2]
    link.press("Enter")  # its middle may lie between two lines
    becomes(
        lambda: page.locator(f"#{row}").evaluate(
            "row => { const box = row.getBoundingClientRect();"
            " return box.bottom > 0 && box.top < innerHeight }"
        ),
        True,
    )


def test_both_choices_stand_in_the_address(open_page):
    page = open_page("claims.html?verdict=holds&found=open")
    assert_shows(page, lambda s: s.verdict == "open")
    assert page.get_by_label("Verdict").input_value() == "holds"
    page.get_by_role("button", name="Show every sentence").click()
    page.wait_for_url(lambda url: url.partition("?")[2] == "verdict=holds")


def test_without_javascript_every_sentence_is_there(browser, below):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(below + "claims.html?found=refuted")
    assert len(seen(page)) == len(SAYINGS)
    assert not page.locator("#sayings-filter").is_visible()
    context.close()
