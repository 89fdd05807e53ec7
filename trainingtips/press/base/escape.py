"""Text that comes from elsewhere, on a page: shown as it is, neither Markdown nor HTML.

A string of a result may hold anything. `html.escape` alone is not enough on a Markdown page: it
would leave `[x](javascript:…)`, backticks, attribute lists and footnotes to be read as markup.
"""

import re
import urllib.parse

from trainingtips.press.base.errors import UserError

# everything that Markdown, its extensions, the formulas or HTML read as more than itself
_MARKUP = re.compile(r"[\\`*_{}\[\]#+!|~^$&<>\"'=@]")
# control characters, halves of surrogate pairs, and what turns the direction of the text around it
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# private characters, within one page's Markdown alone, and what they stand for
_SAFE = {"<": "\ue000", "{": "\ue001", "&": "\ue002"}
_HTML = {"\ue000": "&lt;", "\ue001": "{", "\ue002": "&amp;"}
_RUNS = re.compile(r"(?:java|vb)script:|data:text", re.IGNORECASE)


def plain(text):
    """`text` on one line for a page or an attribute: every special character as an entity.

    >>> plain("<b> *a*")
    '&#60;b&#62; &#42;a&#42;'
    """
    return _plain(" ".join(text.split()))


def _plain(text):
    text = _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)


def words(text):
    """`plain` but for formulas, `$…$`: what a bibliography says of a work.

    >>> words("*Rates* of $O(1/k^2)$")
    '&#42;Rates&#42; of $O(1/k^2)$'
    """
    parts = re.split(r"(\$[^$<>&]+\$)", " ".join(text.split()))
    return "".join(part if index % 2 else _plain(part) for index, part in enumerate(parts))


def address(text):
    """`text` as the address of a Markdown link: it ends where the text ends.

    >>> address("https://a.example/b_(c)?d=e")
    'https://a.example/b_%28c%29?d=e'
    """
    return urllib.parse.quote(text, safe="/:?#@!$&*+,;=%~_")


def without_html(markdown):
    """Markdown whose tags, entities and attribute lists are text: claims and notes.

    The page's HTML is then given to `restored`. Raises UserError for a link that runs a script.
    """
    if _RUNS.search(markdown):
        raise UserError(f"a link that runs a script: {_RUNS.search(markdown)[0]}")
    for private in _HTML:
        markdown = markdown.replace(private, "\N{REPLACEMENT CHARACTER}")
    return markdown.translate(str.maketrans(_SAFE))


def restored(content):
    """HTML made from `without_html`: the characters are back, as text."""
    return content.translate(str.maketrans(_HTML))
