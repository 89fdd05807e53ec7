"""The claims ledger: each figure's claim, verdict, numbers and origin, from scripts and results.

{{ ledger() }}                 the table, on docs/claims.md
{{ claims("regime") }}         how many claims have that verdict; without one, all
{{ anatomy("batch/shuffle") }} a script, part by part, beside what each part becomes
"""

import ast
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

from mkdocs.utils import get_relative_url

from trainingtips.press.base import escape
from trainingtips.press.base.errors import UserError
from trainingtips.press.base.held import held
from trainingtips.press.building import plan
from trainingtips.press.checking import draws, settings
from trainingtips.press.content import citations, numbers
from trainingtips.press.kept import records, scripts
from trainingtips.statistics import Measured

PAGE = "claims.md"
VERDICTS = {"holds": "holds", "regime": "holds in a regime", "not reproduced": "not reproduced"}
_LINE = re.compile(r"^!\[\]\(figures/([^)\s]*)\.svg\)[ \t]*$", re.MULTILINE)
_FILTERS = {each.__name__: each for each in numbers.FILTERS}
_SHOWN_LINES = 6  # of a function in the anatomy


@dataclass(frozen=True)
class Row:
    """One claim: its script, the page that shows it, and its two cells as (text or HTML) parts."""

    script: scripts.Script
    page: str  # a file of docs/
    number: str  # HTML
    published: str  # HTML, with links relative to the site's root
    drawn: str = ""  # how it fares on fresh draws, where that is known
    elsewhere: str = ""  # and on other settings

    @property
    def anchor(self):
        return anchor(self.script.name)


def anchor(name):
    """The id of a figure's row: batch-shuffle for batch/shuffle."""
    return name.replace("/", "-")


@held
def rows(root, docs):
    """The rows of all figures, sorted by name.

    Raises UserError, naming the script, for a number or a citation that is not there.
    """
    shown, tried, elsewhere = pages(docs), draws.current(root), settings.everywhere(root)
    return [
        _row(
            root,
            docs,
            script,
            shown.get(name, f"{script.section}.md"),
            draws.note(tried, name),
            settings.counts(elsewhere.get(name, ())),
        )
        for name, script in scripts.find_scripts(root).items()
    ]


def pages(docs):
    """The page that shows each figure: its section's, where several do."""
    found = {}
    for path in sorted(Path(docs).glob("*.md")):
        for name in _LINE.findall(path.read_text("utf-8")):
            if name not in found or path.stem == name.partition("/")[0]:
                found[name] = path.name
    return found


def _row(root, docs, script, page, *notes):
    try:
        published = _published(script.published, docs)
        return Row(script, page, headline(root, script), published, *notes)
    except UserError as error:
        raise UserError(f"{script.path}: {error}") from None


def headline(root, script):
    """The script's NUMBER as HTML, its fields filled in from the kept result."""
    parts = scripts.FIELD.split(script.number)
    return "".join(
        _field(root, script, part) if index % 2 else html.escape(part)
        for index, part in enumerate(parts)
    )


def _field(root, script, text):
    """`path | filter(arguments) | …` as the number that pages would show."""
    path, *calls = (part.strip() for part in text.split("|"))
    number = numbers.number(root, script.name, path)
    for call in calls:
        name, positional, named = _call(call)
        number = _FILTERS[name](number, *positional, **named)
    if isinstance(number.value, Measured) and "interval" not in text:
        raise UserError(f"NUMBER: {path} has an interval: write {{{path} | interval}}")
    value = f' value="{numbers._mean(number):g}"' if not isinstance(number.value, str) else ""
    tag = "data" if value else "span"
    title = escape.plain(number.origin)
    return f'<{tag} class="headline"{value} title="{title}">{escape.plain(number.shown)}</{tag}>'


def _call(text):
    """`interval(1, share=True)` as its name and its literal arguments; nothing is executed."""
    try:
        node = ast.parse(text, mode="eval").body
        call = node if isinstance(node, ast.Call) else ast.Call(node, [], [])
        if call.func.id not in _FILTERS:
            raise UserError(f"NUMBER: no filter {call.func.id!r}; there is {', '.join(_FILTERS)}")
        positional = [ast.literal_eval(each) for each in call.args]
        return call.func.id, positional, {k.arg: ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError, AttributeError):
        raise UserError(f"NUMBER: {text!r} is not a filter such as interval(2)") from None


def _published(text, docs):
    entries, parts = citations.read(docs), scripts.CITATION.split(text)
    for index, key in enumerate(parts):
        if index % 2:
            label = citations.label(citations.entry(entries, key))
            parts[index] = f'(<a class="citation" href="references.html#ref-{key}">{label}</a>)'
        else:
            parts[index] = html.escape(key)
    return "".join(parts)


