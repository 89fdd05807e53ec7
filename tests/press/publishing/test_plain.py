"""A page's plain copy: no HTML but in code, every number, links to copies; and the list of them."""

import re
from types import SimpleNamespace

import markdown
import pytest

from tests.site import parse
from trainingtips.press.base import escape
from trainingtips.press.publishing import plain

FIGURE = """Before.

<figure class="claim" id="figure-a-b" markdown="1">
<picture class="only-light"><source srcset="b.narrow.svg"><img src="b.svg" alt="Two &amp; lines."></picture>
<picture class="only-dark"><img src="c.svg" alt="Two &amp; lines."></picture>
<figcaption markdown="1">

It falls. <span class="verdict">holds</span><span class="draws">on 20</span>

</figcaption></figure>
"""  # noqa: E501


def test_a_figure_is_its_words_once():
    found = plain.copy(FIGURE)
    assert found.count("Shown: Two & lines.") == 1
    assert "It falls. holds on 20" in found
    assert not re.search(r"<|svg", found)


@pytest.mark.parametrize(
    "code",
    ["```html\n<b>x</b> {: .a }\n```", "~~~\n<i>\n~~~", "`<samp>`", "    ```py\n    <a>\n    ```"],
)
def test_code_stays_as_it_is(code):
    assert code in plain.copy(f"Words <b>here</b>.\n\n{code}\n\nMore.")


@pytest.mark.parametrize(
    ("address", "led"),
    [
        ("batch.html", "batch.md"),
        ("batch.html#a", "batch.md#a"),
        ("figures/a/b.py", "figures/a/b.py"),
        ("https://example.org/a.html", "https://example.org/a.html"),
        ("claims.html?found=open#b", "claims.html?found=open#b"),
        ("#here", "#here"),
    ],
)
def test_links_lead_to_copies_where_there_are(address, led):
    assert plain.copy(f'<a class="x" href="{address}">it</a>') == f"[it]({led})\n"


def test_what_is_drawn_or_clicked_is_left_out():
    form = "<form><select><option>x</option></select></form>"
    text = f'A <svg class="curve"><path d="M0"/></svg>b {form}c'
    assert plain.copy(text).split() == ["A", "b", "c"]


@pytest.mark.parametrize(
    "words",
    ["<script>go()</script>", "[x](javascript:go())", "a </b> <!-- c", "[x]: javascript:go()"],
)
def test_what_was_escaped_stays_words(words):
    """Whoever shows a copy as Markdown sees the words that the page has."""
    for text in ("{}", "Said: {} <b>here</b>.\n"):
        page = parse(markdown.markdown(plain.copy(text.format(escape.plain(words)))))
        assert {node.tag for node in page.walk()} <= {"", "p"}, page.text()
        assert words in page.text()


def test_what_a_script_says_has_its_signs():
    said = escape.without_html("If $\\frac{a}{b} < 1$ & so on")
    assert plain.copy(said) == "If $\\frac{a}{b} < 1$ & so on\n"


def test_formulas_stay_tex():
    assert plain.copy("If $a < b$ and $c > d$:\n\n$$\nx \\le y\n$$\n") == (
        "If $a < b$ and $c > d$:\n\n$$\nx \\le y\n$$\n"
    )


def test_a_table_keeps_its_columns():
    rows = "<table><tr><th>a</th><td>1</td><td>2</td></tr></table>"
    assert plain.copy(rows) == "a | 1 | 2\n"


def test_the_list_has_whole_addresses_where_the_site_has_one():
    pages = [("One", "one.md", "First.")]
    assert "(https://example.org/b/one.md)" in plain.index(
        "a", "b", pages, "https://example.org/b/"
    )


def test_an_entry_of_the_list_is_one_line_and_one_link():
    pages = [("A](javascript:go()) [b", "my page(1).md", "First.\n\n# Second\n- [x](y)")]
    found = plain.index("a\n# b", None, pages)
    assert found.count("\n- ") == 1 and found.count("\n#") == 1 and "None" not in found
    page = parse(markdown.markdown(found))
    assert page.one("li").all("a")[0]["href"] == "my%20page%281%29.md"
    assert page.one("li").all("a")[0].text() == "A](javascript:go()) [b"


def test_they_are_written_beside_the_pages(tmp_path):
    plain.write(tmp_path, {"one.md": "One.\n"}, "list")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {
        "one.md": "One.\n",
        plain.INDEX: "list",
    }


def test_the_list_is_in_the_order_of_the_navigation(monkeypatch):
    from trainingtips.press.publishing import publish

    def page(name):
        file = SimpleNamespace(src_uri=f"{name}.md")
        return SimpleNamespace(title=name, file=file, meta={"description": name}, children=())

    nav = SimpleNamespace(items=[page("b"), SimpleNamespace(children=[page("a")]), page("unseen")])
    monkeypatch.setitem(publish._state, "nav", nav)
    monkeypatch.setitem(publish._state, "copies", {"a.md": "", "b.md": ""})
    config = SimpleNamespace(site_name="n", site_description="d", site_url="")
    assert re.findall(r"\((.*?)\)", publish._index(config)) == ["b.md", "a.md"]
