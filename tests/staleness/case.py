"""One edit of a project, judged: does the key tell what plain Python tells?

seen      the key is another and so is the number
kept      both are as they were
stale     the key is as it was and the number is not: must not be
wrong     the builder computes another number than plain Python does: must not be
same      the key is another and the number is not, but it needs what was edited: without it plain
          Python finds another number, or none. Only computing tells, as of `x * 1`
needless  the key is another, and the number neither differs nor needs it: computed for nothing
refused   the builder says that it cannot know, or that the script is none
dead      plain Python raises an error, or does not end: nothing to compare, not counted
"""

import ast
import difflib

from tests.staleness import edits, needed, truth
from trainingtips.press.building.plan import Plan

OUTCOMES = ("stale", "wrong", "seen", "refused", "kept", "same", "needless")
DEAD = "dead"


class Case:
    """A project as it was before an edit, and what was found in it."""

    def __init__(self, root, name):
        self.root, self.name = root, name
        self.key, *value = truth.built(root, name)
        self.value = truth.plain(root, name)
        if tuple(value) != self.value:
            raise AssertionError(f"{name}: built {value}, by plain Python {self.value}")

    def modules(self):
        """The files that an edit may be of: those that the script imports."""
        plan = Plan(self.root)
        found = plan.modules(plan.states[self.name.partition("@")[0]].script)
        return sorted(each.path for each in found.values())

    def after(self, chance, kind, files):
        """(outcome, what it was) of one edit, which is undone afterwards.

        None where there is nothing of that kind to edit.
        """
        found = self._edit(chance, kind, files)
        if found is None:
            return None
        path, new = found
        target = self.root / path
        old = target.read_bytes()
        target.write_bytes(new)
        try:
            judge = self._asked if kind == "environment" else self._judged
            outcome, what = judge(), f"{self.name}: {kind} in {path}\n{_difference(old, new)}"
            if outcome == "needless" and self._needs(target, old, new):
                outcome = "same"
            return outcome, what
        finally:
            target.write_bytes(old)

    def _edit(self, chance, kind, files):
        """(path, new bytes) of an edit of that kind, of one of the files."""
        if kind == "data":
            named = truth.inputs(self.root, self.name)
            path = chance.choice(named) if named else None
            return path and (path, edits.data(self.root / path, chance))
        for path in chance.sample(files, len(files)):
            new = edits.code((self.root / path).read_text(), kind, chance)
            if new is not None:
                return path, new.encode()
        return None

    def _judged(self):
        value = truth.plain(self.root, self.name)
        if value is None or value[0] == "error":
            return self._unable()
        key = truth.key(self.root, self.name)
        if key == self.key:
            return "kept" if value == self.value else "stale"
        if key.startswith("broken"):
            return "refused"
        if value == self.value:
            return "needless"
        _, kind, found = truth.built(self.root, self.name) or ("", "failed", "")
        if kind == "refused":
            return "refused"
        return "seen" if (kind, found) == value else "wrong"

    def _needs(self, target, old, new):
        """Whether there is no such number without what the edit has changed."""
        if target.suffix == ".py":
            rest = needed.without(old.decode(), new.decode())
            if rest is None:
                return False
            target.write_text(rest)
        else:
            target.unlink()
        return truth.plain(self.root, self.name) != self.value

    def _unable(self):
        """Where the whole cannot be executed, a key that stays must give no other number."""
        if truth.key(self.root, self.name) != self.key:
            return DEAD
        found = truth.built(self.root, self.name)
        other = found and found[1] == "value" and found[1:] != self.value
        return "stale" if other else DEAD

    def _asked(self):
        """A module that reads a variable: refused, or without an influence on anything."""
        key, kind, found = truth.built(self.root, self.name)
        if kind == "refused":
            return "refused"
        values = {truth.plain(self.root, self.name, **{edits.VARIABLE: each}) for each in "14"}
        if any(value is None or value[0] == "error" for value in values):
            return DEAD
        if len(values) > 1:
            return "stale"
        if values != {(kind, found)}:
            return "wrong"
        return "kept" if key == self.key else "needless"


def _difference(old, new):
    """What the edit changed, in lines; layout and comments are none of it."""
    try:
        old, new = old.decode(), new.decode()
    except UnicodeDecodeError:
        return "its numbers"
    if "\n" in old.strip() and "=" in old:
        old = ast.unparse(ast.parse(old))
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1)
    return "\n".join(list(lines)[2:])
