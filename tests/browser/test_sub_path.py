"""A site below another one's root, as GitHub Pages has it: also a wrong address, however deep."""

from types import SimpleNamespace

import pytest

from tests.serving import Unknown, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def small(prepared):
    """The small copy, published at /sub/ of a server that has nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITE_URL", "https://example.org/sub/")  # of which the path alone counts
        status, output = prepared.build()
    assert status == 0, output

    class Server(Unknown):
        def translate_path(self, path):
            inside = path.startswith("/sub/")
            return super().translate_path(path[4:] if inside else "/nothing/there")

    with serving(prepared.root / "site", Server) as root:
        yield f"{root}sub/"


@pytest.fixture
def visit(browser):
    """Opens an address; gives the page and what it fetched, as {address: status}."""
    opened = []

    def go(url):
        page, fetched = browser.new_page(), {}
        page.set_default_timeout(120_000)
        opened.append(page)
        page.on("response", lambda each: fetched.setdefault(each.url, each.status))
        page.goto(url)
        page.wait_for_load_state("networkidle")
        return SimpleNamespace(page=page, fetched=fetched)

    yield go
    for page in opened:
        page.close()


LINKS = "all => all.map(a => a.href.split('#')[0])"


@pytest.mark.parametrize("wrong", ["gone.html", "a/b/c", "a/b/c/", "figures/critical_points/x.svg"])
def test_a_wrong_address_has_its_styles_and_leads_back(small, visit, wrong):
    seen = visit(small + wrong)
    assert seen.fetched.pop(small + wrong) == 404
    assert seen.fetched and set(seen.fetched.values()) == {200}, seen.fetched
    assert all(url.startswith(small) for url in seen.fetched)
    page = seen.page
    assert page.locator("h1").inner_text().startswith("Page not found")
    assert "Source Sans 3" in page.evaluate("getComputedStyle(document.body).fontFamily")
    assert page.evaluate("getComputedStyle(document.querySelector('.md-header')).position") in (
        "sticky", "fixed",
    )  # fmt: skip
    links = set(page.locator("a[href]").evaluate_all(LINKS)) - {small + wrong}
    assert {small + "index.html", small + "figures.html"} <= links
    for link in links:
        assert link.startswith(small), link
        assert page.request.get(link).status == 200, link


def test_a_page_below_the_root_works_as_above_it(small, visit):
    seen = visit(small)
    assert set(seen.fetched.values()) == {200}, seen.fetched
    assert all(url.startswith(small) for url in seen.fetched)
    seen.page.locator("article a[href*='figures.html']").first.click()
    seen.page.wait_for_load_state("networkidle")
    assert seen.page.url.startswith(small + "figures.html")
    assert seen.page.locator("figure.claim img:visible").first.evaluate("i => i.naturalWidth") > 0
    seen.page.locator(".md-search__input").click()
    seen.page.keyboard.type("figures")
    seen.page.locator(".md-search-result__item a").first.wait_for()
    assert set(seen.fetched.values()) == {200}, seen.fetched
