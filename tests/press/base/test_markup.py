"""What would run on a page is seen, however written; what only looks like it is left alone."""

import base64
import hashlib

import pytest

from trainingtips.press.base import markup

RUNS = [
    "<script>go()</script>",
    "<SCRIPT type=module>go()</SCRIPT >",
    "<script/>go()</script>",
    "<script type='text/javascript'>go()",
    '<script type="importmap">{}</script>',
    "<img/onerror=go()>",
    '<img src="x"onerror="go()">',
    '<p title="a>b" onerror="go()">',
    "<p title='a>b'\nONCLICK = go()>",
    "<svg/onload=go()>",
    "<svg><style><img src=x onerror=go()></style></svg>",
    "<!--><img src=x onerror=go()>-->",
    "<!-- --!><img src=x onerror=go()> -->",
    "<svg><![CDATA[><img src=x onerror=go()>]]></svg>",
    "<textarea></textarea><img src=x onerror=go()>",
    "<title><img src=x onerror=go()></title>",
    '<a href="javascript:go()">x</a>',
    '<a href=" \x01java\nscript:go()">x</a>',
    '<a href="JAVA&#115;cript&colon;go()">x</a>',
    '<a xlink:href="vbscript:go()">x</a>',
    '<svg><set attributeName="href" to="javascript:go()"/></svg>',
    '<iframe src="data:text/html,x"></iframe>',
    "<iframe srcdoc='<script>go()</script>'></iframe>",
    '<form action="javascript:go()"><button formaction="javascript:go()">x</button></form>',
    '<a href="file:///etc/passwd">x</a>',
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<META HTTP-EQUIV='Set-Cookie' content=x>",
    "<base href='https://evil.example/'>",
    "<br/>" * 9 + "<img/onerror=go()>",
    '<img src="https://evil.example/x.png">',
    '<link rel="stylesheet" rel="canonical" href="https://evil.example/x.css">',
    '<script type="module" type="application/json">go()</script>',
    '<img src="ok.png" srcset="//evil.example/x.png 2x">',
    "<script src=HTTPS://evil.example/x.js></script>",
    '<iframe src=" https://evil.example/"></iframe>',
    '<link rel="alternate stylesheet" href="https://evil.example/x.css">',
    '<svg><image href="//evil.example/x.png"/></svg>',
    '<object data="https://evil.example/x"></object>',
    "<textarea><img title=\"</textarea><meta http-equiv=refresh content='0;url=x'>\"></textarea>",
    '<xmp><p title="</xmp><img src=x onerror=go()>"></xmp>',
    '<title><b id="</title><img src=x onerror=go()>"></title>',
]
STILL = [
    '<a href="https://example.org/">there</a>',
    '<link rel="canonical" href="https://example.org/page">',
    '<img src="../a//b.png">',
    "<p>a &lt;script&gt; and <code>&lt;img onerror=go()&gt;</code></p>",
    '<img alt="javascript: a language" src="a.svg" title="onerror=go()">',
    '<script type="application/json">{"a": "<b"}</script>',
    '<script type="module" src="labs/mount.js"></script>',
    '<a href="https://a.example/?x=javascript:1">x</a><a href="mailto:a@b.example">x</a>',
    '<a href="../batch.html#noise">x</a><a href="#a:b">x</a><img src="data:image/png;base64,x">',
    "<!-- a comment, 1 < 2 --><p>1 < 2 and b > a</p>",
    "<p data-on='x' content='onclick'>on = 3</p>",
    "<p data-link='javascript:go()'>x</p>",
]


@pytest.mark.parametrize("text", RUNS)
def test_what_runs_or_leads_astray_is_seen(text):
    assert markup.dangers(f"<p>before</p>{text}<p>behind</p>")


@pytest.mark.parametrize("text", STILL)
def test_what_only_looks_like_it_is_left_alone(text):
    assert markup.dangers(text) == []


def test_a_script_is_allowed_by_its_own_hash_alone():
    allowed = {markup.script_hash("go()")}
    assert markup.dangers("<script>go()</script>", allowed) == []
    assert markup.dangers("<script>go( )</script>", allowed)
    assert markup.scripts("<script>go()</script><script src=a.js></script>") == ["go()"]


def test_a_tag_that_is_not_closed_within_a_comment_is_one_too_many_rather_than_too_few():
    assert markup.dangers("<!-- <img onerror=go() --><p>behind</p>")


def test_a_danger_says_by_which_words_to_find_it():
    (found,) = markup.dangers('<p>a</p><a href="file:///x">b</a>')
    assert found.pieces == ('<a href="file:///x">', "file:///x")


def test_a_hash_is_that_of_the_browsers():
    """The example of MDN's page on script-src; and half a pair, as Python's own bytes of it."""
    known = "'sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc='"
    assert markup.script_hash("doSomething();") == known
    half = base64.b64encode(hashlib.sha256(b"\xed\xa0\x80").digest()).decode()
    assert markup.script_hash("\ud800") == f"'sha256-{half}'"
