"""A plain Markdown copy of each page, and llms.txt, their list: for who brings an assistant.

The copy is what the page's Markdown became: numbers are there, a figure is its claim, its caption
and what it shows in words. Links lead from copy to copy, to scripts and to results.
"""

import html
import re
from pathlib import Path

from trainingtips.press.base import escape, files

INDEX = "llms.txt"
_CODE = re.compile(r"(^[ ]*(?:`{3,}|~{3,})(?s:.*?)^[ ]*(?:`{3,}|~{3,})[ \t]*$|`[^`\n]+`)", re.M)
_DRAWN = re.compile(r"<(svg|form|canvas|script|style)\b.*?</\1>", re.S)
_DARK = re.compile(r'<(picture|img)\b[^>]*class="only-dark".*?(?:</picture>|(?<=img)[^>]*>)', re.S)
_IMAGE = re.compile(r'<img\b[^>]*?\balt="([^"]*)"[^>]*>')
_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"[^>]*>(.*?)</a>', re.S)
_CELL = re.compile(r"</t[dh]>\s*(?=<t[dh])")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ATTRIBUTES = re.compile(r"\{\s*[:#.][^{}\n]*\}")
# signs of a text that was escaped; as themselves they could make a tag or a link of its words
_LESS = re.compile(r"&(?:lt|#0*60|#x0*3c);?", re.IGNORECASE)
_OPENING = re.compile(r"&(?:lsqb;|lbrack;|#0*91;?|#x0*5b;?)", re.IGNORECASE)
_CLOSING = re.compile(r"&(?:rsqb;|rbrack;|#0*93;?|#x0*5d;?)", re.IGNORECASE)
# private characters, in the meantime
_HELD = {_LESS: "\ue010", _OPENING: "\ue011", _CLOSING: "\ue012"}


def copy(markdown):
    """The Markdown of a finished page without HTML; code stays as it is.

    >>> copy('It is <data title="a.json">1.3</data> &lt; 2, `<b>`.')
    'It is 1.3 < 2, `<b>`.\\n'
    """
    parts = _CODE.split(markdown)
    text = "".join(part if index % 2 else _without(part) for index, part in enumerate(parts))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"


def _without(text):
    text = _DARK.sub("", _DRAWN.sub("", text))
    text = _IMAGE.sub(lambda found: f"\n\nShown: {found[1]}\n\n", text)
    text = _LINK.sub(lambda found: f"[{found[2]}]({_to_copy(found[1])})", text)
    text = _TAG.sub("", _CELL.sub(" | ", text.replace("</span><span", "</span> <span")))
    return _unescaped(escape.restored(_ATTRIBUTES.sub("", text)))


def _unescaped(text):
    """Entities as the signs that they are, as long as words stay words in Markdown."""
    for pattern, held in _HELD.items():
        text = pattern.sub(held, text.replace(held, "\N{REPLACEMENT CHARACTER}"))
    text = html.unescape(text)
    text = re.sub("\ue010(?=[A-Za-z/!?])", "&lt;", text).replace("\ue010", "<")
    text = re.sub("\ue011([^\n\ue012]*)\ue012(?=[(:[])", r"\\[\1\\]", text)
    return text.replace("\ue011", "[").replace("\ue012", "]")


def _to_copy(address):
    return re.sub(r"^(?!\w+:)([^#?]*)\.html(?=$|#)", r"\1.md", address)


def index(name, description, pages, base=""):
    """llms.txt. `pages` are (title, address of the copy, description), `base` the site's address.

    >>> print(index("a", "What it is.", [("One", "one.md", "First.")]))
    # a
    <BLANKLINE>
    > What it is.
    <BLANKLINE>
    ## Pages
    <BLANKLINE>
    - [One](one.md): First.
    <BLANKLINE>
    """
    base = f"{base.rstrip('/')}/" if base else ""
    lines = "".join(
        f"- [{_title(title)}]({base}{escape.address(address)}): {_line(told)}\n"
        for title, address, told in pages
    )
    told = f"> {_line(description)}\n\n" if description else ""
    return f"# {_line(name)}\n\n{told}## Pages\n\n{lines}"


def _title(text):
    return re.sub(r"(?<!\\)([\[\]])", r"\\\1", _line(text))


def _line(text):
    """Words on one line, which make neither a tag nor a link."""
    text = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", " ".join(str(text).split()))
    return re.sub(r"\](?=[(\[:])", r"\\]", text)


def write(site_dir, copies, text):
    """Write the copies, {address: Markdown}, and the list of them."""
    made = {Path(site_dir) / address: each.encode() for address, each in copies.items()}
    files.replace_all(made | {Path(site_dir) / INDEX: text.encode()})
