"""What a first visit costs, and the small fonts that make it cheap."""

import re

import pytest

from tests.quality import __main__ as quality
from trainingtips.press.publishing import fonts

from . import DOCS, PAGES

ROOT = DOCS.parent


@pytest.fixture(scope="module", params=[False, pytest.param(True, marks=pytest.mark.long)])
def visits(request, browser, site):
    """Of the home page and the largest ones, or of all."""
    size = {page: (site / page).stat().st_size for page in PAGES}
    some = {"index.html", *sorted(PAGES, key=size.get)[-7:]}
    asked = PAGES if request.param else sorted(some)
    found = quality.first_visits(browser, site, asked)
    assert list(found) == asked
    return found


@pytest.mark.browser
def test_a_first_visit_stays_within_200_kib(visits):
    large = {page: size for page, (size, *_) in visits.items() if size > quality.LARGEST}
    assert not large
    assert not {page: size for page, (size, *_) in visits.items() if size < 80_000}
    assert not {page: addresses for page, (*_, addresses) in visits.items() if addresses}


@pytest.mark.browser
def test_no_page_needs_a_whole_font(visits):
    """It would show its signs all the same, and cost more: `make fonts` cuts them anew."""
    asked = {
        page: [p for p in paths if p.endswith("woff2")] for page, (_, paths, _) in visits.items()
    }
    assert all(asked.values())
    whole = {
        page: [path for path in paths if "/used/" not in path and "Typewriter" not in path]
        for page, paths in asked.items()
    }
    assert not {page: paths for page, paths in whole.items() if paths}


def rules():
    """[(file, the codes of its range)] of the style sheet, in its order."""
    found = []
    for rule in re.findall(r"@font-face \{(.*?)\}", (ROOT / fonts.STYLE).read_text(), re.DOTALL):
        codes = set()
        for first, last in re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", rule):
            codes |= set(range(int(first, 16), int(last or first, 16) + 1))
        found.append((re.search(r"url\((.*?)\)", rule)[1], codes))
    return found


@pytest.mark.parametrize("path", fonts.FACES)
def test_a_small_font_has_what_its_range_promises(path):
    from fontTools.ttLib import TTFont

    name = path.rpartition("/")[2]
    whole, small = TTFont(ROOT / path), TTFont(ROOT / fonts.USED / name)
    ((_, codes),) = [rule for rule in rules() if rule[0] == f"used/{name}"]
    assert set(small.getBestCmap()) == codes & set(whole.getBestCmap())
    for code, glyph in small.getBestCmap().items():
        assert small["hmtx"][glyph] == whole["hmtx"][whole.getBestCmap()[code]]
    rest = [codes for file, codes in rules() if file == name]
    if rest:
        assert rest[0] == set(whole.getBestCmap()) - codes
