"""Which kept results differ from those of another revision, and what of each: asked of git.

A pull request that changes a result is shown as such: continuous integration computes just these
again and says of each how it came out, or that it was not repeated.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from trainingtips.press.base import paths
from trainingtips.press.base.errors import UsageError
from trainingtips.press.checking import settings
from trainingtips.press.kept import scripts

_FIELDS = ("key", "verdict", "seconds", "environment", "needs", "result")
_WORDS = {"result": "numbers"}
NOT_REPEATED = {
    "record": "**not repeated**: a record of a machine",
    "gone": "**not repeated**: no script has it",
    "setting": "**not repeated**: of another setting, which `make reproduce-all` computes",
    "removed": "removed",
}


@dataclass(frozen=True)
class Change:
    """A kept result that is not as it was at the base: its figure's name, and what changed."""

    name: str
    what: str
    state: str = ""  # why it cannot be computed again, a key of `NOT_REPEATED`; "" where it can


def since(root, base):
    """The `Change`s of kept results since the revision `base`, by name. Raises UsageError."""
    root = Path(root)
    if base.startswith("-"):
        raise UsageError(f"{paths.shown(base)} is no revision")
    known, elsewhere = set(scripts.find_names(root)), settings.own_results(root)
    differ = _git(root, "diff", "--name-only", "--no-renames", "-z", base, "--", "results")
    more = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", "results")
    found = sorted(set(filter(None, (differ + more).decode(errors="replace").split("\0"))))
    # those of a section alone: beside them stand tables, which are no results
    names = [path[len("results/") : -len(".json")] for path in found if path.endswith(".json")]
    states = {**dict.fromkeys(known, ""), **dict.fromkeys(elsewhere, "setting")}
    return [_change(root, base, n, states.get(n, "gone")) for n in names if "/" in n]


def _change(root, base, name, state):
    path = Path("results") / f"{name}.json"
    if not (root / path).exists():
        return Change(name, "all of it", "removed")
    then = _content(_git(root, "show", f"{base}:./{path.as_posix()}", missing=b""))
    if not then:
        return Change(name, "new", state)
    now = _content((root / path).read_bytes())
    fields = [each for each in _FIELDS if then.get(each) != now.get(each)]
    return Change(name, ", ".join(_WORDS.get(each, each) for each in fields) or "layout", state)


def _content(data):
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _git(root, *arguments, missing=None):
    """What git says; `missing` where it fails and that is given. Raises UsageError."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True)
    except FileNotFoundError:
        raise UsageError("what has changed is asked of git, and there is none here") from None
    if done.returncode == 0:
        return done.stdout
    if missing is not None:
        return missing
    told = done.stderr.decode(errors="replace").strip().partition("\n")[0]
    raise UsageError(f"git cannot compare with that revision: {told}")


def summary(changes, verdicts, base):
    """A table in Markdown: each of `changes`, what changed, and what became of it when repeated.

    `verdicts` are those of `reproduce`, of the changed results and maybe of others.
    """
    if not changes:
        return f"### Results\n\nNo kept result differs from {_code(base)}.\n"
    outcomes = {each.name: each for each in verdicts}
    rows = [f"| {_code(c.name)} | {c.what} | {_outcome(c, outcomes)} |" for c in changes]
    return "\n".join(
        [
            f"### Results that differ from {_code(base)}",
            "",
            "| result | changed | computed again |",
            "|---|---|---|",
            *rows,
            "",
            "A seal does not tell that a number is right: whoever computes one can forge it. What",
            "counts is the last column, what was computed again here, from this branch's code.",
            "",
        ]
    )


def _outcome(change, outcomes):
    if change.state:
        return NOT_REPEATED[change.state]
    verdict = outcomes.get(change.name)
    if verdict is None:
        return "**not repeated**"
    if verdict.verdict == "record":
        return NOT_REPEATED["record"]
    told = verdict.verdict if verdict.good else f"**{verdict.verdict}**"
    return f"{told} ({verdict.new})" if verdict.new else told


def _code(text):
    """As code in a table's cell; a file's name may be anything."""
    plain = "".join(each if each.isprintable() else "?" for each in text)
    return f"`{plain.replace('`', '?').replace('|', '?')[:200]}`"
