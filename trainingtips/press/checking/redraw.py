"""Every claim on fresh draws of chance: computed anew with other seeds, and asserted again.

Draw 1 of all claims, then draw 2, …: each in a folder of its own under build/redraws, which is
given what `reproduce` gives its scratch folder and keeps the results of its draw. So a shared
experiment is computed once in a draw, an interrupted run goes on where it was, and a claim whose
assertions alone have changed is judged on the results that are there. Where code has changed and
the kept result has its old digits, draw 1 decides whether the earlier draws stand. The project's
results are only read; what came out is kept in results/redraws.json (see `draws`).
"""

import contextlib
import dataclasses
import os
import shutil
from pathlib import Path

from trainingtips import chance
from trainingtips.press.base import files, locks
from trainingtips.press.base.errors import BuildFailed, ResultError, ScriptError
from trainingtips.press.building import figure, run
from trainingtips.press.building.plan import Plan
from trainingtips.press.checking import draws, reproduce
from trainingtips.press.kept import results, seals

FOLDER = "build/redraws"
QUICK = 30.0  # seconds of a result, with what it is computed from
MANY, FEW = 20, 8  # draws of a quick claim, and of another
MESSAGE = 300  # characters kept of a failed assertion


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a run leaves: the entries of the claims asked for, and why some have none."""

    entries: dict  # claim → `draws.Entry`
    problems: dict  # claim, or what it builds on → what went wrong
    short: dict  # claims that say they hold and fell short → `draws.Entry`

    @property
    def good(self):
        return not self.problems and not self.short


def redraw(root, names=(), *, count=None, jobs=None, report=None, say=None):
    """Try the claims of `names`, figures or sections (default: all), on draws 1 … `count`.

    `count` is by default `MANY` where the kept result took at most `QUICK` seconds, else `FEW`.
    `report` is a `run.Report`; `say` is told of each draw. Returns an `Outcome`; raises UsageError
    for an unknown name.
    """
    root = Path(root).resolve()
    chosen = reproduce._choose(root, names)
    with locks.held(root, say, "redraw.lock"):
        series = _Series(root, chosen, count)
        for draw in range(1, series.last + 1):
            if due := series.due(draw):
                if say:
                    told = "1 claim" if len(due) == 1 else f"{len(due)} claims"
                    say(f"draw {draw} of {series.last}: {told}")
                series.draw(draw, due, jobs or len(os.sched_getaffinity(0)), report)
        if series.record:
            series.keep()
        return series.outcome()


class _Series:
    """The claims to try, what is known of them, and the record that is kept after each."""

    def __init__(self, root, chosen, count):
        self.root, self.plan = root, Plan(root)
        self.record = draws.read(root)
        self.scripts = {name: state.script for name, state in self.plan.states.items()}
        self.kept, self.count, self.problems = {}, {}, {}
        self.earlier = {}  # claim → its entry of earlier code, until a draw decides on it
        self.standing = {}  # claim, whose assertions have changed → {draw: digest that stands}
        self.unjudged = {}  # claim → the entry kept in its place until all that stand are judged
        for name in chosen:
            if name in self.plan.broken:
                self.problems[name] = self.plan.broken[name]
            elif self._is_claim(name):
                self._begin(name, count)
        self.last = max(self.count.values(), default=0)

    def _is_claim(self, name):
        return draws.tried(self.plan.states[name].script, self.scripts)

    def _begin(self, name, count):
        """Take up the claim's entry, or a new one where the old has lapsed."""
        state = self.plan.states[name]
        try:
            kept = results.kept(self.root, name)
            if kept.key != state.result_key:
                raise ResultError(
                    f"results/{name}.json is of other code; build it first: "
                    f"python -m trainingtips figures {name}"
                )
            seconds = self._seconds(name)
        except ResultError as error:
            self.problems[name] = str(error)
            return
        wanted = MANY if seconds <= QUICK else FEW
        entry, new = (
            self.record.get(name),
            draws.begun(self.plan, state.script, kept, wanted),
        )
        if entry is None or entry.key != new.key:
            if entry and new.like(entry):
                self.earlier[name] = entry
            entry = self.record[name] = new
        entry.wanted = wanted
        self.kept[name], self.count[name] = kept, count or wanted

    def _seconds(self, name):
        """What a draw of that result costs, with what it is computed from."""
        needs = reproduce._with_needs(self.plan, [name])
        return sum(results.kept(self.root, need).seconds for need in needs)

    def due(self, draw):
        """The claims that have to be tried in that draw."""
        return [
            name
            for name, count in self.count.items()
            if draw <= count
            and draw not in self.record[name].digests
            and not self.record[name].chanceless
        ]

    def draw(self, number, due, jobs, report):
        folder = self.root / FOLDER / f"draw-{number}"
        _refresh(self.root, folder)
        again = _Draw(Plan(folder), due, number, self.take, self.standing, report)
        again.all(jobs)
        for name, problem in again.failures.items():
            self.problems.setdefault(name, f"draw {number}: {problem}")

    def take(self, name, number, made):
        """Enter what a draw brought, and keep it."""
        plain = made.kept.plain if made.kept else {}
        digest = draws.digest(plain) if made.kept else ""
        held = dict(draws.intervals(self.kept[name].plain, plain))
        entry = self.record[name]
        entry.add(number, digest, brief(made.failure), held)
        earlier = self.earlier.pop(name, None)
        if earlier and entry.bears_out(earlier, number, self._is_elsewhere(name, made.kept)):
            alike = (number in entry.failed) == (number in earlier.failed)
            if earlier.claim == entry.claim and alike:
                key, wanted = entry.key, entry.wanted
                self.record[name] = dataclasses.replace(earlier, key=key, wanted=wanted)
            else:
                self.standing[name] = earlier.digests
                self.unjudged[name] = earlier
        if name in self.unjudged and entry.digests.keys() >= self.standing[name].keys():
            del self.unjudged[name]
        self.keep()

    def _is_elsewhere(self, name, new):
        """Whether the kept result is of another processor than this draw, or what it builds on."""
        needs = reproduce._with_needs(self.plan, [name])
        kept = [results.kept(self.root, each).environment for each in needs] if new else []
        return any(each.get("processor") != new.environment.get("processor") for each in kept)

    def keep(self):
        """The entries of claims that are there, those that were begun and not tried left out.

        Draws that may stand, or stand and are not judged yet, are kept as they were: what is
        judged so far is judged again, without computing, by the run that goes on.
        """
        names = {*self.plan.broken, *filter(self._is_claim, self.scripts)}
        record = self.record | self.earlier | self.unjudged
        known = {name: e for name, e in record.items() if name in names and e.tried}
        draws.write(self.root, known)

    def outcome(self):
        entries = {name: self.record[name] for name in self.count}
        fallen = {
            name: entry
            for name, entry in entries.items()
            if self.plan.states[name].script.verdict == "holds" and not entry.good
        }
        return Outcome(entries, self.problems, fallen)


