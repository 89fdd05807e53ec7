"""How often the check-up is right, and another tool beside it, on its page.

{{ checkup_table() }}
{{ checkup_cases() }}
{{ checkup_rival() }}
"""

from trainingtips.press.base import escape
from trainingtips.press.content import tables

SCORE = "tests/checkup/score.json"
RIVAL = "tests/checkup/rival.json"
UNASKED = "Not asked yet: `python -m tests.checkup.rival`."
MISSING = "Not scored yet: `python -m tests.checkup.score`."
HEAD = "| trainings | cause first | among the first three | false alarms |\n|---|--:|--:|--:|"
IN_VIEW = "cases, in view"  # a set of the record
CASES = (
    "| case | cause | first three findings | the first one's experiment | seconds |\n"
    "|---|---|---|---|--:|"
)
MARKS = {"+": "+", "-": "−", "?": "?"}
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


def cases(kept):
    """Markdown: a row for each case in view, its cause, what comes first, and by which experiment.

    Of each finding the mark tells whether it was confirmed (+), refuted (-) or not tested (?); a
    right one is bold.
    """
    return "\n".join([CASES, *(_case(*each) for each in kept[IN_VIEW]["cases"].items())])


def _case(name, row):
    healthy = row["cause"] == "healthy"
    findings = [] if healthy and not row["alarm"] else row["first"]
    told = ", ".join(_finding(each, row["right"]) for each in findings) or "nothing to mend"
    said = row.get("said") or {}
    shown = said.get("experiment", "") if said.get("verdict") == "confirmed" and findings else ""
    texts = (_spaced(name), _spaced(row["cause"]), told, escape.plain(shown))
    return f"| {' | '.join(texts)} | {round(row['seconds'])} |"


def _finding(text, right):
    label, mark = text[:-1], text[-1]
    told = f"{_spaced(label)} {MARKS[mark]}"
    return f"**{told}**" if label in right else told


def _spaced(name):
    return escape.plain(name.replace("_", " "))


def checkup_cases(root):
    """What the check-up says of each case that was in view."""
    return tables.of_record(root, SCORE, cases, MISSING)


def rival(kept):
    """Markdown: the other tool's row of the same table, its version named."""
    named = f"cases and mended, by torchmortem {kept['version']}"
    return "\n".join([HEAD, _row(named, kept["shares"])])


def checkup_rival(root):
    """The same of torchmortem, its warnings read generously; see tests/checkup/rival.py."""
    return tables.of_record(root, RIVAL, rival, UNASKED)


def define_env(env):
    """Called by mkdocs-macros."""
    tables.define(env, checkup_table, checkup_cases, checkup_rival)
