"""The first screen of the home page; on a telephone labs, formulas, tables and code."""

import pytest

from tests.browsing import opened

pytestmark = pytest.mark.browser
SIX = ["critical_points", "batch", "momentum", "learning_rate", "loss_function", "batch_norm"]
SECTIONS = [*SIX, "start", "train_and_test"]
BOXES = (
    "all => all.map(each => { const box = each.getBoundingClientRect();"
    " return [box.top, box.bottom] })"
)


@pytest.fixture(scope="module", params=SECTIONS)
def section(request, browser, below):
    """A section's page, opened on a telephone once for all that is looked at there."""
    page, problems = opened(browser, f"{below}{request.param}.html", 360, own=below)
    yield page
    page.close()
    assert problems == []


def resized(page, width):
    page.set_viewport_size({"width": width, "height": 740})
    return page


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_all_ten_curves_stand_on_the_first_screen(open_page, width, height):
    page = open_page("", width)
    page.set_viewport_size({"width": width, "height": height})
    cards = page.locator(".curves li > a")
    boxes = cards.evaluate_all(BOXES)
    assert len(boxes) == 10
    assert max(bottom for _, bottom in boxes) <= height, boxes
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    lines = page.locator(".curves svg .train")
    drawn = lines.evaluate_all("all => all.map(e => e.getTotalLength())")
    assert min(drawn) > 4, "a curve that nobody sees"


def test_each_curve_leads_to_its_cause_by_one_click(open_page):
    page = open_page("", 360)
    leads = page.locator(".curves li > a").evaluate_all("all => all.map(e => e.href)")
    for address in leads:
        page.goto(address)
        heading = page.locator(f"[id='{address.partition('#')[2]}']")
        box = heading.bounding_box()
        assert 0 <= box["y"] < 400, f"{address}: not on the screen"
        first = heading.locator("xpath=following-sibling::ol[1]/li[1]/strong | "
                                "following-sibling::ol[1]/li[1]/p/strong").first  # fmt: skip
        assert first.inner_text(), f"{address}: no first cause"


def test_a_labs_first_panel_and_control_fit_one_screen(section):
    page = resized(section, 360)
    boxes = page.locator(".lab .panel").evaluate_all(BOXES)[:1]
    boxes += page.locator(".lab .control").evaluate_all(BOXES)[:1]
    assert len(boxes) == 2 and max(b for _, b in boxes) - min(t for t, _ in boxes) < 740 - 48, boxes


def test_a_long_formula_goes_on_in_the_next_line(section):
    page = resized(section, 1280)
    formulas, height = page.locator(".formula .katex"), "all => all.map(e => e.offsetHeight)"
    wide = formulas.evaluate_all(height)
    resized(page, 360)
    narrow = formulas.evaluate_all(height)
    higher = sum(b > 1.3 * a for a, b in zip(wide, narrow, strict=True))
    assert higher > 0, "none goes on: none is long, and the test tries nothing"
    cut = page.locator(".formula").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    assert cut <= len(wide) / 6, f"{cut} of {len(wide)} formulas are cut off"


def test_what_is_cut_off_scrolls_and_shows_it(section):
    page = resized(section, 360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    resized(page, 240)  # at 360 few are cut off: formulas wrap
    shown_to_go_on(page, ".formula, .md-typeset__scrollwrap, pre > code")


def test_code_that_is_cut_off_shows_it(open_page):
    page = open_page("when_training_fails.html", width=360)
    shown_to_go_on(page, "pre > code")


def shown_to_go_on(page, what):
    """Of `what` some is cut off, and it scrolls, with shadows that stay and covers that go."""
    cut = page.locator(what).evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => {"
        " const { overflowX, backgroundAttachment } = getComputedStyle(e);"
        " return [overflowX, backgroundAttachment] })"
    )
    assert cut, "nothing is cut off here: the test tries nothing"
    for overflow, attached in cut:
        assert overflow == "auto" and {"local", "scroll"} <= set(attached.split(", "))
