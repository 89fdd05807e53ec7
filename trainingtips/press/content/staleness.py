"""How often a key is wrong, on a page: from results/staleness.json (`make staleness`).

{{ staleness_table() }}
{{ staleness_counts() }}
"""

from trainingtips.press.base import escape
from trainingtips.press.content import tables

STALENESS = "results/staleness.json"
MISSING = "Not tried yet: `make staleness`."
COLUMNS = ("tried", "stale", "wrong", "same", "needless")


def table(kept):
    """Markdown: a row for each kind of edit, in small projects and in this one, and the sums."""
    rows = ["| edit of | tried | stale | wrong | same number | for nothing |", "|---|" + "--:|" * 5]
    for where, found in kept["where"].items():
        kinds = found["kinds"].items()
        rows += [_row(escape.plain(f"{where}: {kind}"), each) for kind, each in kinds]
        rows.append(_row(f"**{escape.plain(where)}, all**", found["all"]))
    return "\n".join([*rows, _row("**all**", kept["all"])])


def _row(name, counts):
    return f"| {' | '.join([name, *(f'{int(counts[each]):,}' for each in COLUMNS)])} |"


def sentence(kept):
    """What came out, in a sentence."""
    every = {name: int(kept["all"][name]) for name in ("tried", "stale", "wrong", "needless")}
    return (
        f"Of {every['tried']:,} edits, {every['stale']} left a number stale and {every['wrong']} "
        f"gave a wrong one; computed for nothing were {every['needless'] / every['tried']:.1%}, "
        f"{_shares(kept, 'needless')}; another "
        f"{_shares(kept, 'same')} were of what the number needs, and gave the same."
    )


def _shares(kept, outcome):
    """ "3.1% in small projects and 0.9% in this one": of what was tried there."""
    shares = [
        f"{found['all'][outcome] / found['all']['tried']:.1%} in {escape.plain(where)}"
        for where, found in kept["where"].items()
    ]
    return " and ".join(shares)


def staleness_table(root):
    """What was tried and what came out, by kind of edit."""
    return tables.of_record(root, STALENESS, table, MISSING)


def staleness_counts(root):
    """The sums, in a sentence."""
    return tables.of_record(root, STALENESS, sentence, MISSING)


def define_env(env):
    """Called by mkdocs-macros."""
    tables.define(env, staleness_table, staleness_counts)
