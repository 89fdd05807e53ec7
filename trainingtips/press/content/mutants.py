"""Whether the tests notice small faults, on a page: from results/mutants.json (`make mutants`).

{{ mutants_table() }}
{{ mutants_left() }}
"""

from collections import Counter

from trainingtips.press.base import escape
from trainingtips.press.content import tables

MUTANTS = "results/mutants.json"
MISSING = "Not tried yet: `make mutants`."


def survivors(kept):
    """(file, survivor) of a kept report, in order."""
    return [(file, one) for file, found in kept["files"].items() for one in found["survivors"]]


def table(kept):
    """Markdown: a row for each file with what was tried and killed, and why the rest survived."""
    rows = ["| module | faults possible | tried | killed | survived |", "|---|--:|--:|--:|---|"]
    for file, found in kept["files"].items():
        if found["tried"]:
            rows.append(_row(_code(file), found, found["survivors"]))
    rows.append(_row("**all**", kept, [one for _, one in survivors(kept)]))
    return "\n".join(rows)


def _row(name, numbers, left):
    kinds = Counter(one["kind"] or "open" for one in left)
    rest = ", ".join(f"{count} {_plain(kind)}" for kind, count in sorted(kinds.items()))
    counts = (_plain(numbers[key]) for key in ("possible", "tried", "killed"))
    cells = [name, *counts, rest]
    return f"| {' | '.join(cells)} |"


def listing(kept):
    """Markdown: each survivor with its place, its change and the reason why it may live."""
    return "\n".join(
        f"- {_code(file)}, line {_plain(one['line'])}, {_code(one['function'])}: "
        f"{_code(one['was'])} → {_code(one['now'])}. *{_plain(one['kind'] or 'open')}*: "
        f"{_plain(one['why'] or 'not looked at yet')}"
        for file, one in survivors(kept)
    )


def _code(text):
    return f"<code>{_plain(text)}</code>"


def _plain(value):
    return escape.plain(str(value))


def mutants_table(root):
    """What was tried and killed, by module."""
    return tables.of_record(root, MUTANTS, table, MISSING)


def mutants_left(root):
    """The survivors, each with its reason."""
    return tables.of_record(root, MUTANTS, listing, MISSING)


def define_env(env):
    """Called by mkdocs-macros."""
    tables.define(env, mutants_table, mutants_left)
