"""Every claim on its other settings: computed where it has lapsed, judged by claim(), and kept.

Each result is written as soon as it is there, and the record with it, so an interrupted run goes
on where it was, and a claim whose assertions alone have changed is judged on the results that are
there. A claim that fails is a verdict and stops nothing; what cannot be computed or judged at all
is told, and enters no record. Where the package's instruments alone have changed, the quickest
setting of a claim is computed first, and with its old digits the claim's others stand.

`again` computes all of them anew in a scratch folder, which an interrupted run takes up, too, and
compares them with what is kept.
"""

import contextlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from trainingtips.press.base import files, locks
from trainingtips.press.base.errors import BuildFailed, ResultError
from trainingtips.press.building import figure, run
from trainingtips.press.building.plan import Plan
from trainingtips.press.checking import compare, redraw, reproduce, settings
from trainingtips.press.kept import claims, keys, results

FOLDER = "build/settings"  # where `again` computes
SHOWN = 3  # assertions that fail, of a claim
REFUSED = "the claim does not hold"  # how a failed assertion is told, and nothing else
UNBUILT = "the claim's own result is of other code; build it first: python -m trainingtips figures"


@dataclass(frozen=True)
class Outcome:
    """What a run leaves: an entry for each claim@setting asked for, and what has none."""

    entries: dict  # claim@setting → `settings.Entry`
    problems: dict  # claim@setting → what went wrong
    computed: frozenset  # those that were computed now


def repeat(root, names=(), *, jobs=None, report=None, say=None):
    """Compute and judge what has lapsed of `names`, figures or sections (default: all).

    `report` is a `run.Report`; `say` is told what waits. Returns an `Outcome`; raises UsageError
    for an unknown name.
    """
    root = Path(root).resolve()
    chosen = reproduce._choose(root, names)
    with locks.held(root, say, "settings.lock"):
        plan = Plan(root)
        again = _Repeat(plan, chosen, settings.read(root), report)
        again.all(jobs or len(os.sched_getaffinity(0)))
        entries = {name: each for name, each in again.entries.items() if name in again.keys}
        return Outcome(entries, again.failures, frozenset(again.computed))


def again(root, names=(), *, jobs=None, report=None, say=None):
    """Compute all that is kept of `names` once more, and compare: [`reproduce.Verdict`].

    What lapsed is not compared: compute it first. The scratch folder keeps what was finished; it is
    emptied once everything was.
    """
    root = Path(root).resolve()
    folder = root / FOLDER
    redraw._refresh(root, folder)
    _copy_inputs(root, folder)
    outcome = repeat(folder, names, jobs=jobs, report=report, say=say)
    cells = [cell for each in settings.current(root).values() for cell in each]
    kept = {cell.name for cell in cells if cell.result_path}
    found = [_compared(root, folder, outcome, name) for name in sorted(kept & set(_asked(outcome)))]
    if not outcome.problems:
        for path in (folder / "results").glob("*/*@*.json"):
            path.unlink()
    return found


def _asked(outcome):
    return [*outcome.entries, *outcome.problems]


def _copy_inputs(root, folder):
    for script in settings._scripts(root).values():
        for name in settings.tried(script):
            for path in settings.repeated(script, name).inputs:
                reproduce._copy_file(root, folder, path)


def _compared(root, folder, outcome, name):
    kept = results.kept(root, name)
    size = reproduce._numbers(compare.count(kept.plain))
    if name in outcome.problems:
        problem = str(outcome.problems[name])
        return reproduce.Verdict(name, size, "", "", "failed", notes=(problem,))
    new, entry = results.kept(folder, name), outcome.entries[name]
    rule = compare.rule(kept.environment, new.environment)
    rule = replace(rule, chaos=_chaos(root, name))
    notes = [str(each) for each in compare.differences(kept.plain, new.plain, rule)]
    changed = len(compare.differences(kept.plain, new.plain, compare.Rule()))
    if entry.verdict != settings.read(root)[name].verdict:
        notes.append(f"its verdict is now: {entry.verdict} {entry.why}".rstrip())
    verdict = "differs" if notes else "within" if changed else "exact"
    told = f"{changed} changed" if changed else "equal"
    return reproduce.Verdict(name, size, told, str(rule), verdict, notes=tuple(notes))


def _chaos(root, name):
    return settings._scripts(root)[name.partition("@")[0]].chaos


