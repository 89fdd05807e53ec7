"""Finds measured numbers typed by hand: they would go stale, so they come from `number(…)`.

A decimal or a percentage in running text counts as measured. Mathematics, code, macros, links and
HTML are left alone, and so is a paragraph that cites its source, `[@keskar2017]`, or names it in a
footnote, `[^source]`.
"""

import re
from html import unescape

from trainingtips.press.base.errors import UserError

_QUOTED = [
    r"\A---\n.*?\n---\n",  # front matter
    r"```.*?```",
    r"<!--.*?-->",
    r"\$\$.*?\$\$",
    r"\$[^$\n]+\$",
    r"`[^`\n]*`",
]
_LEFT_OUT = [
    r"\{\{.*?\}\}",
    r"\{%.*?%\}",
    r"\]\([^)\s]*\)",  # a link's target
    r"https?://\S+",
    r"(?:arXiv|doi) [\w./-]+",  # a paper's number
    r"</?[a-zA-Z][^<>]*>",
    r"Python [\d.]+",
]
INSTEAD = (
    "take it from a result with number(…), write a constant as mathematics, or cite the source in "
    "that paragraph as [@key]"
)
_CITATION = re.compile(r"\[(?:\^|-?@)\w")
_SHARE = r"(?:[%‰]|pct\b|per\s?cent\b|percent(?:age)?\s+points?\b)"
_NUMBER = re.compile(
    rf"(?<![\w.])(?:(?:\d+(?:\.\d+)?|\.\d+)\s?{_SHARE}"
    r"|\d+(?:\.\d+)?[eE][-+−]?\d+\b|(?:\d+)?\.\d+(?![\w.]*\.\d))"
)


# of a macro: nothing but a number, or one that is given a name
_SPELT = re.compile(
    r"\{\{\s*([-+]?\d*\.?\d[\d.eE+-]*)\s*(?:\|[^}]*)?\}\}|\{%-?\s*set\b[^%]*?(\d*\.\d+)"
)


def check(markdown, where):
    """Raise UserError that lists the typed numbers of a page, each with its line."""
    found = typed_numbers(markdown)
    if found:
        lines = "\n".join(f"  {where}:{line}: {text!r}" for line, text in found)
        raise UserError(f"numbers typed by hand; {INSTEAD}:\n{lines}")


def typed_numbers(markdown):
    """(line, text) of each decimal or percentage in the running text.

    >>> typed_numbers("It reaches 97.3 % at $x = 0.1$.")
    [(1, '97.3 %')]
    >>> typed_numbers("Published: 98.0 % [@keskar2017].")
    []
    """
    for pattern in _QUOTED:
        markdown = re.sub(pattern, blank, markdown, flags=re.DOTALL)
    found = [
        (1 + markdown[: match.start()].count("\n"), match[1] or match[2])
        for match in _SPELT.finditer(markdown)
    ]
    for pattern in _LEFT_OUT:
        markdown = re.sub(pattern, blank, markdown, flags=re.DOTALL)
    line = 1
    for paragraph in re.split(r"(\n\s*\n)", markdown):
        if not _CITATION.search(paragraph):
            text = unescape(paragraph)  # &nbsp; and &#37; as they are read
            for match in _NUMBER.finditer(text):
                found.append((line + text[: match.start()].count("\n"), match[0]))
        line += paragraph.count("\n")
    return sorted(found, key=lambda each: each[0])


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])  # keeps the line numbers
