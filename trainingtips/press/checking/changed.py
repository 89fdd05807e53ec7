"""Which kept results differ from those of another revision, and what of each: asked of git.

A pull request that changes a result is shown as such: continuous integration computes just these
again and says of each how it came out, or that it was not repeated.

And where code was mended on another maker's processor, whose last digits are others, `take_back`
gives the earlier numbers today's key, wherever today's agree with them as `reproduce` asks: so no
number changes without a cause, and what hangs on the numbers, draws and settings, stands.
"""

import json
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from trainingtips.press.base import files, paths
from trainingtips.press.base.errors import ResultError, UsageError
from trainingtips.press.checking import settings
from trainingtips.press.kept import keys, results, scripts

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
    _check_revision(root, base)
    known, elsewhere = set(scripts.find_names(root)), settings.own_results(root)
    differ = _git(root, "diff", "--name-only", "--no-renames", "-z", base, "--", "results")
    more = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", "results")
    found = sorted(set(filter(None, (differ + more).decode(errors="replace").split("\0"))))
    # those of a section alone: beside them stand tables, which are no results
    names = [path[len("results/") : -len(".json")] for path in found if path.endswith(".json")]
    states = {**dict.fromkeys(known, ""), **dict.fromkeys(elsewhere, "setting")}
    return [_change(root, base, n, states.get(n, "gone")) for n in names if "/" in n]


def take_back(root, base, names=()):
    """{name: [differences]} of fresh results, by another processor, with other numbers than base's.

    Where there is no difference that `reproduce` would not allow, the numbers of the revision
    `base` are kept from now on, under the key of today's code. Raises UsageError.
    """
    # not for `since`, after which instructions are fixed, before numpy is imported
    from trainingtips.press.building.plan import Plan
    from trainingtips.press.checking import compare, reproduce

    root = Path(root).resolve()
    _check_revision(root, base)
    chosen, plan, found = reproduce._choose(root, names), Plan(root), {}
    fresh = {name for name, state in plan.states.items() if state.stays}
    for name in reproduce._with_needs(plan, chosen):  # what is built upon first
        state = plan.states.get(name)
        then = _kept_at(root, base, name) if name in fresh and name in chosen else None
        now = then and results.kept(root, name)
        if then and then.plain != now.plain and then.environment != now.environment:
            script = state.script
            rule = compare.rule(then.environment, now.environment, scripts.chaos(root, script))
            rule = replace(rule, illustration=script.illustration)
            found[name] = [str(e) for e in compare.differences(then.plain, now.plain, rule)]
            if not found[name]:
                _put_back(plan, state, then, now)
    return found


def _check_revision(root, base):
    if base.startswith("-"):
        raise UsageError(f"{paths.shown(base)} is no revision")
    _git(root, "rev-parse", "--verify", f"{base}^{{commit}}")


def _kept_at(root, base, name):
    """The `Kept` result at that revision, None where there is none, or none that is sound."""
    data = _git(root, "show", f"{base}:./results/{name}.json", missing=b"")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        try:
            return results.read(path)
        except ResultError:
            return None


def _put_back(plan, state, then, now):
    plan.settle(state)  # by what it builds on, which may be taken back already
    above = {need: results.kept(plan.root, need).plain for need in state.needs.values()}
    needs = {need: keys.digest(plain) for need, plain in above.items()}
    kept = replace(then, key=state.result_key, verdict=now.verdict, needs=needs)
    path, text = plan.root / state.script.result_path, kept.text().encode()
    book = plan.book
    lines = {book.path: book.with_line(state.script.name, kept.seal)}
    files.replace_all(lines | {path: text}, first=[book.path])
    plan.kept_anew(state.script.name, text)


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
