"""What people say, on the pages: each sentence with its source, our verdict and what decides it.

{{ sayings() }}          the table, on docs/claims.md
{{ said("refuted") }}    how many sentences have that verdict; without one, all
{{ folklore() }}         for the home page: of each verdict how many, and those marked `front:`
"""

import html
import urllib.parse
from pathlib import Path

from mkdocs.utils import get_relative_url

from trainingtips.press.base import escape
from trainingtips.press.base.errors import UserError
from trainingtips.press.content import citations, folklore, ledger, numbers
from trainingtips.press.kept import scripts

TAGGED = {"network": "Network", "data": "Data", "optimiser": "Optimiser"}
_ORDER = ("refuted", "open", "regime", "holds")  # what did not hold is not looked for at the end


def table(root, docs, url, pages=()):
    """The sentences as HTML, for the page at `url`: a body a section, in the order of `pages`."""
    found = _read(docs)
    names = {saying.section for saying in found}
    first = [page.removesuffix(".md") for page in pages]
    order = sorted(names, key=lambda each: (first.index(each) if each in first else 99, each))
    titles = {section: ledger.title(docs, section) for section in order}
    shown = _Shown(root, docs, url)
    bodies = "".join(
        f'<tbody data-section="{section}">\n<tr><th colspan="3" scope="rowgroup">'
        f"{titles[section]}</th></tr>\n"
        + "".join(shown.row(each) for each in found if each.section == section)
        + "</tbody>\n"
        for section in order
    )
    heads = ("What people say", "Found here", "Why, and what decides it")
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    return (
        f'{_form(found, titles)}<table class="ledger sayings" id="sayings">\n<caption>What people '
        f"say, section by section</caption>\n<thead><tr>{head}</tr></thead>\n{bodies}</table>\n"
    )


def _read(docs):
    found = folklore.read(docs)
    if not found:
        raise UserError(f"docs/{folklore.FILE}: there is no such file, and a page shows it")
    return found


def _form(found, titles):
    sections = _options(titles)
    verdicts = _options(folklore.VERDICTS)
    tags = "".join(
        f'<optgroup label="{TAGGED[kind]}">{_options(_tags(found, kind))}</optgroup>'
        for kind in folklore.TAGS
        if _tags(found, kind)
    )
    return (
        f'<form class="ledger-filter" id="sayings-filter">\n'
        f'<label>About <select name="about"><option value="">all</option>{sections}</select>'
        f'</label>\n<label>Found <select name="found"><option value="">all</option>{verdicts}'
        f'</select></label>\n<label>Tried on <select name="on"><option value="">all</option>{tags}'
        f'</select></label>\n<button type="reset">Show every sentence</button>\n'
        f'<output id="sayings-count">{len(found)} of {len(found)} sentences</output>\n</form>\n'
    )


def _options(texts):
    return "".join(
        f'<option value="{escape.plain(value)}">{text}</option>' for value, text in texts.items()
    )


def _tags(found, kind):
    """{what a row's data-on holds: what the reader sees} of all tags of that kind."""
    tags = sorted({tag for saying in found for tag in getattr(saying, kind)}, key=str.casefold)
    return {_on(kind, tag): escape.plain(tag) for tag in tags}


def _on(kind, tag):
    return f"{kind}={tag}"


