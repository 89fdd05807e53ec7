"""How often the check-up is right, on its page: from tests/checkup/score.json.

{{ checkup_table() }}
"""

from trainingtips.press.base import escape
from trainingtips.press.content import tables

SCORE = "tests/checkup/score.json"
MISSING = "Not scored yet: `python -m tests.checkup.score`."
HEAD = "| trainings | cause first | among the first three | false alarms |\n|---|--:|--:|--:|"
COLUMNS = ("right cause first", "among the first three", "alarms on healthy ones")


def table(kept):
    """Markdown: a row for each set of trainings, shares with Wilson's intervals."""
    return "\n".join([HEAD, *(_row(name, each["shares"]) for name, each in kept.items())])


def _row(name, shares):
    found = {each["what"]: each for each in shares}
    cells = [_share(found[what]) if what in found else "" for what in COLUMNS]
    return f"| {' | '.join([escape.plain(name), *cells])} |"


def _share(each):
    low, high = round(100 * each["low"]), round(100 * each["high"])
    return f"{int(each['hits'])} of {int(each['of'])} ({low} to {high} %)"


def checkup_table(root):
    """Right causes and false alarms, by set."""
    return tables.of_record(root, SCORE, table, MISSING)


def define_env(env):
    """Called by mkdocs-macros."""
    tables.define(env, checkup_table)
