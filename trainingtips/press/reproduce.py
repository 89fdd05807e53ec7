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
from trainingtips.press import (
    build,
    claims,
    compare,
    figure,
    files,
    instructions,
    keys,
    parts,
    paths,
    results,
    run,
    scripts,
)
from trainingtips.press.errors import BuildFailed, ScriptError, UsageError, UserError

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
    changed: int = 0  # numbers that are not as they were kept, out of …
    size: int = 0
    of: str = ""  # `identity` of what is kept

    @property
    def good(self):
        return self.verdict in GOOD


def reproduce(root, sections=(), *, jobs=None, report=None, arithmetic=None):
    """Compute again what `root` keeps (of `sections`, default: all). Returns `Verdict`s, by name.

    `arithmetic` names another processor's instructions, one of `instructions.SETS`. Raises
    UsageError for an unknown section or set. `report` is a `run.Report`.
    """
    root = Path(root).resolve()
    if arithmetic:
        instructions.use(arithmetic)
    names = _choose(root, sections)
    with _scratch() as scratch:
        _copy(root, scratch)
        plan = build.Plan(scratch)
        wanted = [name for name in names if not build._is_hardware(plan, name)]
        again = _Again(plan, wanted, report)
        again.all(jobs or len(os.sched_getaffinity(0)))
    other = ("instructions",) if arithmetic else ()
    return [_judge(root, plan, again, name, other) for name in names]


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
        if section not in known:
            known = ", ".join(known)
            raise UsageError(f"no section {paths.shown(section)}; the sections are {known}")
    return [name for name in names if not sections or name.partition("/")[0] in sections]


def _copy(root, scratch):
    """The project's Python files, the declared inputs and the hardware records, into `scratch`."""
    for folder, inner, names in os.walk(root):
        here = Path(folder).relative_to(root)
        inner[:] = [name for name in inner if _is_source(Path(folder), name, top=not here.parts)]
        for name in names:
            if name.endswith(".py"):
                _copy_file(root, scratch, here / name)
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


def remake(root, script, task, kept=None):
    """What `figure.make` does, without drawing, in `root` alone; a failing claim is given back.

    A `kept` result, a hardware record that others build on, is given back as it is.
    """
    if isinstance(kept, results.Kept):
        return Remade(kept, {}, 0.0, 0.0)
    _move_to(root)
    found = kept or figure.compute(root, script, task)
    if isinstance(found, parts.Split):
        return found
    failure = _check(root, figure.load(root, script), script, found.kept)
    return Remade(found.kept, {}, found.seconds, 0.0, failure)


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
        claims.check(module, script.claim, kept.result)
    except claims.ClaimFailed as failure:
        return str(failure).replace(f"{root}/", "")
    except Exception as error:
        return figure.own_traceback(root, script, error)
    return ""


class _Again(run._Run):
    """The builder, computing only; it remembers what the workers brought back."""

    make = staticmethod(remake)
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
    if build._is_hardware(plan, name):
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
    rule = _rule(root, plan, again, name, other)
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
    counts = changed, compare.count(kept.plain), identity(kept)
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


def _rule(root, plan, again, name, other):
    """The rule for a script: also what it builds on may be of another processor, or chaotic.

    `other` names what is known to be another from the start.
    """
    state = plan.states[name]
    needs = [need for need in state.needs.values() if need in again.made]
    above = [_rule(root, plan, again, need, other) for need in needs]
    chaos = scripts.chaos(root, state.script)
    kept, _ = _kept(root, name)
    own = compare.rule(kept.environment if kept else {}, again.made[name].kept.environment, chaos)
    other = dict.fromkeys([*own.other, *other, *(part for each in above for part in each.other)])
    return compare.Rule(tuple(other), chaos)


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
