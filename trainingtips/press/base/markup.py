"""What in a page's HTML would run or lead astray: scripts, handlers, links, refreshes.

The browser reads HTML more generously than any parser here. Where the two could part (comments, a
style sheet within a drawing, a tag that is not closed), what the browser might see is looked at
too: rather one tag too many than one too few.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from html.parser import HTMLParser

SCHEMES = {"http", "https", "mailto"}  # of addresses; without one they lead to the site itself
_ADDRESSES = {"href", "src", "action", "formaction", "poster", "background", "cite", "xlink:href"}
_ADDRESSES |= {"data", "ping", "srcset", "manifest", "longdesc", "codebase"}
# what a browser fetches for the page itself
_FETCHED = {"src", "srcset", "poster", "data", "background", "imagesrcset"}
_FETCHES = {"stylesheet", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch"}
_FETCHES |= {"icon", "manifest", "prerender"}  # of a <link>, by its rel
_ELSEWHERE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
# words for people, which no browser takes for an address
_WORDS = {"alt", "title", "content", "aria-label", "placeholder", "label", "value", "summary"}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_RUNS = re.compile(r"(?:java|vb|live)script:|data:(?!image/)", re.IGNORECASE)
_DATA = {"application/json", "application/ld+json"}  # types of a script that is none
# a browser takes what is within for text, up to the closing tag, wherever that stands
_RAW = {"textarea", "title", "xmp", "noembed", "noframes", "iframe"}
_OPENING = re.compile(r"<[a-zA-Z]")


@dataclass(frozen=True)
class Danger:
    """Something that must not be on a page; `pieces` are the words to find it by in a source."""

    what: str
    pieces: tuple


def script_hash(text):
    """The hash by which a Content-Security-Policy allows an inline script."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def dangers(html, allowed=frozenset()):
    """The `Danger`s in `html`, in order. `allowed` are the `script_hash`es that may stand there.

    >>> [each.what for each in dangers('<img/onerror=go()><a href=" JavaScript:go()">x</a>')]
    ["an event handler, onerror='go()'", "an address that runs a script, ' JavaScript:go()'"]
    >>> dangers('<p title="a > b">`<code>&lt;script&gt;</code>')
    []
    """
    reader = _Reader(allowed)
    reader.feed(html)
    reader.close()
    return reader.found


def scripts(html):
    """The texts of the inline scripts in `html`, data left out."""
    reader = _Reader(())
    reader.feed(html)
    reader.close()
    return reader.scripts


def _plain(address):
    """As a browser reads it, without blanks and control characters."""
    return re.sub(r"[\x00-\x20\x7f]", "", address)


def _is_fetched(tag, name, given):
    if tag == "link":
        return name == "href" and bool(_FETCHES & set(given.get("rel", "").lower().split()))
    if tag in ("image", "use", "feimage"):  # of a drawing
        return name in ("href", "xlink:href")
    return name in _FETCHED


class _Reader(HTMLParser):
    def __init__(self, allowed, depth=0):
        super().__init__(convert_charrefs=False)  # an entity is text, never a tag
        self.allowed, self.depth = allowed, depth
        self.found, self.scripts = [], []
        self.inline = None  # the texts of the script or the style sheet that is open

    def handle_starttag(self, tag, attributes):
        where = self.get_starttag_text() or ""
        given = {name: value or "" for name, value in reversed(attributes)}  # the first one counts
        for name, value in attributes:
            self._attribute(tag, name, value or "", where)
            if _is_fetched(tag, name, given) and _ELSEWHERE.match(_plain(value or "")):
                self._add(f"something of another host, {name}={value[:80]!r}", where, value)
        if tag == "meta" and "http-equiv" in given:
            self._add(f"a <meta http-equiv>, {where[:80]!r}", where)
        if tag == "base":
            self._add(f"a <base>, {where[:80]!r}", where)
        if tag in _RAW:
            self.set_cdata_mode(tag)
        if tag in self.CDATA_CONTENT_ELEMENTS:
            kind = given.get("type", "")
            runs = tag == "script" and "src" not in given and kind.strip().lower() not in _DATA
            self.inline = (tag, runs, [])

    def handle_startendtag(self, tag, attributes):
        # a browser knows no <script/>: it is open
        self.handle_starttag(tag, attributes)
        if tag in self.CDATA_CONTENT_ELEMENTS:
            self.set_cdata_mode(tag)

    def _attribute(self, tag, name, value, where):
        plain = _plain(value)
        if name.startswith("on"):
            self._add(f"an event handler, {name}={value[:60]!r}", where, value)
        elif name == "srcdoc":
            self._add(f"a page within the page, srcdoc={value[:60]!r}", where, value)
        elif name not in _WORDS and not name.startswith("data-") and _RUNS.match(plain):
            self._add(f"an address that runs a script, {value[:80]!r}", where, value)
        elif name in _ADDRESSES and not self._is_allowed(tag, plain):
            self._add(f"an address {value[:80]!r}, which is none of the web", where, value)

    @staticmethod
    def _is_allowed(tag, address):
        scheme = _SCHEME.match(address)
        picture = tag in ("img", "image", "source") and address.lower().startswith("data:image/")
        return not scheme or scheme[1].lower() in SCHEMES or picture

    def handle_endtag(self, tag):
        if self.inline and tag == self.inline[0]:
            self._close_inline()

    def handle_data(self, data):
        if self.inline:
            self.inline[2].append(data)
        elif _OPENING.search(data):  # a tag that this parser gave up on
            self._within(data)

    def _close_inline(self):
        tag, runs, parts = self.inline
        self.inline, text = None, "".join(parts)
        if runs:
            self.scripts.append(text)
            if script_hash(text) not in self.allowed:
                self._add(f"a script, {text.strip()[:60]!r}", text.strip())
        elif tag == "style":
            self._within(text)  # within a drawing it is no style sheet to a browser

    def handle_comment(self, data):
        self._within(data)

    unknown_decl = handle_pi = handle_decl = handle_comment

    def _within(self, text):
        """What else a browser might read as tags."""
        inner = text[text.find("<") :] if "<" in text else ""
        if not inner or self.depth > 3:
            return
        if _OPENING.match(inner) and ">" not in inner:
            inner += ">"
        reader = _Reader(self.allowed, self.depth + 1)
        reader.feed(inner)
        reader.close()
        self.found += reader.found

    def close(self):
        super().close()
        if self.inline:
            self._close_inline()

    def _add(self, what, *pieces):
        self.found.append(Danger(what, tuple(each for each in pieces if each.strip())))
