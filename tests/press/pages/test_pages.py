"""A figure's line on a page becomes its markup, read back by a parser of HTML."""

from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import PluginError

from trainingtips.press.base.errors import UserError
from trainingtips.press.pages import pages

PAGE = SimpleNamespace(url="deep/page.html", file=SimpleNamespace(src_uri="deep/page.md"))
NO_FILES = SimpleNamespace(get_file_from_path=lambda path: None)


class Tags(HTMLParser):
    """All start tags of a text: (name, attributes)."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def all(self, name):
        return [attributes for tag, attributes in self.found if tag == name]


@pytest.fixture(scope="module")
def html(built_once):
    """The markup of demo/a on a page in a folder, with and without a row among the claims."""
    line = "![](figures/demo/a.svg)"
    return pages._figure(pages.FIGURE.fullmatch(line), built_once.root, PAGE, NO_FILES)


def test_a_figure_has_both_themes_and_both_layouts_with_its_words(html, built_once):
    tags = Tags(html)
    images, sources = tags.all("img"), tags.all("source")
    themes = ["light", "dark"]
    assert [each["src"] for each in images] == [f"../figures/demo/a.{t}.svg" for t in themes]
    narrow = [f"../figures/demo/a.narrow.{theme}.svg" for theme in themes]
    assert [each["srcset"] for each in sources] == narrow
    assert [each["class"] for each in tags.all("picture")] == ["only-light", "only-dark"]
    assert all(each["alt"] == "A rising line." and each["loading"] == "lazy" for each in images)
    for image in images:
        svg = (built_once.root / "build" / image["src"].removeprefix("../")).read_text()
        (size,) = Tags(svg).all("svg")
        assert float(image["width"]) / float(image["height"]) == pytest.approx(
            float(size["width"].removesuffix("pt")) / float(size["height"].removesuffix("pt")),
            rel=0.01,
        )


def test_a_figure_leads_to_its_script_and_data_and_says_how_it_is_made_again(html):
    links = [each["href"] for each in Tags(html).all("a")]
    assert links == ["../figures/demo/a.py", "../results/demo/a.json"]
    assert "<code>python -m trainingtips figures --force demo/a</code>" in html
    assert Tags(html).all("figure")[0]["id"] == "figure-demo-a"
    assert Tags(html).all("details") == []


def test_a_figure_leads_to_its_row_where_there_are_claims(built_once):
    claims = SimpleNamespace(get_file_from_path=lambda path: SimpleNamespace(url="claims.html"))
    match = pages.FIGURE.fullmatch("![](figures/demo/a.svg)")
    html = pages._figure(match, built_once.root, PAGE, claims)
    assert "../claims.html#demo-a" in [each["href"] for each in Tags(html).all("a")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("![](/figures/demo/a.svg)", r"figures/section/name\.svg"),
        ("![](figures/demo/a.png)", r"figures/section/name\.svg"),
        ("![A line](figures/demo/a.svg)", "leave the brackets empty"),
        ("![](figures/demo/aa.svg)", "did you mean 'demo/a'"),
        ("![](figures/demo/_a.svg)", "no figure 'demo/_a'"),
    ],
)
def test_a_line_that_is_none_is_refused(built_once, line, words):
    with pytest.raises(UserError, match=words):
        pages._figure(pages.FIGURE.fullmatch(line), built_once.root, PAGE, NO_FILES)


def test_a_line_shown_as_code_or_in_a_sentence_is_left_alone():
    line = "![](figures/demo/a.svg)"
    text = f"```markdown\n{line}\n```\n\n{line}\n\nSee {line}.\n\n  {line}\n\n{line}  \n"
    found = [match for match in pages.FIGURE.finditer(text) if not match["code"]]
    assert [text[: each.start()].count("\n") for each in found] == [4, 10]


def test_how_it_was_measured_is_folded_and_only_there_where_it_is_said():
    script = SimpleNamespace(caption="In short.", measured="At length.")
    assert "<summary>How it was measured</summary>\n\nAt length." in pages._words(script)
    assert pages._words(script).index("In short.") < pages._words(script).index("<details")
    assert "details" not in pages._words(SimpleNamespace(caption="In short.", measured=""))
    assert pages._words(SimpleNamespace(caption="", measured="")) == ""


def test_a_users_mistake_is_mkdocs_own_error_and_any_other_is_not():
    with pytest.raises(PluginError, match=r"^page\.md: no such") as told, pages._told("page.md"):
        raise UserError("no such")
    assert told.value.__suppress_context__, "no traceback of ours below it"
    with pytest.raises(ZeroDivisionError), pages._told("page.md"):
        1 / 0  # noqa: B018


def test_a_notebook_is_known_by_its_name():
    for uri, expected in (("notebooks/a.ipynb", True), ("ipynb.md", False)):
        page = SimpleNamespace(file=SimpleNamespace(src_uri=uri))
        assert pages._is_notebook(page) == expected
        if not expected:
            assert pages.on_page_read_source(page, None) is None


def test_the_root_is_where_the_configuration_lies():
    assert pages._root(SimpleNamespace(config_file_path="/a/b/mkdocs.yml")) == Path("/a/b")