def _refresh(root, folder):
    """Give the draw's folder the project's sources as they are now; its results stay, sealed."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path.name not in ("results", "build"):
                shutil.rmtree(path)
        else:
            path.unlink()
    own = _bytes(folder / seals.PATH)
    reproduce._copy(root, folder)
    files.replace(folder / seals.PATH, _bytes(root / seals.PATH) + b"\n" + own)


def _bytes(path):
    return path.read_bytes() if path.is_file() else b""


def recompute(root, script, task):
    """What `reproduce.recompute` does; where it fails, a `Remade` that has no result."""
    try:
        return reproduce.recompute(root, script, task)
    except figure.FigureFailed as failure:
        if script.shared:
            raise
        return reproduce.Remade(None, {}, 0.0, 0.0, f"compute() failed: {failure}")


def redo(root, script, task, kept):
    """What `reproduce.remake` does, in the draw of `task`; a `kept` result of it is judged too."""
    with chance.drawn(task.draw):
        if isinstance(kept, results.Kept):
            return _judged(root, script, kept)
        return reproduce.remake(root, script, task, kept)


def _judged(root, script, kept):
    reproduce._move_to(root)
    failure = reproduce._check(root, figure.load(root, script), script, kept)
    return reproduce.Remade(kept, {}, 0.0, 0.0, failure)


class _Draw(run._Run):
    """The builder, computing only, in one draw; each claim's result is given to `take`."""

    make = staticmethod(redo)
    compute = staticmethod(recompute)
    do_part = staticmethod(reproduce.remake_part)

    def __init__(self, plan, due, number, take, standing, report):
        self.due, self.draw, self.take, self.standing = due, number, take, standing
        super().__init__(plan, due, force=False, report=report)

    def all(self, jobs):
        with contextlib.suppress(BuildFailed):  # `failures` has them one by one
            self.go(jobs)

    def _below(self, name):
        """What a result that stands was once computed from is not needed to judge it."""
        state = self.plan.states[name]
        return [] if state.script.hardware or self._stands(state) else super()._below(name)

    def _is_due(self, name):
        """The claims, and what they build on where this draw has no result of it."""
        state = self.plan.states[name]
        if state.script.hardware:
            return False  # a machine's record is what it was in every draw
        return name in self.due or not self._has(state)

    def _has(self, state):
        kept = self._peek(state)
        return kept is not None and kept.key == state.result_key

    def _kept(self, state):
        """This draw's result, computed anew also where its file is damaged."""
        try:
            return super()._kept(state) or self._stands(state)
        except (ResultError, ScriptError):
            return self._stands(state)

    def _stands(self, state):
        """The result of this draw by earlier code, where it stands for today's; else None."""
        digest = self.standing.get(state.script.name, {}).get(self.draw)
        kept = self._peek(state) if digest else None
        return kept if kept and draws.digest(kept.plain) == digest else None

    def _submit(self, pool, name):
        """A result that stands is judged without those that it was once computed from."""
        state = self.plan.states[name]
        if self._stands(state):
            state.needs = {}
        return super()._submit(pool, name)

    def _finish(self, name, outcome):
        failure = getattr(outcome, "failure", "")
        self.reasons[name] = f"draw {self.draw}{', its claim fails' if failure else ''}"
        super()._finish(name, outcome)
        if name in self.due and name not in self.failures:
            self.take(name, self.draw, outcome)

    def _write(self, state, made):
        if made.kept:
            super()._write(state, made)


