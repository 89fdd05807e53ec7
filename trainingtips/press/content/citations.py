"""Citations from one BibTeX file, docs/references.bib.

Larger batches lag behind [@keskar2017]; Li et al. [-@li2018] scale the slice.   (the text)
- @keskar2017. Read first.                                              (a page's reading list)
[@*]                                                        (every entry, with the pages citing)
"""

import difflib
import functools
import re
import urllib.parse
from pathlib import Path

from pybtex.database.input.bibtex import Parser
from pybtex.exceptions import PybtexError

from trainingtips.press.base import escape, limits
from trainingtips.press.base.errors import UserError

FILE = "references.bib"
FOLKLORE, FOLKLORE_PAGE = "folklore.yml", "claims.md"  # its sources, and the page that shows them
ALL = "[@*]"
SECONDS = limits.Setting("TRAININGTIPS_BIB_SECONDS", 30, "s")  # a thousand times what ours takes
MEMORY = limits.Setting("TRAININGTIPS_BIB_MEMORY", 2, "GiB")
_CODE = r"```.*?```|`[^`\n]*`"  # is left alone
_KEY = r"@[A-Za-z][\w-]*"
_USE = re.compile(
    rf"{_CODE}|(?P<item>^[ ]*- ){_KEY}\b|\[-?{_KEY}(?:;\s*-?{_KEY})*\]", re.DOTALL | re.MULTILINE
)
_ARXIV = re.compile(r"\d{4}\.\d{4,5}")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_FORMS = {"eprint": _ARXIV, "doi": _DOI, "url": re.compile(r"https://\S+")}
_FORMS |= {"year": re.compile(r"\d{4}")}


@functools.lru_cache(maxsize=2)
def _parsed(path, _changed):
    text = limits.text(path, f"docs/{FILE}")
    try:
        with limits.within(SECONDS, MEMORY, f"docs/{FILE}"):
            return Parser(encoding="utf-8").parse_string(text).entries
    except PybtexError as error:
        raise UserError(f"{FILE}: {error}") from None
    except RecursionError:
        raise UserError(f"docs/{FILE}: braces are nested too deeply to be read") from None


def read(docs):
    """The entries by their keys; none where `docs` has no references.bib."""
    path = Path(docs) / FILE
    return _parsed(str(path), path.stat().st_mtime_ns) if path.exists() else {}


def keys(markdown):
    """The keys that a page cites or lists, in order, each once.

    >>> keys("As usual [@polyak1964; @goh2017], but `[@no]`.")
    ['polyak1964', 'goh2017']
    """
    uses = [m[0] for m in _USE.finditer(markdown) if not m[0].startswith("`")]
    return list(dict.fromkeys(key for use in uses for key in re.findall(r"@([\w-]+)", use)))


def cited(docs):
    """For each key the pages that cite it, as (file name, heading): {key: [(file, heading)]}."""
    found = {}
    for path in sorted(Path(docs).glob("*.md")):
        text = path.read_text("utf-8")
        heading = re.search(r"^# (.+)$", text, re.MULTILINE)
        for key in keys(text + _sayings(docs) if path.name == FOLKLORE_PAGE else text):
            found.setdefault(key, []).append((path.name, heading[1] if heading else path.stem))
    return found


def _sayings(docs):
    """The text of what people say, which that page shows; it is read and checked elsewhere."""
    path = Path(docs) / FOLKLORE
    return "\n" + path.read_text("utf-8", "replace") if path.is_file() else ""


def check(docs):
    """Raise UserError for an entry that no page cites, lacks a part, or has a malformed link."""
    entries = read(docs)
    # a misspelt key first: it is why another is not cited
    faults = [
        fault for key, pages in cited(docs).items() for fault in _missing(entries, key, pages)
    ]
    faults += [f"{key}: {fault}" for key in entries for fault in _faults(entries[key])]
    uncited = sorted(entries.keys() - cited(docs).keys())
    faults += [f"{key}: no page cites it" for key in uncited]
    if faults:
        raise UserError(f"{FILE}:\n" + "\n".join(f"  {fault}" for fault in faults))


def _missing(entries, key, pages):
    try:
        entry(entries, key)
    except UserError as error:
        yield f"docs/{pages[0][0]}: {error}"