class _Shown:
    """The parts of a sentence as HTML, with addresses relative to the page at `url`."""

    def __init__(self, root, docs, url):
        self.url, self.entries = url, citations.read(docs)
        self.claims = scripts.find_scripts(root)
        self.pages = ledger.pages(docs)

    def row(self, saying):
        tags = "".join(f'<span class="tag">{escape.plain(tag)}</span> ' for _, tag in saying.tags)
        on = escape.plain("|".join(_on(*pair) for pair in saying.tags))
        why = f"{self.words(saying.why)} " if saying.why else ""
        return (
            f'<tr id="saying-{saying.id}" data-about="{saying.section}" '
            f'data-found="{saying.verdict}" data-on="{on}">'
            f'<th scope="row">{sentence(saying)}<span class="source">{self.source(saying)}</span>'
            f"</th><td>{badge(saying.verdict)}</td>"
            f"<td>{why}{self.decided(saying)}{tags and f'<p>{tags}</p>'}</td></tr>\n"
        )

    def source(self, saying):
        """Who says it, as a link, and where in the work."""
        place = escape.plain(saying.place)
        if saying.key:
            return self.citation(saying.key) + (f", {place}" if place else "")
        address = escape.plain(escape.address(saying.source))
        host = urllib.parse.urlsplit(saying.source).hostname
        return f'<a href="{address}">{place or escape.plain(host)}</a>'

    def citation(self, key):
        label = citations.label(citations.entry(self.entries, key))
        where = self.address(f"references.html#ref-{key}")
        return f'<a class="citation" href="{where}">{label}</a>'

    def words(self, text):
        """Text with its citations."""
        parts = scripts.CITATION.split(text)
        return "".join(
            f"({self.citation(part)})" if index % 2 else _spaced(part)
            for index, part in enumerate(parts)
        )

    def decided(self, saying):
        """The claims that decide it, by name: each leads to its figure."""
        if not saying.claims:
            return '<span class="decided">No claim of this site decides it yet.</span>'
        links = ", ".join(self.claim(name) for name in saying.claims)
        verb = "Bears on it" if saying.verdict == "open" else "Decided by"
        return f'<span class="decided">{verb}: {links}</span>'

    def claim(self, name):
        script = self.claims[scripts.resolve(name, list(self.claims))]
        page = Path(self.pages.get(name, f"{script.section}.md")).stem
        where = self.address(f"{page}.html#figure-{ledger.anchor(name)}")
        said = escape.plain(script.claim)
        return f'<a href="{where}" title="{said}">{name}</a>'

    def address(self, target):
        return html.escape(get_relative_url(target, self.url), quote=True)


def _spaced(text):
    """Text between citations: the space at its ends stays."""
    start, end = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' * start}{escape.plain(text)}{' ' * end}"


def sentence(saying):
    """The sentence as HTML: a quotation has its marks, a paraphrase none."""
    text = escape.plain(saying.sentence)
    return f"<q>{text}</q> " if saying.quoted else f"{text} "


def badge(verdict):
    """A verdict as the ledger shows those of claims."""
    return f'<span class="verdict verdict-{verdict}">{folklore.VERDICTS[verdict]}</span>'


def count(docs, verdict=None):
    """How many sentences there are, or have that verdict, as HTML."""
    if verdict is not None and verdict not in folklore.VERDICTS:
        raise UserError(f"said({verdict!r}): a verdict is one of {', '.join(folklore.VERDICTS)}")
    found = [saying for saying in _read(docs) if verdict in (None, saying.verdict)]
    return f'<data class="said" value="{len(found)}">{len(found)}</data>'


def front(root, docs, url):
    """Of each verdict how many sentences, and those marked for the home page, as HTML."""
    found, shown = _read(docs), _Shown(root, docs, url)
    parts = []
    for verdict in _ORDER:
        those = [saying for saying in found if saying.verdict == verdict]
        items = "".join(
            f'<li><a href="{shown.address(f"{_listed()}#saying-{saying.id}")}">'
            f"{sentence(saying).strip()}</a> "
            f'<span class="source">{shown.source(saying)}</span></li>\n'
            for saying in those
            if saying.front
        )
        every = shown.address(f"{_listed()}?found={verdict}#sayings-filter")
        parts.append(
            f'<div>\n<p>{badge(verdict)} <a href="{every}">{len(those)} of {len(found)} '
            f"sentences</a></p>\n<ul>\n{items}</ul>\n</div>\n"
        )
    return f'<div class="folklore">\n{"".join(parts)}</div>\n'


def _listed():
    return f"{Path(folklore.PAGE).stem}.html"


def define_env(env):
    """Called by mkdocs-macros: its macros `sayings`, `said` and `folklore`."""
    root, docs = Path(env.conf["config_file_path"]).parent, env.conf["docs_dir"]

    def sayings():
        return table(root, docs, env.page.url, list(ledger.listed(env.conf["nav"] or [])))

    def said(verdict=None):
        return count(docs, verdict)

    def home():
        return front(root, docs, env.page.url)

    env.macro(numbers.collected_macro(sayings), "sayings")
    env.macro(numbers.collected_macro(said), "said")
    env.macro(numbers.collected_macro(home, "folklore"), "folklore")