def brief(failure):
    """What failed, in a line: the assertion, and its own words.

    >>> brief("the claim does not hold: It falls.\\nexpected: a < 1\\nin words: it rises")
    'a < 1: it rises'
    """
    lines = failure.splitlines()
    told = {}
    for line in lines:
        head, _, rest = line.partition(": ")
        told.setdefault(head, rest)
    parts = [told[head] for head in ("expected", "in words") if told.get(head)]
    text = ": ".join(parts) or " … ".join([*lines[:1], *lines[1:][-1:]])
    text = " ".join(text.split())
    return text if len(text) <= MESSAGE else text[: MESSAGE - 1] + "…"


def table(outcome):
    """Lines: each claim's draws and intervals, then what fell short and what went wrong."""
    rows = [("claim", "passed", "intervals that hold the new mean", "")]
    for name, entry in outcome.entries.items():
        held, of = entry.held
        share = f"{held} of {of}" if of else "none"
        remark = "falls short" if name in outcome.short else ""
        chance_in = draws.CHANCELESS if entry.chanceless else remark
        rows.append((name, f"{entry.passed} of {entry.tried}", share, chance_in))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
    right = f"{draws.SHARE * 100:.0f} % are right"
    for name, entry in outcome.short.items():
        yield f"\n{name}: passed {entry.passed} of {entry.tried} draws, {right}"
        yield from (f"  draw {draw}: {entry.failed[draw]}" for draw in sorted(entry.failed))
    for name, problem in outcome.problems.items():
        yield f"\n{name}: not drawn"
        yield from (f"  {line}" for line in problem.splitlines())
