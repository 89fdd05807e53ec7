"""The home page's picture: a script's parts, whole on a desk and within their boxes elsewhere."""

import ast
from pathlib import Path

import pytest

from tests.waiting import until

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
SIZES = "all => all.map(code => [code.clientWidth, code.scrollWidth])"


@pytest.mark.parametrize("width", [1000, 1280])
def test_no_line_of_code_is_cut_on_a_desk(open_page, width):
    page = open_page("", width)
    sizes = page.locator(".anatomy pre code").evaluate_all(SIZES)
    assert len(sizes) == 4
    assert all(inner <= outer for outer, inner in sizes), sizes


def test_code_scrolls_in_its_box_on_a_telephone(open_page):
    page = open_page("", 360)
    sizes = page.locator(".anatomy pre code").evaluate_all(SIZES)
    assert any(inner > outer for outer, inner in sizes), "folded to shreds rather than scrolled"
    # the theme makes what scrolls a stop for the keyboard, once it has seen it
    page.locator(".anatomy pre code[tabindex='0']").first.focus()
    page.keyboard.press("ArrowRight")
    # it scrolls smoothly, and the page's policy forbids to wait by a function
    assert until(lambda: page.evaluate("document.activeElement.scrollLeft")) > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [360, 1280])
def test_the_code_shown_is_the_scripts_own(open_page, width):
    page = open_page("", width)
    path = page.locator(".anatomy figcaption a").get_attribute("href")
    script = (ROOT / path).read_text("utf-8")
    stated, *functions = page.locator(".anatomy pre code").evaluate_all(
        "all => all.map(code => code.textContent)"
    )
    assert ast.literal_eval(stated.strip()) == ast.get_docstring(ast.parse(script)).split("\n")[0]
    for shown in functions:
        assert shown.rstrip().removesuffix("…").rstrip() in script
