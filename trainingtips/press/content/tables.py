"""Tables on a page from results/bench.json and results/processors.json, and single numbers.

{{ bench_table("builder") }}
{{ bench("32 networks one by one / at once, batch 4") | digits(2) }}
{{ bench_verdict("32 networks one by one / at once, batch 4") }}
{{ side_by_side() }}
{{ side_by_side_verdict() }}
{{ processors_table() }}
"""

import difflib
import functools
import html
import json
import re
from pathlib import Path

from trainingtips.press.base import escape, limits
from trainingtips.press.checking import processors
from trainingtips.press.content import numbers
from trainingtips.press.content.numbers import Number, NumberError

BENCH = "results/bench.json"
PARTS = ("package", "builder", "edit", "gpu")
BYTES = 8 * limits.BYTES  # of a record; the longest has a sixteenth of it
_FORM = re.compile(r"([≤≥]) (\d+\.?\d*|\.\d+)( s)?")
# what reading other data than one's own may raise
_UNFIT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def bench(root, what, field="ratio"):
    """The `Number` in the row that says `what` it measures; `field` is ratio or seconds."""
    row = _row(root, what)
    if row.get(field) is None:
        raise NumberError(f"bench({what!r}): the row has no {field}: {row['note']}")
    return Number(row[field], f"{BENCH}: {what}")


def bench_verdict(root, what):
    """Whether the row that says `what` it measures "meets its budget" or "misses its budget"."""
    row = _row(root, what)
    if not row["budget"]:
        raise NumberError(f"bench_verdict({what!r}): the row has no budget")
    return f"{'meets' if met(row) else 'misses'} its budget"


def _row(root, what):
    rows = {row["what"]: row for part in PARTS for row in _rows(root, part)}
    if what not in rows:
        near = difflib.get_close_matches(what, rows, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(rows) or 'nothing'}"
        raise NumberError(f"bench({what!r}): no such row in {BENCH}; {hint}")
    return rows[what]


def bench_table(root, part):
    """All rows of one of PARTS as a Markdown table; the budget says whether it is met."""
    if part not in PARTS:
        raise NumberError(f"bench_table({part!r}): the parts are {', '.join(PARTS)}")
    rows = [row for row in _rows(root, part) if "package" not in row]
    if not rows:
        return "Not measured yet: `make bench`."
    lines = ["| what | ratio | budget | measured |", "|---|--:|---|---|"]
    for row in rows:
        cells = [html.escape(row["what"]), _value(row), _budget(row), html.escape(row["note"])]
        lines.append("| " + " | ".join(cell.replace("|", "&#124;") for cell in cells) + " |")
    return "\n".join(lines)