def check(root, docs):
    """Raise UserError for a NUMBER, a citation or a result that is of no use."""
    list(rows(root, docs))
    if draws.STOPS_SITE:
        _check_draws(root)
    unused = sorted(_unused(Path(root), Path(docs)))
    if unused:
        lines = "\n".join(f"  {each}" for each in unused)
        raise UserError(f"these results are used by no script and no page; remove them:\n{lines}")


def _check_draws(root):
    """Raise UserError for claims that say they hold and do not, on enough of all fresh draws."""
    short = draws.short(root, draws.current(root))
    if short:
        lines = "\n".join(f"  figures/{name}.py: {entry.told()}" for name, entry in short.items())
        raise UserError(
            f"these claims say that they hold, and fewer than {draws.SHARE * 100:.0f} % of fresh "
            f"draws bear them out; change the claim, its number of seeds or its verdict:\n{lines}"
        )


def _unused(root, docs):
    """Results without a script, and those of shared experiments that nothing takes up."""
    known, elsewhere = plan.known(root), settings.own_results(root)
    needed = {name for state in known.states.values() for name in state.needs.values()}
    texts = [path.read_text("utf-8") for path in docs.rglob("*.md")]
    for path in sorted((root / "results").glob("*/*.json")):
        name = path.relative_to(root / "results").with_suffix("").as_posix()
        shared = name.partition("/")[2].startswith("_")
        asked = any(f'number("{name}"' in text for text in texts)
        if name in elsewhere:
            continue
        if name not in known.names or (shared and name not in needed and not asked):
            yield path.relative_to(root).as_posix()


def table(root, docs, url, pages=()):
    """The ledger as HTML, for the page at `url`: a body a section, in the order of `pages`."""
    found = rows(root, docs)
    sections = {row.script.section for row in found}
    first = [page.removesuffix(".md") for page in pages]
    order = sorted(sections, key=lambda each: (first.index(each) if each in first else 99, each))
    titles = {section: title(docs, section) for section in order}
    bodies = "".join(
        f'<tbody data-section="{section}">\n<tr><th colspan="5" scope="rowgroup">'
        f"{titles[section]}</th></tr>\n"
        + "".join(_cells(row, url) for row in found if row.script.section == section)
        + "</tbody>\n"
        for section in order
    )
    heads = ("Claim", "Verdict", "Measured, with 95 % interval", "Published", "Where")
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    return (
        f'{_form(found, titles)}<table class="ledger" id="ledger">\n<caption>Every figure\'s '
        f"claim, section by section</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"{bodies}</table>\n"
    )


def title(docs, section):
    """The heading of the section's page. UserError where there is no page, or none in it."""
    path = Path(docs) / f"{section}.md"
    if not path.is_file():
        raise UserError(
            f"docs/{section}.md: figures/{section} has a claim, and the section has no page; write "
            f"one that begins with `# ` and its title"
        )
    heading = re.search(r"^# (.+)$", path.read_text("utf-8"), re.M)
    if not heading:
        raise UserError(f"docs/{section}.md: no heading; a page begins with `# ` and its title")
    return html.escape(heading[1])


def _form(found, titles):
    sections = "".join(f'<option value="{key}">{title}</option>' for key, title in titles.items())
    verdicts = "".join(
        f'<option value="{_word(verdict)}">{text}</option>' for verdict, text in VERDICTS.items()
    )
    return (
        f'<form class="ledger-filter" id="ledger-filter">\n'
        f'<label>Section <select name="section"><option value="">all</option>{sections}</select>'
        f'</label>\n<label>Verdict <select name="verdict"><option value="">all</option>{verdicts}'
        f'</select></label>\n<button type="reset">Show all</button>\n'
        f'<output id="ledger-count">{len(found)} of {len(found)} claims</output>\n</form>\n'
    )


def _word(verdict):
    return verdict.replace(" ", "-")


def _cells(row, url):
    script, verdict = row.script, _word(row.script.verdict)

    def link(target, text, what):
        # many links have the same word: a screen reader's list of links tells them apart
        href = html.escape(get_relative_url(target, url), quote=True)
        return f'<a href="{href}" aria-label="{text} of {what}">{text}</a>'

    name = script.name
    page = f"{Path(row.page).stem}.html#figure-{row.anchor}"
    where = " ".join(
        link(target, text, name)
        for target, text in (
            (page, "figure"),
            (script.path.as_posix(), "script"),
            (script.result_path.as_posix(), "data"),
        )
    )
    badge = f'<span class="verdict verdict-{verdict}">{VERDICTS[script.verdict]}</span>'
    notes = [row.drawn, row.elsewhere and f"elsewhere: {row.elsewhere}"]
    drawn = "".join(f'<span class="draws">{html.escape(note)}</span>' for note in notes if note)
    empty = "" if row.published else ' class="empty"'
    return (
        f'<tr id="{row.anchor}" data-section="{script.section}" data-verdict="{verdict}">'
        f'<th scope="row">{html.escape(script.claim)}</th><td>{badge}{drawn}</td>'
        f'<td data-label="Measured">{row.number or "—"}</td>'
        f'<td data-label="Published"{empty}>{row.published or "—"}</td><td>{where}</td></tr>\n'
    )


