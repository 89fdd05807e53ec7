"""Text that comes from elsewhere, on a page: shown as it is, neither Markdown nor HTML.

A string of a result may hold anything. `html.escape` alone is not enough on a Markdown page: it
would leave `[x](javascript:…)`, backticks, attribute lists and footnotes to be read as markup.
"""

import re

# everything that Markdown, its extensions, the formulas or HTML read as more than itself
_MARKUP = re.compile(r"[\\`*_{}\[\]#+!|~^$&<>\"'=@]")
# control characters, halves of surrogate pairs, and what turns the direction of the text around it
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LESS, _BRACE = "\ue000", "\ue001"  # private characters, within one page's Markdown alone


def plain(text):
    """`text` on one line for a page or an attribute: every special character as an entity.

    >>> plain("<b> *a*")
    '&#60;b&#62; &#42;a&#42;'
    """
    text = _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)


def without_html(markdown):
    """Markdown whose `<` and attribute lists are text: claims and notes. See `restored`."""
    markdown = markdown.replace(_LESS, "\N{REPLACEMENT CHARACTER}")
    markdown = markdown.replace(_BRACE, "\N{REPLACEMENT CHARACTER}")
    return markdown.replace("<", _LESS).replace("{", _BRACE)


def restored(content):
    """HTML made from `without_html`: the characters are back, as text."""
    return content.replace(_LESS, "&lt;").replace(_BRACE, "{")
