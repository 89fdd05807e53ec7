"""Whether the tests notice small faults, on a page: from results/mutants.json (`make mutants`).

{{ mutants_table() }}
{{ mutants_left() }}
"""

import functools
import html
import json
from collections import Counter
from pathlib import Path

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
            rows.append(_row(f"`{file}`", found, found["survivors"]))
    rows.append(_row("**all**", kept, [one for _, one in survivors(kept)]))
    return "\n".join(rows)


def _row(name, numbers, left):
    kinds = Counter(one["kind"] or "open" for one in left)
    rest = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    cells = [name, *(str(numbers[key]) for key in ("possible", "tried", "killed")), rest]
    return f"| {' | '.join(cells)} |"


def listing(kept):
    """Markdown: each survivor with its place, its change and the reason why it may live."""
    return "\n".join(
        f"- `{file}`, line {one['line']}, `{one['function']}`: {_code(one['was'])} → "
        f"{_code(one['now'])}. *{one['kind'] or 'open'}*: {one['why'] or 'not looked at yet'}"
        for file, one in survivors(kept)
    )


def _code(text):
    return f"<code>{html.escape(text)}</code>".replace("`", "&#96;").replace("*", "&#42;")


def mutants_table(root):
    """What was tried and killed, by module."""
    return _shown(root, table)


def mutants_left(root):
    """The survivors, each with its reason."""
    return _shown(root, listing)


def _shown(root, show):
    path = Path(root) / MUTANTS
    return show(json.loads(path.read_bytes())) if path.exists() else MISSING


def define_env(env):
    """Called by mkdocs-macros."""
    root = Path(env.conf["config_file_path"]).parent
    for macro in (mutants_table, mutants_left):
        bound = functools.wraps(macro)(functools.partial(macro, root))
        env.macro(tables._argumentless(bound), macro.__name__)
