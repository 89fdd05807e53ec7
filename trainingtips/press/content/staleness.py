"""How often a key is wrong, on a page: from results/staleness.json (`make staleness`).

{{ staleness_table() }}
{{ staleness_counts() }}
"""

import functools
import json
from pathlib import Path

from trainingtips.press.content import tables

STALENESS = "results/staleness.json"
MISSING = "Not tried yet: `make staleness`."
COLUMNS = ("tried", "stale", "wrong", "needless")


def table(kept):
    """Markdown: a row for each kind of edit, in small projects and in this one, and the sums."""
    rows = ["| edit of | tried | stale | wrong | for nothing |", "|---|--:|--:|--:|--:|"]
    for where, found in kept["where"].items():
        rows += [_row(f"{where}: {kind}", each) for kind, each in found["kinds"].items()]
        rows.append(_row(f"**{where}, all**", found["all"]))
    return "\n".join([*rows, _row("**all**", kept["all"])])


def _row(name, counts):
    return f"| {' | '.join([name, *(f'{counts[each]:,}' for each in COLUMNS)])} |"


def sentence(kept):
    """What came out, in a sentence."""
    shares = [
        f"{found['all']['needless'] / found['all']['tried']:.0%} in {where}"
        for where, found in kept["where"].items()
    ]
    every = kept["all"]
    return (
        f"Of {every['tried']:,} edits, {every['stale']} left a number stale and {every['wrong']} "
        f"gave a wrong one; computed for nothing were {' and '.join(shares)}."
    )


def staleness_table(root):
    """What was tried and what came out, by kind of edit."""
    return _shown(root, table)


def staleness_counts(root):
    """The sums, in a sentence."""
    return _shown(root, sentence)


def _shown(root, show):
    path = Path(root) / STALENESS
    return show(json.loads(path.read_bytes())) if path.exists() else MISSING


def define_env(env):
    """Called by mkdocs-macros."""
    root = Path(env.conf["config_file_path"]).parent
    for macro in (staleness_table, staleness_counts):
        bound = functools.wraps(macro)(functools.partial(macro, root))
        env.macro(tables._argumentless(bound), macro.__name__)
