"""One browser for these tests, and pages that must open without a fault."""

import pytest

from tests.browsing import chromium, opened


@pytest.fixture(scope="package")
def browser():
    """Of this folder alone: tests elsewhere start their own, which cannot be beside another."""
    with chromium() as started:
        yield started


@pytest.fixture
def open_page(browser, below):
    """Opens a page of the site; at the end, no error and no request elsewhere may have been."""
    pages, problems = [], []

    def go(path, width=1280, scheme="light", **how):
        page, found = opened(browser, below + path, width, scheme, own=below, **how)
        pages.append(page)
        problems.append(found)
        return page

    yield go
    for page in pages:
        page.close()
    assert [each for found in problems for each in found] == []


@pytest.fixture
def tab(browser):
    """Opens an address; gives the page and the list of what went wrong on it."""
    pages = []

    def go(address):
        page, problems = opened(browser, address)
        pages.append(page)
        return page, problems

    yield go
    for page in pages:
        page.close()
