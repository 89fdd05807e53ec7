"""What the second hook mends in finished pages, and that titles are text wherever they stand."""

from types import SimpleNamespace

import pytest
from markupsafe import Markup
from mkdocs.exceptions import PluginError

from trainingtips.press.base.errors import UserError
from trainingtips.press.publishing import publish

EVIL, SHOWN = "<b>a</b> & b", "&lt;b&gt;a&lt;/b&gt; &amp; b"


def mended(text):
    for pattern, new in publish._MENDS:
        text = pattern.sub(new, text)
    return text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<div data-md-component="search" role="dialog">', ' aria-label="Search">'),
        ("<pre><code>x</code></pre>", '<pre><code tabindex="0">x</code></pre>'),
        ('<pre id="a"><span></span><code>', '<pre id="a"><span></span><code tabindex="0">'),
        ("<samp>", '<samp tabindex="0">'),
        ("<th> </th>", "<td></td>"),
        ('<th style="x"></th>', '<td style="x"></td>'),
        ("<th>Name</th>", '<th scope="col">Name</th>'),
        ('<th style="x">Name</th>', '<th scope="col" style="x">Name</th>'),
    ],
)
def test_what_the_theme_leaves_unnamed_is_mended(before, after):
    assert after in mended(before)
    assert mended(mended(before)) == mended(before), "once is enough"


@pytest.mark.parametrize(
    "text",
    ['<th scope="row">a</th>', "<thead><tr>", "<p><code>x</code></p>", '<pre class="a">text</pre>'],
)
def test_what_is_whole_stays(text):
    assert mended(text) == text


def test_lists_of_one_name_are_told_apart():
    nav = '<nav class="md-nav" aria-label="{}">'
    text = "".join(map(nav.format, ["Trace", "trace", "Other", "Trace"]))
    expected = "".join(map(nav.format, ["Trace", "trace (2)", "Other", "Trace (3)"]))
    assert publish._NAVIGATION.sub(publish._Names(), text) == expected


def section(title, *children):
    return SimpleNamespace(title=title, children=list(children))


def test_every_title_of_the_navigation_is_text():
    inner = section(EVIL)
    unknown = SimpleNamespace(title=None, children=None)  # a page whose heading is not yet read
    items = [section("plain", section(EVIL, inner)), unknown]
    publish.on_nav(SimpleNamespace(items=items), None, None)
    assert inner.title == Markup(SHOWN) == items[0].children[0].title
    assert items[0].title == "plain" and unknown.title is None
    assert len(list(publish._items(items))) == 4


def test_titles_of_a_page_and_of_its_contents_are_text():
    page = SimpleNamespace(title=EVIL, meta={"title": "a & b"})
    assert publish.on_page_content("<p>", page, None, None) == "<p>"
    assert (page.title, page.meta["title"]) == (SHOWN, "a &amp; b")
    entries = [section("a", section("&lt;b&gt;"))]
    publish._mark(entries)
    assert entries[0].children[0].title == Markup("&lt;b&gt;"), "not escaped twice"


def test_files_are_read_only_where_something_is_told():
    read = []
    lazy = publish._Lazy(lambda *what: read.append(what) or iter("ab"), "root", "page")
    assert read == []
    assert list(lazy) == ["a", "b"] == list(lazy)
    assert read == [("root", "page")] * 2


def test_a_picture_of_a_page_needs_an_address():
    config = SimpleNamespace(site_url="", config_file_path="/no/mkdocs.yml")
    assert publish.on_files([], config) == []


STATIC = {
    "evil.html": "<script>go()</script>",
    "calm.HTM": "<p>",
    "assets/evil.svg": "<svg><script>go()</script></svg>",
    "link.svg": '<svg><a href="javascript:go()">x</a></svg>',
}


@pytest.mark.parametrize("name", STATIC)
def test_a_file_that_a_browser_would_run_is_not_published(tmp_path, name):
    path = tmp_path / "docs" / name
    path.parent.mkdir(parents=True)
    path.write_text(STATIC[name])
    config = SimpleNamespace(site_url="", config_file_path=str(tmp_path / "mkdocs.yml"))
    file = SimpleNamespace(src_uri=name, abs_src_path=str(path))
    with pytest.raises(PluginError, match=f"docs/{name}: "):
        publish.on_files([file], config)


def test_a_picture_that_only_shows_is_published(tmp_path):
    path = tmp_path / "docs/calm.svg"
    path.parent.mkdir()
    path.write_text('<svg><title>calm</title><path d="M1 1"/></svg>')
    config = SimpleNamespace(site_url="", config_file_path=str(tmp_path / "mkdocs.yml"))
    file = SimpleNamespace(src_uri="calm.svg", abs_src_path=str(path))
    assert publish.on_files([file], config) == [file]


def test_a_users_mistake_is_mkdocs_own_error():
    with pytest.raises(PluginError, match=r"^no such$") as told, publish._told():
        raise UserError("no such")
    assert told.value.__suppress_context__
