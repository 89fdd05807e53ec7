"""The Content-Security-Policy of a page: it may run, fetch and show what is the site's, no more.

The theme puts a few scripts into each page. They are allowed by their hashes, computed from the
finished page, so that anything else (a script that came in with a result's text, say) stays dead
even where an escape was forgotten. Below `<article>` no script may stand in the page at all.
"""

import base64
import hashlib
import re

from trainingtips.press.base.errors import UserError

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_ARTICLE = re.compile(r"<article\b.*</article>", re.DOTALL)
_HANDLER = re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=", re.IGNORECASE)
_HEAD = '<meta charset="utf-8">'  # the policy goes behind it: before all that it is to govern

POLICY = {
    "default-src": "'none'",
    "script-src": "'self' {hashes}",
    "style-src": "'self'",
    # KaTeX places glyphs by style attributes; an attribute can load nothing that img-src and
    # font-src do not allow
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",  # the theme's icons are data addresses in its style sheet
    "font-src": "'self'",
    "connect-src": "'self'",  # the search index
    "worker-src": "'self'",  # the search itself
    "base-uri": "'none'",
    "form-action": "'none'",
    "object-src": "'none'",
}


def protect(page, where):
    """The finished HTML of a page, with its policy in the head.

    Raises UserError for a script or an event handler within the article: it belongs in a file.

    >>> page = '<head><meta charset="utf-8"></head><script>go()</script>'
    >>> "'sha256-" in protect(page, "a.md")
    True
    """
    _refuse_scripts(page, where)
    if page.count(_HEAD) != 1:
        raise UserError(f"{where}: no {_HEAD} to put the Content-Security-Policy behind")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(page)}">'
    return page.replace(_HEAD, f"{_HEAD}\n      {meta}")


def policy(page):
    """The policy for a page with these inline scripts, as one line."""
    found = {_hash(text) for attributes, text in _SCRIPT.findall(page) if _runs(attributes)}
    hashes = " ".join(sorted(found))
    parts = (f"{name} {value.format(hashes=hashes).strip()}" for name, value in POLICY.items())
    return "; ".join(parts)


def _hash(text):
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _runs(attributes):
    """Whether a script stands in the page and is one: not a file, not a block of data."""
    return not re.search(r"\ssrc\s*=|type=\"?application/(?:ld\+)?json", attributes)


def _refuse_scripts(page, where):
    found = _ARTICLE.search(page)
    article = found[0] if found else ""
    for attributes, text in _SCRIPT.findall(article):
        if _runs(attributes):
            raise UserError(
                f"{where}: a script within the page, {text.strip()[:60]!r}; put it into a file "
                f"under docs/assets and load that"
            )
    handler = _HANDLER.search(article)
    if handler:
        raise UserError(f"{where}: an event handler within the page, {handler[0][:80]!r}")
