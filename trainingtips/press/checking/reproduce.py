"""Every result computed again, from nothing, in a folder of its own, and compared with the kept.

The scratch folder is given the project's Python files, the inputs that scripts declare and the
hardware records, nothing else: whatever a result needs besides is found missing. The builder works
there as it does for the page, without drawing; the project's `results/` and `build/` are only
read. What may differ is said in `compare`. A hardware record is a machine's, and not compared.
"""

import contextlib
import fcntl
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import trainingtips
from trainingtips.press.base import files, paths, provenance
from trainingtips.press.base.errors import BuildFailed, ScriptError, UsageError, UserError
from trainingtips.press.building import figure, run
from trainingtips.press.building.plan import Plan
from trainingtips.press.checking import compare, instructions
from trainingtips.press.kept import claims, keys, results, scripts, seals

SHOWN = 5  # differences listed for one script
_PREFIX = "trainingtips-reproduce-"
_YOUNG = 5.0  # seconds: a folder just made may not be locked yet
RECORD = "record, not compared"
GOOD = ("exact", "within", "record")


@dataclass(frozen=True)
class Verdict:
    """A line of the table, and what stands below it: differences, and what went wrong."""

    name: str
    kept: str
    new: str
    allowed: str
    verdict: str
    claim: str = ""
    notes: tuple[str, ...] = ()
    compared: int = 0  # numbers of the kept result that the rule compares
    changed: int = 0  # numbers that are not as they were kept, out of …
    size: int = 0
    of: str = ""  # `identity` of what is kept

    @property
    def good(self):
        return self.verdict in GOOD


def reproduce(root, sections=(), *, jobs=None, report=None, arithmetic=None, say=None):
    """Compute again what `root` keeps (of `sections`, default: all). Returns `Verdict`s, by name.

    `sections` may name single figures, too. `arithmetic` names another processor's instructions,
    one of `instructions.SETS`, or "none". `report` is a `run.Report`; `say` is told beforehand,
    line by line, which agreement is to be expected. Raises UsageError for an unknown section or
    set.
    """
    root = Path(root).resolve()
    if arithmetic:
        instructions.use(arithmetic)
    names = _choose(root, sections)
    with _scratch() as scratch:
        _copy(root, scratch)
        plan = Plan(scratch)
        other = ("instructions",) if arithmetic else ()
        if say:
            for line in forecast(root, plan, names, other):
                say(line)
        again = _Again(plan, _with_needs(plan, names), report)
        again.all(jobs or len(os.sched_getaffinity(0)))
    return [_judge(root, plan, again, name, other) for name in names]


def _with_needs(plan, names):
    """`names` and what they are computed from, in the plan's order, without hardware records."""
    wanted, more = set(), set(names)
    while more:
        wanted |= more
        states = (plan.states[name] for name in more if name in plan.states)
        more = {need for state in states for need in state.needs.values()} - wanted
    return [n for n in plan.names if n in wanted and not plan.is_hardware(n)]


def forecast(root, plan, names, other=()):
    """Lines that say which agreement is to be expected of these results on this machine."""
    rules = {}
    for name in names:
        if name in plan.states and not plan.is_hardware(name) and _kept(root, name)[0]:
            rules[name] = _rule(root, plan, lambda n: _here(plan, n), name, other)
    exact = [name for name, rule in rules.items() if rule.exact]
    if exact:
        yield f"expected on this machine: the same digits, in {_results(len(exact))}"
    elsewhere = {name: rule for name, rule in rules.items() if not rule.exact}
    if elsewhere:
        changed = ", ".join(dict.fromkeys(part for r in elsewhere.values() for part in r.other))
        yield (
            f"expected here, with other {changed}: statistics within their intervals, and every "
            f"claim, in {_results(len(elsewhere))}"
        )
    shown = {name: rule.illustration for name, rule in elsewhere.items() if rule.illustration}
    if shown:
        told = "; ".join(f"{name} ({', '.join(parts)})" for name, parts in shown.items())
        yield f"illustration, drawn and not compared here: {told}"


def _here(plan, name):
    return provenance.environment(plan.states[name].libraries)


def _results(count):
    return f"{count} result" if count == 1 else f"{count} results"