def side_by_side(root):
    """Each measure by each package as a Markdown table; the least of a measure's rows is bold."""
    lines = [
        "| measure | package | processor | products | memory | value | error |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for rows in _measures(root):
        least = {key: _least(rows, key) for key in ("seconds", "bytes")}
        for row in rows:
            cells = [f"{row['measure']}, {row['network']}", row["package"]]
            lines.append("| " + " | ".join(map(html.escape, cells)) + _spent(row, least))
    return "\n".join(lines) if len(lines) > 2 else "Not measured yet: `make bench`."


def side_by_side_verdict(root):
    """In which rows a peer takes less processor time or less memory than ours, and how exact it is.

    Peers that are at least as exact come first; a less exact one's error is told.
    """
    measures = [rows for rows in _measures(root) if len(rows) > 1]
    if not measures:
        return "Not measured yet: `make bench`."
    lost, less_exact = [], []
    for key, word in (("seconds", "less processor time"), ("bytes", "less memory")):
        for ours, *peers in measures:
            own = float("inf") if ours[key] is None else ours[key]  # an error is no answer
            ahead = [row for row in peers if row[key] is not None and row[key] < own]
            as_exact = [row for row in ahead if _ratio(row, ours) <= 1]
            if as_exact:
                lost.append(_taking(word, min(as_exact, key=lambda row: row[key])))
            elif ahead:
                best = min(ahead, key=lambda row: row[key])
                times = numbers.digits(Number(_ratio(best, ours), f"{BENCH}: {best['what']}"), 2)
                less_exact.append(f"{_taking(word, best)}, at {times} times the error")
    told = "Ours takes the least processor time and the least memory of what is as exact."
    if lost:
        of = f"{len(lost)} of {2 * len(measures)} comparisons"
        told = f"In {of} a peer that is as exact is ahead: {'; '.join(lost)}."
    if less_exact:
        told += f" In {len(less_exact)} a less exact one is ahead: {'; '.join(less_exact)}."
    return told


def _taking(word, row):
    return f"{row['package']} takes {word} for the {row['measure']} of the {row['network']}"


def _ratio(row, ours):
    """A row's error in ours; where either is not told, they count as equal."""
    known = row["error"] is not None and ours["error"]
    return row["error"] / ours["error"] if known else 1.0


def _measures(root):
    """The rows of each measure, ours first."""
    found = {}
    for row in _rows(root, "package"):
        if "package" in row:
            found.setdefault((row["measure"], row["network"]), []).append(row)
    return list(found.values())


def _least(rows, key):
    """The least where several are compared."""
    values = [row[key] for row in rows if row[key] is not None]
    return min(values) if len(values) > 1 else None


def _spent(row, least):
    """A row's cells behind the package, from the bar on."""
    if row["seconds"] is None:
        return f" | {html.escape(row['note']).replace('|', '&#124;')} | | | | |"
    origin = f"{BENCH}: {row['what']}"
    cells = []
    for key, scale, name in (("seconds", 1, "s"), ("bytes", 1e6, "MB")):
        shown = numbers.unit(Number(row[key] / scale, origin), name)
        cells.append(f"**{shown}**" if row[key] == least[key] else str(shown))
    cells.insert(1, str(row["products"] or ""))
    cells.append(str(numbers.digits(Number(row["found"], origin), 4)))
    error = row["error"]
    cells.append("" if error is None else str(numbers.scientific(Number(error, origin), 1)))
    return " | " + " | ".join(cells) + " |"


def _rows(root, part):
    path = Path(root) / BENCH
    try:
        rows = _loaded(path).get(part, {}).get("rows", []) if path.exists() else []
        return [_checked(row) for row in rows]
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        raise NumberError(
            f"{BENCH}: not a table of measurements: {error!r}; `make bench`"
        ) from None


def _checked(row):
    if not isinstance(row["what"], str) or not isinstance(row["note"], str) or "ratio" not in row:
        raise ValueError("a row has what and note, texts, and a ratio")
    for name in ("ratio", "seconds"):
        if row.get(name) is not None and type(row[name]) not in (int, float):
            raise ValueError(f"a row's {name} is a number; received {row[name]!r}")
    if row["budget"] and not _FORM.fullmatch(row["budget"]):
        raise ValueError(f"a budget is such as '≥ 5' or '≤ 0.2 s'; received {row['budget']!r}")
    return row


def _value(row):
    origin = f"{BENCH}: {row['what']}"
    if row["ratio"] is not None:
        return str(numbers.digits(Number(row["ratio"], origin), 3)) + " ×"
    if row.get("seconds") is not None:
        return str(numbers.unit(Number(row["seconds"], origin), "s"))
    return ""


def _budget(row):
    if not row["budget"]:
        return ""
    return f"{row['budget']}, {'met' if met(row) else '**not met**'}"


def met(row):
    """Whether a row is within its budget, such as "≥ 5" of its ratio or "≤ 0.2 s" of its seconds.

    >>> met({"ratio": 4.5, "budget": "≥ 5"}), met({"ratio": None, "seconds": 0.1, "budget": "≤ 0.2 s"})
    (False, True)
    """  # noqa: E501
    sign, bound, unit = _FORM.fullmatch(row["budget"]).groups()
    value = row["seconds"] if unit else row["ratio"]
    if value is None:
        return False
    return value <= float(bound) if sign == "≤" else value >= float(bound)


def processors_table(root):
    """Each result under each condition: the same digits, within what is allowed, or different."""
    table = processors.current(root)
    columns = [c for c in processors.COLUMNS if any(c in row for row in table.values())]
    if not columns:
        return "Not measured yet: `python -m trainingtips processors`."
    lines = ["| result | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for name, row in table.items():
        cells = [_cell(row[column]) if column in row else "" for column in columns]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    cells = ([row[c] for row in table.values() if c in row] for c in columns)
    counts = map(_count, cells)
    lines.append("| same digits | " + " | ".join(counts) + " |")
    return "\n".join(lines)


def _count(cells):
    return f"{sum(cell.verdict == 'exact' for cell in cells)} of {len(cells)}"


def _cell(cell):
    word = escape.plain(processors.WORDS.get(cell.verdict, str(cell.verdict)))
    if cell.verdict == "exact":
        return word
    title = html.escape(f"{cell.changed} of {cell.size} numbers changed", quote=True)
    return f'<span title="{title}">{word}</span>'


ARGUMENTLESS = (processors_table, side_by_side, side_by_side_verdict)


def define_env(env):
    """Called by mkdocs-macros."""
    root = Path(env.conf["config_file_path"]).parent
    for macro in (bench, bench_table, bench_verdict, *ARGUMENTLESS):
        bound = functools.wraps(macro)(functools.partial(macro, root))
        env.macro(_argumentless(bound) if macro in ARGUMENTLESS else numbers._collected(bound),
                  macro.__name__)  # fmt: skip


def of_record(root, path, show, missing):
    """What `show` makes of the JSON record at `path`; the text `missing` where there is none.

    Raises NumberError, with the file and where possible the line, for what is no such record.
    """
    file = Path(root) / path
    if not file.exists():
        return missing
    try:
        return show(_loaded(file))
    except OSError as error:
        raise NumberError(f"{path}: cannot be read: {error.strerror}") from None
    except _UNFIT as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        reason = f"it has no {error}" if isinstance(error, KeyError) else error
        raise NumberError(
            f"{path}{line}: not the record that a page shows: {reason}; restore it (git checkout), "
            f"or remove it and measure anew"
        ) from None


def _loaded(path):
    where = "/".join(path.parts[-2:])
    return json.loads(limits.text(path, where, BYTES), parse_constant=_no_constant)


def _no_constant(name):
    raise ValueError(f"it holds {name}, which is not a number")


def define(env, *macros):
    """Make macros of mkdocs-macros of these functions, each of the project's root alone."""
    root = Path(env.conf["config_file_path"]).parent
    for macro in macros:
        bound = functools.wraps(macro)(functools.partial(macro, root))
        env.macro(_argumentless(bound), macro.__name__)


def _argumentless(function):
    collected = numbers._collected(lambda _: function())
    return functools.wraps(function)(lambda: collected(None))
