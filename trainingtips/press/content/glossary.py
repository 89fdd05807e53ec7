"""Terms explained where they first stand on a page, from one source: docs/glossary.md.

    batch, batches
    :   The examples whose mean gradient makes one update. More may follow, with $mathematics$.

The first form is the term's name, the others are recognised as well. The definition's first
sentence is what is shown on hover, so it is plain text. The term is a link to the glossary too,
which a keyboard or a finger reaches.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from trainingtips.press.base import escape, limits
from trainingtips.press.base.errors import UserError

FILE = "glossary.md"
PLAIN = {FILE, "references.md", "api.md", "notation.md"}  # these pages explain by themselves
_ENTRY = re.compile(r"^(?P<forms>\w[^\n]*)\n:   (?P<text>[^\n]+(?:\n    [^\n]+)*)", re.MULTILINE)
_SKIPPED = {"a", "abbr", "code", "pre", "script", "style", "summary", "figure", "th"}
_SKIPPED |= {"h1", "h2", "h3", "h4", "h5", "h6"}


@dataclass(frozen=True)
class Term:
    """A term: its forms (the first is its name) and what is shown on hover."""

    forms: tuple
    hover: str

    @property
    def anchor(self):
        return "term-" + re.sub(r"\W+", "-", self.forms[0].lower())


def read(docs):
    """The terms of `docs`/glossary.md; none where there is no such page."""
    path = Path(docs) / FILE
    return parse(limits.text(path, f"docs/{FILE}")) if path.exists() else []


def parse(markdown):
    """The terms of a glossary. UserError if two share a form or hover would be marked up.

    >>> parse("epoch, epochs\\n:   One pass over the *data*. It has $N/B$ updates.\\n")
    [Term(forms=('epoch', 'epochs'), hover='One pass over the data.')]
    """
    terms, seen = [], set()
    for entry in _ENTRY.finditer(markdown):
        forms = tuple(form.strip() for form in entry["forms"].split(","))
        if not all(forms):
            line = markdown.count("\n", 0, entry.start()) + 1
            raise UserError(
                f"docs/{FILE}:{line}: {entry['forms']!r} has an empty form; write forms as `batch, "
                f"batches`"
            )
        twice = seen & {form.lower() for form in forms}
        if twice:
            raise UserError(f"{FILE}: {sorted(twice)} stands in two entries")
        seen |= {form.lower() for form in forms}
        terms.append(Term(forms, _hover(forms[0], entry["text"])))
    return terms


def _hover(name, definition):
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(definition.split()))
    sentence = re.match(r".*?[.](?=\s|$)", text)
    if not sentence or set("$`\\<{") & set(sentence[0]):
        raise UserError(f"{FILE}: {name}: the first sentence is shown on hover, so plain text")
    return sentence[0].replace("*", "")


def check_used(docs, used):
    """Raise UserError for a term that no page uses, with its line."""
    unused = lines(docs, [term for term in read(docs) if term not in used])
    if unused:
        told = "\n".join(f"  docs/{FILE}:{line}: {', '.join(t.forms)}" for line, t in unused)
        raise UserError(f"no page uses these terms; use them in a text, or remove them:\n{told}")


def lines(docs, terms):
    """(line, term) of those of `terms` that stand in the glossary, in its order."""
    text = limits.text(Path(docs) / FILE, f"docs/{FILE}") if terms else ""
    entries = zip(_ENTRY.finditer(text), parse(text), strict=True)
    return [(text.count("\n", 0, e.start()) + 1, term) for e, term in entries if term in terms]


def unseen(terms, texts):
    """Those of `terms` of which no form stands in any of the texts, written as it may be.

    >>> unseen([Term(("epoch",), ""), Term(("batch norm",), "")], ["One Batch norm."])
    [Term(forms=('epoch',), hover='')]
    """
    left = list(terms)
    for text in texts:
        if not left:
            break
        left = [term for term in left if not _pattern(term.forms).search(text)]
    return left


def _pattern(forms):
    longest_first = sorted(forms, key=len, reverse=True)
    some = "|".join(r"\s+".join(map(re.escape, form.split())) for form in longest_first)
    return re.compile(rf"(?<![\w-])(?:{some})(?![\w-])", re.IGNORECASE)


def render(markdown):
    """The glossary page with an anchor at each term, which alone is shown of its forms."""
    terms = {term.forms: term for term in parse(markdown)}

    def anchored(entry):
        term = terms[tuple(form.strip() for form in entry["forms"].split(","))]
        line = f'<span id="{term.anchor}">{escape.plain(term.forms[0])}</span>'
        return line + entry[0][len(entry["forms"]) :]

    return _ENTRY.sub(anchored, markdown)


class Terms(Extension):
    """The Markdown extension: links the first occurrence of each term on the page `page`."""

    def __init__(self, terms=(), page=None):
        super().__init__()
        self.terms, self.page, self.used = terms, page, set()

    def extendMarkdown(self, md):
        # after the table of contents has set its anchors (5), before mkdocs checks links (0)
        md.treeprocessors.register(_Linker(self), "glossary", 4)


class _Linker(Treeprocessor):
    def __init__(self, extension):
        self.extension = extension

    def run(self, root):
        if self.extension.page is None or self.extension.page in PLAIN:
            return
        self.left = {form.lower(): t for t in self.extension.terms for form in t.forms}
        self.pattern = self.made()
        for child in root:
            if child.tag == "h2" and child.get("id") == "reading":
                break  # titles of papers are not prose
            self.visit(child)

    def visit(self, element):
        """Go through an element in reading order, so that the first occurrence is the page's."""
        if element.tag in _SKIPPED or "arithmatex" in element.get("class", ""):
            return
        children = list(element)
        element.text, links = self.split(element.text)
        element[:0] = links
        for child in children:
            self.visit(child)
            child.tail, links = self.split(child.tail)
            place = list(element).index(child) + 1
            element[place:place] = links

    def split(self, text):
        """(text before the first term, links); each link's tail is the text behind it."""
        if not text or isinstance(text, AtomicString) or not self.left:
            return text, []
        match = self.pattern.search(text)
        if not match:
            return text, []
        link = self.link(" ".join(match[0].lower().split()), match[0])
        link.tail, more = self.split(text[match.end() :])
        return text[: match.start()], [link, *more]

    def made(self):
        """The pattern of the forms that are left; it takes as long as reading a paragraph."""
        return _pattern(self.left)

    def link(self, form, text):
        term = self.left[form]
        self.extension.used.add(term)
        for each in term.forms:
            del self.left[each.lower()]
        self.pattern = self.made()
        link = Element("a", {"class": "term", "href": f"{FILE}#{term.anchor}"})
        explained = Element("abbr", {"title": term.hover})
        explained.text = AtomicString(text)
        link.append(explained)
        return link