def _faults(entry):
    fields = entry.fields
    if not entry.persons.get("author") or not fields.get("title"):
        yield "expected an author and a title"
    if entry.type != "manual" and not ("year" in fields and _venue(entry)):
        yield "expected a year and a journal, booktitle, publisher or eprint (or type @manual)"
    if entry.type != "misc" and not any(name in fields for name in ("eprint", "doi", "url")):
        yield "expected eprint (arXiv), doi or url"
    for name, pattern in _FORMS.items():
        if name in fields and not pattern.fullmatch(fields[name]):
            yield f"{name} = {fields[name]!r} is malformed"


def render(markdown, docs):
    """A page's Markdown with its citations as links and its reading list written out."""
    entries = read(docs)
    listed = {m[0].split("@")[1] for m in _USE.finditer(markdown) if m["item"]}

    def replaced(match):
        if match["item"]:
            key = match[0].split("@")[1]
            return f"{match['item']}{_item(key, entry(entries, key))}"
        if match[0].startswith("`"):
            return match[0]
        marks = re.findall(r"(-?)@([\w-]+)", match[0])
        return f"({'; '.join(_mark(entries, key, bool(minus)) for minus, key in marks)})"

    def _mark(entries, key, year_only):
        where = "" if key in listed else "references.md"
        return f"[{label(entry(entries, key), year_only)}]({where}#ref-{key}){{ .citation }}"

    markdown = _USE.sub(replaced, markdown)
    return markdown.replace(ALL, _everything(entries, docs)) if ALL in markdown else markdown


def entry(entries, key):
    """The entry of that key. Raises UserError for one that is not there, with the nearest."""
    if key not in entries:
        near = difflib.get_close_matches(key, entries, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UserError(f"[@{key}]: there is no such entry in docs/{FILE}{hint}")
    return entries[key]


def label(entry, year_only=False):
    """Author and year as they stand in the text: Wu and He 2018, Keskar et al. 2017."""
    names = _names(entry)
    year = entry.fields.get("year", "documentation")
    if year_only:
        return _plain(year)
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{who} {_plain(year)}"


def _names(entry, full=False):
    people = entry.persons["author"]
    parts = [
        (p.first_names + p.middle_names if full else []) + p.prelast_names + p.last_names
        for p in people
    ]
    return [_plain(" ".join(each)) for each in parts]


def _plain(text):
    return escape.words(text.translate(str.maketrans("", "", "{}")))


def _venue(entry):
    fields = entry.fields
    venue = next((fields[k] for k in ("journal", "booktitle", "publisher") if k in fields), "")
    place = f" {fields['volume']}" if "volume" in fields else ""
    place += f"({fields['number']})" if "number" in fields else ""
    return _plain(venue + place) if venue else ("arXiv" if "eprint" in fields else "")


def _item(key, entry, full=False):
    """Authors (year), title, venue, links; the target of the page's citations."""
    *most, last = _names(entry, full)
    authors = f"{', '.join(most)} and {last}" if most else last
    year = f" ({_plain(entry.fields['year'])})" if "year" in entry.fields else ""
    venue = _venue(entry)
    parts = [f"{authors}{year}", f"*{_plain(entry.fields['title'])}*"]
    parts += [venue] if venue not in ("", "arXiv") else []
    parts += _links(entry.fields)
    return f'<span class="reference" id="ref-{key}">{", ".join(parts)}</span>'


def _links(fields):
    space = "\N{NO-BREAK SPACE}"
    if "eprint" in fields:
        number = fields["eprint"]
        yield f"[arXiv{space}{_plain(number)}](https://arxiv.org/abs/{escape.address(number)})"
    if "doi" in fields:
        doi = fields["doi"]
        yield f"[doi{space}{_plain(doi)}](https://doi.org/{escape.address(doi)})"
    if "url" in fields:
        host = urllib.parse.urlsplit(fields["url"]).netloc
        yield f"[{_plain(host)}]({escape.address(fields['url'])})"


def _heading(title):
    """A page's heading as the words of a link: its code and emphasis stay, its tags do not."""
    return escape.without_html(title).replace("[", r"\[").replace("]", r"\]")


def _everything(entries, docs):
    """The list of all works, by first author and year, with the pages that cite each."""
    pages = cited(docs)
    order = sorted(entries, key=lambda k: (_names(entries[k])[0].casefold(), label(entries[k]), k))
    lines = []
    for key in order:
        links = ", ".join(f"[{_heading(title)}]({file})" for file, title in pages.get(key, []))
        lines.append(f"- {_item(key, entries[key], full=True)}. *Cited on:* {links}")
    return "\n".join(lines)
