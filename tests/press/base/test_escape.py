"""What comes from elsewhere is text on a page: `html` reads back what was written."""

import html
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainingtips.press.base import escape
from trainingtips.press.base.errors import UserError


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs"))))
def test_plain_reads_back_as_the_same_words(text):
    written = escape.plain(text)
    assert html.unescape(written) == " ".join(text.split())
    assert not set(written) & set("\\`*_{}[]+!|~^$<>\"'=@")


def test_plain_is_one_line_without_what_cannot_be_seen():
    assert escape.plain(" a\n\tb  c ") == "a b c"
    hidden = "\0\x08\x7f\x9f\u200e\u202e\u2066\ud800"
    assert escape.plain(f"x{hidden}y") == f"x{len(hidden) * chr(0xFFFD)}y"
    words = string.ascii_letters + string.digits + " .,;:?()/%-é中"
    assert escape.plain(words) == words


def test_without_html_keeps_markdown_and_gives_the_signs_back_as_text():
    kept = escape.without_html("**a** <b> {: .c} &amp;")
    assert kept.startswith("**a** ") and not set("<{&") & set(kept)
    assert escape.restored(kept) == "**a** &lt;b> {: .c} &amp;amp;"


def test_private_characters_cannot_be_smuggled_in():
    """They would become `<`, `{` and `&` on the page."""
    assert escape.without_html("\ue000b\ue001c\ue002") == "\ufffdb\ufffdc\ufffd"


@pytest.mark.parametrize("link", ["javascript:x", "JavaScript:x", "vbscript:x", "data:text/html,"])
def test_a_link_that_runs_a_script_is_named(link):
    with pytest.raises(UserError, match=f"a link that runs a script: {link[:9]}"):
        escape.without_html(f"[a]({link})")
    assert escape.without_html("script: a language") == "script: a language"