@contextlib.contextmanager
def _scratch():
    """A new folder, removed at the end; those that killed runs of ours left behind go first."""
    parent = Path(tempfile.gettempdir())
    for path in parent.glob(f"{_PREFIX}*"):
        _remove_abandoned(path)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as scratch:
        handle = os.open(scratch, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # held as long as this process lives
            yield Path(scratch).resolve()
        finally:
            os.close(handle)


def _remove_abandoned(path):
    """Remove a scratch folder of this user's whose process is gone; leave any other alone."""
    with contextlib.suppress(OSError):  # locked, gone by now, or not ours to remove
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            about = os.fstat(handle)
            if about.st_uid == os.getuid() and time.time() - about.st_ctime > _YOUNG:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(handle)


def _choose(root, sections):
    names = scripts.find_names(root)
    if not names:
        raise scripts.none_found(root)
    known = sorted({name.partition("/")[0] for name in names})
    for section in sections:
        if section not in known and section not in names:
            known = ", ".join(known)
            raise UsageError(f"no section {paths.shown(section)}; the sections are {known}")
    return [
        name for name in names if not sections or {name, name.partition("/")[0]} & set(sections)
    ]


def _copy(root, scratch):
    """The project's Python files, the declared inputs and the hardware records, into `scratch`."""
    for folder, inner, names in os.walk(root):
        here = Path(folder).relative_to(root)
        inner[:] = [name for name in inner if _is_source(Path(folder), name, top=not here.parts)]
        for name in names:
            if name.endswith(".py"):
                _copy_file(root, scratch, here / name)
    _copy_file(root, scratch, seals.PATH)
    for name in scripts.find_names(root):
        try:
            script = scripts.read_script(root, name)
        except ScriptError:
            continue  # the plan tells it
        for path in [*script.inputs, *([script.result_path] if script.hardware else [])]:
            _copy_file(root, scratch, path)


def _is_source(folder, name, top):
    left_out = name.startswith(".") or name == "__pycache__"
    left_out |= top and name in keys._FOLDERS_LEFT_OUT
    return not left_out and not (folder / name / "pyvenv.cfg").exists()


def _copy_file(root, scratch, path):
    """Copy where it is there and within the project; what is missing, the plan tells."""
    source = root / path
    if source.is_file() and source.resolve().is_relative_to(root):
        (scratch / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, scratch / path)


@dataclass(frozen=True)
class Remade(figure.Made):
    """A result computed again, and why its claim fails: an empty text where it holds."""

    failure: str = ""


def recompute(root, script, task):
    """What `figure.compute` does, in `root` alone."""
    _move_to(root)
    return figure.compute(root, script, task)


def remake(root, script, task, kept):
    """What `figure.make` does, without drawing, in `root` alone; a failing claim is given back.

    A `kept` result, a hardware record that others build on, is given back as it is.
    """
    if isinstance(kept, results.Kept):
        return Remade(kept, {}, 0.0, 0.0)
    _move_to(root)
    failure = _check(root, figure.load(root, script), script, kept.kept)
    return Remade(kept.kept, {}, kept.seconds, 0.0, failure)


def remake_part(root, script, task):
    """What `figure.do_part` does, in `root` alone."""
    _move_to(root)
    return figure.do_part(root, script, task)


def _move_to(root):
    os.chdir(root)
    if (root / "trainingtips").is_dir():  # the copy, also where the package was imported before
        trainingtips.__path__[:] = [str(root / "trainingtips")]


def _check(root, module, script, kept):
    if script.shared:
        return ""
    try:
        claims.check(module, script.claim, kept.result, script.illustration)
    except (claims.ClaimFailed, ScriptError) as failure:
        return str(failure).replace(f"{root}/", "")
    except Exception as error:
        return figure.own_traceback(root, script, error)
    return ""


class _Again(run._Run):
    """The builder, computing only; it remembers what the workers brought back."""

    make = staticmethod(remake)
    compute = staticmethod(recompute)
    do_part = staticmethod(remake_part)

    def __init__(self, plan, wanted, report):
        super().__init__(plan, wanted, force=False, report=report)
        self.made = {}

    def all(self, jobs):
        with contextlib.suppress(BuildFailed):  # `failures` has them one by one
            self.go(jobs)

    def _finish(self, name, outcome):
        super()._finish(name, outcome)
        if name not in self.failures:
            self.made[name] = outcome


def _judge(root, plan, again, name, other):
    if plan.is_hardware(name):
        return Verdict(name, "", "", RECORD, "record")
    kept, notes = _kept(root, name)
    size = "" if kept is None else _numbers(compare.count(kept.plain))
    if name in again.failures:
        return Verdict(name, size, "", "", "failed", notes=(*notes, str(again.failures[name])))
    made, state = again.made[name], plan.states[name]
    claim = state.script.claim
    if kept is None:
        new = _numbers(compare.count(made.kept.plain))
        return Verdict(name, "", new, "", "not kept", claim, tuple(notes))
    rule = _rule(root, plan, lambda n: _made(again, n), name, other)
    found = compare.differences(kept.plain, made.kept.plain, rule)
    if found:
        more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        notes = [*notes, *map(str, found[:SHOWN]), *more]
        if kept.key != state.result_key:
            notes.append("what is kept is of other code: python -m trainingtips figures")
    exact = compare.differences(kept.plain, made.kept.plain, compare.Rule())
    changed = sum(each.count for each in exact)
    new = f"{changed} changed" if changed else "equal"
    verdict = "differs" if notes else "within" if changed else "exact"
    if made.failure:
        verdict, notes = "claim fails", [*notes, made.failure]
    counts = compare.compared(kept.plain, rule), changed, compare.count(kept.plain), identity(kept)
    size += "" if counts[0] == counts[2] else f", {counts[0] or 'none'} compared"
    return Verdict(name, size, new, str(rule), verdict, claim, tuple(notes), *counts)


def identity(kept):
    """A kept result's name for itself: another as soon as its code or a number of it is another."""
    return keys.digest([kept.key, kept.plain])[:16]


def _kept(root, name):
    """The kept result, or None, and what is wrong with it."""
    try:
        return results.kept(root, name), []
    except results.AlteredResult as altered:
        return altered.kept, [str(altered)]
    except UserError as error:
        return None, [str(error)]


def _made(again, name):
    """The environment in which a result was computed again, None where it was not."""
    return again.made[name].kept.environment if name in again.made else None


def _rule(root, plan, environment, name, other):
    """The rule for a script: also what it builds on may be of another processor, or chaotic.

    `environment(name)` is that of a new result, None where there is none; `other` names what is
    known to be another from the start.
    """
    state = plan.states[name]
    needs = [need for need in state.needs.values() if environment(need) is not None]
    above = [_rule(root, plan, environment, need, other) for need in needs]
    chaos = scripts.chaos(root, state.script)
    kept, _ = _kept(root, name)
    own = compare.rule(kept.environment if kept else {}, environment(name))
    other = dict.fromkeys([*own.other, *other, *(part for each in above for part in each.other)])
    return compare.Rule(tuple(other), chaos, state.script.illustration)


def _numbers(count):
    return f"{count} number" if count == 1 else f"{count} numbers"


def table(verdicts):
    """The lines of the table, then, for each that is not good, its claim and what differs."""
    head = Verdict("claim", "kept", "new", "allowed", "verdict")
    rows = [(v.name, v.kept, v.new, v.allowed, v.verdict) for v in [head, *verdicts]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
    for verdict in verdicts:
        if not verdict.good:
            yield f"\n{verdict.name}: {verdict.verdict}"
            lines = [verdict.claim, *verdict.notes] if verdict.claim else verdict.notes
            yield from (f"  {line}" for note in lines for line in note.splitlines())


def save(verdicts, path):
    """Write the table to a JSON file, for a program to read."""
    files.replace(path, json.dumps([asdict(each) for each in verdicts], indent=1).encode())


def summary(verdicts, seconds):
    """How many came out how, in what time; memory is that of the largest process.

    >>> summary([Verdict("a/b", "", "", "exact", "exact")], 1.0).partition(";")[0]
    '1 of 1 reproduced: 1 exact'
    """
    kinds = [v.verdict for v in verdicts]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    compared = [v for v in verdicts if v.verdict != "record"]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    return (
        f"{sum(v.good for v in compared)} of {len(compared)} reproduced: {counts}; "
        f"{used.ru_utime + used.ru_stime:.0f} s of processor time in {seconds:.0f} s, "
        f"{used.ru_maxrss * unit / 1e6:.0f} MB in the largest process"
    )