def judge(root, script, task, kept):
    """What `redraw.redo` does; a claim that fails tells all that fails, line by line."""
    made = redraw.redo(root, script, task, kept)
    if not made.failure.startswith(REFUSED):
        return made
    module, path = figure.load(root, script), Path(root) / script.path
    found = claims.refusals(module, path, made.kept.result, script.illustration)
    return replace(made, failure="\n".join([REFUSED, *(" ".join(each.split()) for each in found)]))


class _Repeat(run._Run):
    """The builder, computing only, of pseudo-scripts: a claim on one setting each."""

    make = staticmethod(judge)
    compute = staticmethod(reproduce.recompute)
    do_part = staticmethod(reproduce.remake_part)

    def __init__(self, plan, chosen, entries, report):
        self.entries, self.keys, wanted = entries, {}, []
        self.waiting = {}  # first of a claim's settings → {it, and those it decides on: entries}
        broken = {name: plan.broken[name] for name in chosen if name in plan.broken}
        self.lacking = {}  # claim@setting → why it cannot be tried
        for name in chosen:
            if name in plan.states:
                wanted += self._begin(plan, plan.states[name].script)
        super().__init__(plan, wanted, force=False, report=report)
        self.failures |= broken | self.lacking

    def _begin(self, plan, script):
        begun, like = [], {}
        for setting in settings.tried(script) if not script.shared else ():
            if told := settings.lacking(plan, script, setting):
                self.lacking[settings.label(script.name, setting)] = told
                continue
            state = settings.state(plan, script, setting)
            name = state.script.name
            self.keys[name] = settings.key(plan, state)
            begun.append(name)
            if self._lapsed(plan, name):
                like[name] = settings.likeness(plan, state)
        self._decide_by_one(plan, like)
        return [name for name in begun if name not in self.lacking]

    def _lapsed(self, plan, name):
        """Whether its entry is one of other code, of the result that is there."""
        entry = self.entries.get(name)
        other = entry is not None and entry.like and not plan.states[name].stays
        return other and entry.key != self.keys[name] and self._is_there(plan, name)

    def _is_there(self, plan, name):
        """Whether the result that was judged is there, of whatever code."""
        return self.entries[name].digest == settings._digest(plan, plan.states[name])

    def _decide_by_one(self, plan, like):
        """The quickest of a claim's lapsed settings decides on the others that are alike."""
        if not all(like.values()):
            self.lacking |= dict.fromkeys(like, UNBUILT)
            return
        alike = [name for name, each in like.items() if each == self.entries[name].like]
        if alike:
            first, *others = sorted(alike, key=lambda name: self._seconds(plan, name))
            self.waiting[first] = {name: self.entries[name] for name in (first, *others)}

    def _seconds(self, plan, name):
        """What the kept result cost, with those that it builds on."""
        state, own = plan.states[name], 0.0
        with contextlib.suppress(ResultError):  # it is damaged or gone, and costs what it costs
            own = results.kept(plan.root, name).seconds
        return own + sum(self._seconds(plan, need) for need in state.needs.values())

    def all(self, jobs):
        """Those that others wait for first: a claim may have hours of them."""
        self._few(self.todo, jobs)
        self.waiting.clear()  # for what could not be computed
        names = [name for name in self.keys if name in self.plan.states]
        self._few(self._order([name for name in names if name not in self.failures]), jobs)
        if self._sign():
            settings.write(self.root, self._there())

    def _few(self, names, jobs):
        """So many settings at once, whole: were all begun, all would be lost by an interruption."""
        while names:
            self.todo, names = names[:jobs], names[jobs:]
            with contextlib.suppress(BuildFailed):  # `failures` has them one by one
                self.go(jobs)

    def _decide(self, first):
        """The result of `first` is there: with its old digits, what waited for it stands."""
        before = self.waiting.pop(first, {})
        own = before.pop(first, None)
        for name, entry in before.items():
            now = self.entries[first]
            if (now.digest, now.verdict) == (own.digest, own.verdict):
                self.entries[name] = replace(entry, key=self.keys[name])
            else:  # no other run is to let them stand
                self.entries[name] = replace(entry, like="")

    def _sign(self):
        """Whether entries have changed: what they are like, and keys by what they build on now."""
        before = dict(self.entries)
        for name in filter(self._known, self.keys):
            state = self.plan.states[name]
            self.plan.settle(state)
            self.keys[name] = settings.key(self.plan, state)
            like = settings.likeness(self.plan, state) if state.stays else self.entries[name].like
            self.entries[name] = replace(self.entries[name], key=self.keys[name], like=like)
        return self.entries != before

    def _is_due(self, name):
        """Whether it is to be computed or judged."""
        state = self.plan.states[name]
        if state.script.shared:
            return not self._kept(state)
        return not self._waits(name) and not self._known(name)

    def _waits(self, name):
        """Whether another setting of the claim decides on it."""
        return any(name in others and name != first for first, others in self.waiting.items())

    def _below(self, name):
        """What a result of earlier code was once computed from is not needed where that stands."""
        earlier = not (self.plan.states[name].script.shared or self.plan.states[name].stays)
        stands = earlier and (self._waits(name) or self._known(name))
        return () if stands else super()._below(name)

    def _known(self, name):
        """Whether the very result that is there was judged by the claim of today, or stands."""
        entry = self.entries.get(name)
        same = entry is not None and entry.key == self.keys.get(name)
        return same and self._is_there(self.plan, name)

    def _kept(self, state):
        """The result of today's code; None where it has to be computed."""
        try:
            kept = results.kept(self.plan.root, state.script.name)
        except ResultError:
            return None
        return kept if kept.key == state.result_key else None

    def _task(self, state, arguments):
        setting = state.script.name.partition("@")[2]
        return super()._task(state, arguments | {"setting": state.script.settings[setting]})

    def _finish(self, name, outcome):
        self.reasons[name] = self._judged(name, outcome)
        super()._finish(name, outcome)

    def _judged(self, name, outcome):
        """The verdict in a word; a claim that stopped with another error is given as a failure."""
        failure = getattr(outcome, "failure", "")
        if failure and not failure.startswith(REFUSED):
            self.failures[name] = failure
        return "its claim fails" if failure else ""

    def _write(self, state, made):
        name = state.script.name
        if name in self.failures:
            return
        verdict = settings.FAILS if made.failure else settings.HOLDS
        kept = replace(
            self._named(state, self._confirmed(state, made.kept, verdict)), verdict=verdict
        )
        path, text = self.root / state.script.result_path, kept.text().encode()
        if not run._holds(path, text):
            files.replace(path, text)
        self.plan.kept_anew(name, text)
        if state.script.shared:
            return
        digest, why = keys.digest(kept.plain), _why(made.failure)
        self.keys[name] = settings.key(self.plan, state)  # known for certain once its needs are
        like = settings.likeness(self.plan, state)
        self.entries[name] = settings.Entry(self.keys[name], digest, verdict, why, like)
        self._decide(name)
        settings.write(self.root, self._there())

    def _confirmed(self, state, new, verdict):
        """The earlier result under today's key, where this machine's differs in last digits only.

        Of what others wait for, and what it builds on: `reproduce` would call the two the same.
        """
        name, old = state.script.name, self._peek(state)
        firsts = [first for first in self.waiting if first in self.entries]
        below = [n for first in firsts for n in self.plan.states[first].needs.values()]
        if old is None or old.plain == new.plain or name not in [*firsts, *below]:
            return new
        if name in firsts and self.entries[name].verdict != verdict:
            return new
        rule = compare.rule(old.environment, new.environment, _chaos(self.root, name))
        alike = not rule.exact and not compare.differences(old.plain, new.plain, rule)
        return replace(old, key=state.result_key, name="") if alike else new

    def _there(self):
        """The entries of settings that the scripts have."""
        known = settings.own_results(self.root)
        return {name: entry for name, entry in self.entries.items() if name in known}


def _why(failure):
    """The first few things that fail, in a line.

    >>> _why("the claim does not hold\\na\\nb\\nc\\nd\\ne")
    'a; b; c; and 2 more'
    """
    lines = failure.splitlines()[1:]
    more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "; ".join([*lines[:SHOWN], *more])


def table(outcome):
    """Lines: each claim on each setting with its verdict, and what went wrong."""
    width = max(map(len, outcome.entries), default=0)
    for name, entry in sorted(outcome.entries.items()):
        yield f"{name:{width}}  {entry.verdict}  {entry.why}".rstrip()
    for name, problem in outcome.problems.items():
        yield f"\n{name}: not tried"
        yield from (f"  {line}" for line in str(problem).splitlines())
