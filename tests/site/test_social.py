"""What others show of a link: words always, a picture where the site has an address of its own."""

import ast

import pytest
from PIL import Image

from tests.copies import FIGURES, ROOT

from . import parse

ADDRESS = "https://example.org/below/"


def head(copy, page):
    tree = parse((copy.root / "site" / page).read_text("utf-8"))
    found = {(n["property"] or n["name"]): n["content"] for n in tree.all("meta")}
    canonical = [n["href"] for n in tree.all("link") if n["rel"] == "canonical"]
    return found, canonical


def test_with_an_address_each_page_has_a_picture_under_it(copy, monkeypatch):
    monkeypatch.setenv("SITE_URL", ADDRESS)
    copy.add("```markdown\n![](figures/no/such.svg)\n```")
    status, output = copy.build()
    assert status == 0, output
    alt = _alt(FIGURES[0])
    expected = {
        "index.html": ("website", f"{ADDRESS}index.html", "Home", "A short page."),
        "figures.html": ("article", f"{ADDRESS}figures.html", f"Figures. {alt}", None),
    }
    for page, (kind, url, said, description) in expected.items():
        found, canonical = head(copy, page)
        assert found["og:type"] == kind and found["og:url"] == url and canonical == [url]
        assert found["og:title"] == said.partition(".")[0]
        assert description in (None, found["og:description"])
        assert found["og:description"]
        assert found["twitter:card"] == "summary_large_image"
        assert found["og:image"] == f"{ADDRESS}assets/cards/{page.replace('.html', '.png')}"
        assert " ".join(found["og:image:alt"].split()) == " ".join(said.split())
        with Image.open(copy.root / "site" / found["og:image"].removeprefix(ADDRESS)) as picture:
            assert picture.size == (1200, 630)
        assert (found["og:image:width"], found["og:image:height"]) == ("1200", "630")
    site_map = (copy.root / "site/sitemap.xml").read_text("utf-8")
    assert f"<loc>{ADDRESS}figures.html</loc>" in site_map


@pytest.mark.parametrize("page", ["index.html", "figures.html"])
def test_without_one_there_are_words_alone(built, page):
    found, canonical = head(built, page)
    assert found["twitter:card"] == "summary" and found["og:title"] and found["og:description"]
    assert canonical == [] and not {"og:url", "og:image"} & found.keys()
    assert not (built.root / "site/assets/cards").exists()


@pytest.fixture(scope="module")
def built(prepared):
    status, output = prepared.build()
    assert status == 0, output
    return prepared


def _alt(name):
    for node in ast.parse((ROOT / f"figures/{name}.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ALT":
            return ast.literal_eval(node.value)