def count(root, verdict=None):
    """How many claims there are, or have that verdict, as HTML."""
    if verdict is not None and verdict not in VERDICTS:
        raise UserError(f"claims({verdict!r}): a verdict is one of {', '.join(VERDICTS)}")
    found = [s for s in scripts.find_scripts(root).values() if verdict in (None, s.verdict)]
    return f'<data class="count" value="{len(found)}">{len(found)}</data>'


def anatomy(root, name, url):
    """A script part by part, beside what each part becomes: the site in one picture."""
    scripts.resolve(name, scripts.find_names(root))
    script = scripts.read_script(root, name)
    code = excerpts(root, script)

    def link(target, words):
        return f'<a href="{html.escape(get_relative_url(target, url), quote=True)}">{words}</a>'

    badge = (
        f'<span class="verdict verdict-{_word(script.verdict)}">{VERDICTS[script.verdict]}</span>'
    )
    steps = [
        ("It states", f'"""{script.claim}"""', f"<strong>{html.escape(script.claim)}</strong>"),
        (
            "It measures",
            code["compute"],
            f"{headline(root, script)}, kept as {link(script.result_path.as_posix(), 'data')}",
        ),
        ("It asserts", code["claim"], f"{badge} If it fails, there is no page."),
        ("It draws", code["draw"], _pictures(root, script, url)),
    ]
    items = "".join(
        f'<li><p class="step">{title}</p><pre><code>{_code(source)}</code></pre>'
        f'<div class="becomes">{becomes}</div></li>\n'
        for title, source, becomes in steps
    )
    return (
        f'<figure class="anatomy">\n<ol>\n{items}</ol>\n<figcaption>Parts of the script '
        f"{link(script.path.as_posix(), f'<code>{script.path}</code>')}, and what each of them "
        f"becomes. Both are read from it when the site is built.</figcaption>\n</figure>\n"
    )


def excerpts(root, script):
    """{function: its first lines} of a script's functions."""
    text = (Path(root) / script.path).read_text("utf-8")
    functions = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    return {node.name: _excerpt(text, node) for node in functions}


def _code(source):
    """Code as HTML, each line with its indent, so that a long one is folded to the right of it."""
    return "".join(
        f'<span class="line" style="--indent: {len(line) - len(line.lstrip())}ch">'
        f"{html.escape(line)}\n</span>"
        for line in source.splitlines()
    )


def _excerpt(text, node):
    lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines[:_SHOWN_LINES] + (["    …"] if len(lines) > _SHOWN_LINES else []))


def _pictures(root, script, url):
    record = json.loads((Path(root) / records.FOLDER / f"{script.name}.json").read_bytes())
    stem = script.name.partition("/")[2]
    sizes = {t: record["pictures"][f"{stem}.narrow.{t}.svg"] for t in ("light", "dark")}
    alt = html.escape(script.alt, quote=True)
    return "".join(
        f'<img class="only-{theme}" src="'
        f'{get_relative_url(f"figures/{script.name}.narrow.{theme}.svg", url)}" alt="{alt}" '
        f'width="{sizes[theme]["width"]}" height="{sizes[theme]["height"]}">'
        for theme in ("light", "dark")
    )


def listed(nav):
    """The pages of a configured navigation in order: titles and sections are left out."""
    for item in nav:
        for value in item.values() if isinstance(item, dict) else [item]:
            yield from listed(value) if isinstance(value, list) else [value]


def define_env(env):
    """Called by mkdocs-macros: its macros `ledger`, `claims` and `anatomy`."""
    root, docs = Path(env.conf["config_file_path"]).parent, env.conf["docs_dir"]

    def ledger():
        return table(root, docs, env.page.url, list(listed(env.conf["nav"] or [])))

    def claims(verdict=None):
        return count(root, verdict)

    def dissected(name):
        return anatomy(root, name, env.page.url)

    env.macro(numbers.collected_macro(ledger), "ledger")
    env.macro(numbers.collected_macro(claims), "claims")
    env.macro(numbers.collected_macro(dissected, "anatomy"), "anatomy")
