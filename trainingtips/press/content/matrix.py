"""Where claims hold besides their own data and network: below a figure, and all in one table.

{{ where_it_holds() }}         every claim on every other setting: its verdict, and why
{{ where_it_holds("fails") }}  how many have that verdict
"""

import contextlib
import html
import re
from pathlib import Path

from mkdocs.utils import get_relative_url

from trainingtips.press.base import escape
from trainingtips.press.base.errors import UserError
from trainingtips.press.checking import settings
from trainingtips.press.content import ledger, numbers
from trainingtips.press.kept import scripts

_NUMBER = r"(-?\d+(?:\.\d+)?(?:e[-+]?\d{1,3})?)"
_MEASURED = re.compile(rf"Measured\(mean={_NUMBER}, low={_NUMBER}, high={_NUMBER}, n=\d+\)")
_LONG = re.compile(r"-?\d+\.\d{4,}(?:e[-+]?\d{1,3})?")  # digits that nobody reads
KINDS = (settings.HOLDS, settings.FAILS, settings.UNTRIED)
CLASSES = {settings.HOLDS: "holds", settings.FAILS: "not-reproduced"}  # as verdicts look
NONE = "No claim was tried on other data yet."
WORDS = {"data": "Data", "network": "Network", "optimiser": "Optimiser"}


def beside(cells, link):
    """The small table below a figure as one line of HTML, "" for no cell.

    `link(path)` is the address of a file of the project from that page.
    """
    if not cells:
        return ""
    rows = "".join(f"<tr>{''.join(_row(cell, link))}</tr>" for cell in cells)
    heads = "".join(f'<th scope="col">{each}</th>' for each in ("Claim", *WORDS.values()))
    return (
        f'<details class="how elsewhere"><summary>Elsewhere: {settings.counts(cells)}</summary>'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></details>\n"
    )


def _row(cell, link, named=False):
    """Its cells; `named`: what setting it is stands before them, also where that has no words."""
    yield f"<td>{_verdict(cell, link)}{_why(cell)}</td>"
    if cell.data:
        for each, word in WORDS.items():
            yield f'<td data-label="{word}">{escape.plain(getattr(cell, each))}</td>'
    elif named:
        yield f'<td class="empty" colspan="{len(WORDS)}">—</td>'
    else:
        yield f'<td colspan="{len(WORDS)}">{escape.plain(_spaced(cell.setting))}</td>'


def _spaced(setting):
    return setting.replace("_", " ")


def _verdict(cell, link):
    if cell.verdict == settings.UNTRIED:
        return settings.UNTRIED
    badge = f'<span class="verdict verdict-{CLASSES[cell.verdict]}">{cell.verdict}</span>'
    told = html.escape(f"data of {cell.name}", quote=True)
    stands = " (by earlier code)" if cell.stands else ""
    return f'<a href="{link(cell.result_path.as_posix())}" aria-label="{told}">{badge}</a>{stands}'


def _why(cell):
    why = _LONG.sub(lambda m: f"{float(m[0]):.3g}", _MEASURED.sub(_shown, cell.why))
    return f": {escape.plain(why)}" if why else ""


def _shown(match):
    """A `Measured` in an assertion's message as a reader would write it."""
    mean, low, high = (f"{float(each):.3g}" for each in match.groups())
    return f"{mean} ({low} to {high})".replace("-", "−")


def table(root, url):
    """Every claim on every setting as HTML, for the page at `url`; a line where there is none."""
    found = settings.everywhere(root)
    if not found:
        return NONE
    bodies = "".join(_claim(root, name, cells, url) for name, cells in found.items())
    every = [cell for cells in found.values() for cell in cells]
    names = ("Setting", "Claim", *WORDS.values(), "Measured, with 95 % interval")
    heads = "".join(f'<th scope="col">{each}</th>' for each in names)
    return (
        f'{_form(every)}<table class="ledger elsewhere" id="elsewhere">\n<caption>'
        f"Claims on other data, networks and optimisers</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n{bodies}</table>\n"
    )


def _form(cells):
    choices = {
        title: (name, dict.fromkeys(getattr(cell, name) for cell in cells if getattr(cell, name)))
        for name, title in {**WORDS, "verdict": "Came out"}.items()
    }
    selects = "\n".join(
        f'<label>{title} <select name="{_choice(name)}"><option value="">all</option>'
        f"{''.join(f'<option>{escape.plain(value)}</option>' for value in values)}</select></label>"
        for title, (name, values) in choices.items()
    )
    told = f"{len(cells)} of {len(cells)} settings"
    return (
        f'<form class="ledger-filter" id="elsewhere-filter">\n{selects}\n<button type="reset">'
        f'Show every setting</button>\n<output id="elsewhere-count">{told}</output>\n</form>\n'
    )


def _choice(name):
    """In the page's address, where the other tables' choices have names too."""
    return f"its-{name}"


def _claim(root, name, cells, url):
    def link(path):
        return html.escape(get_relative_url(path, url), quote=True)

    script = scripts.read_script(root, name)
    rows = "".join(
        f'<tr id="{_id(cell)}"{_marks(cell)}><th scope="row">'
        f"{escape.plain(_spaced(cell.setting))}</th>{''.join(_row(cell, link, True))}"
        f"{_measured(root, script, cell)}</tr>\n"
        for cell in cells
    )
    return (
        f'<tbody><tr><th colspan="6" scope="rowgroup">{html.escape(script.claim)}'
        f"</th></tr>\n{rows}</tbody>\n"
    )


def _measured(root, script, cell):
    """The claim's own numbers, out of the setting's result, as a cell.

    Empty where that result has no such part: of two networks a setting may try one.
    """
    told = ""
    if isinstance(cell, settings.Record):
        told = ledger.headline(root, scripts.read_script(root, cell.script))
    elif cell.result_path is not None:
        with contextlib.suppress(numbers.NumberError):
            told = ledger.headline(root, settings.repeated(script, cell.setting))
    return f'<td data-label="Measured">{told}</td>' if told else '<td class="empty">—</td>'


def _marks(cell):
    """What the filters ask for."""
    return "".join(
        f' data-{_choice(name)}="{escape.plain(getattr(cell, name))}"'
        for name in (*WORDS, "verdict")
    )


def _id(cell):
    return f"{cell.claim.replace('/', '-')}-on-{cell.setting}"


def count(root, kind):
    """How many claims on settings have that verdict, as HTML."""
    if kind not in KINDS:
        raise UserError(f"where_it_holds({kind!r}): a verdict is one of {', '.join(KINDS)}")
    cells = [cell for each in settings.everywhere(root).values() for cell in each]
    number = sum(cell.verdict == kind for cell in cells)
    return f'<data class="count" value="{number}">{number}</data>'


def define_env(env):
    """Called by mkdocs-macros: its macro `where_it_holds`."""
    root = Path(env.conf["config_file_path"]).parent

    def where_it_holds(kind=None):
        return table(root, env.page.url) if kind is None else count(root, kind)

    env.macro(numbers.collected_macro(where_it_holds), "where_it_holds")
