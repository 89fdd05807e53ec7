"""Build what is stale: nothing else, and nothing half. See `plan` for what is stale, and why."""

import os
import subprocess
import sys
from pathlib import Path

from trainingtips.press.base import files, locks, paths, provenance
from trainingtips.press.base.errors import BuildFailed
from trainingtips.press.building.plan import Plan
from trainingtips.press.kept import fingerprints, scripts


def build(
    root, names=(), *, jobs=None, force=False, record=False, upgraded=False, report=None, log=None
):
    """Build what is stale of `names` (default: all). Returns the number of figures built.

    `force` computes the named ones anew, `record` the hardware records, and `upgraded` what was
    computed with other versions of libraries. Raises UsageError for an unknown name and BuildFailed
    when at least one figure failed; all others are built then too. `report` is a `run.Report`;
    `log` is called with messages for the user.
    """
    root = Path(root).resolve()
    plan = Plan(root)
    chosen = [scripts.resolve(name, plan.names) for name in names]
    wanted = chosen or plan.names
    if not plan.names:
        raise scripts.none_found(root)
    if record:
        force = True
        wanted = [
            n
            for n in wanted
            if n in plan.broken or (plan.is_hardware(n) and _is_measurable(plan, n, log))
        ]
    elif upgraded:
        force = True
        wanted = [name for name in wanted if name in plan.broken or plan.other_versions(name)]
    elif force:
        # hardware records are measured only on demand, by name or by --record
        wanted = [n for n in wanted if n in chosen or not plan.is_hardware(n)]
    left = (not names and plan.orphans()) or any(
        map(_left_behind, (root / "build/cache", root / "results"))
    )
    left = left or not plan.book.is_tidy(plan.names)
    if not force and not plan.work(wanted) and not left:
        if not (root / fingerprints.PATH).exists():  # built before there were any
            _remember(plan)
        _tell_versions(plan, log)
        return 0
    with locks.held(root, log):
        plan = Plan(root)  # another build may just have done it
        from trainingtips.press.building.run import run  # not before: where all is fresh, it costs

        try:
            return run(plan, wanted, whole=not names, jobs=jobs, force=force, report=report)
        finally:
            _tell_versions(plan, log)


def _tell_versions(plan, log):
    """Which kept results were computed with other versions of libraries: never silently."""
    concerned = {name: plan.other_versions(name) for name in plan.names}
    steps = {step for each in concerned.values() for step in each}
    if not steps or not log:
        return
    told = "; ".join(f"{package} {then}, here {here}" for package, then, here in sorted(steps))
    count = sum(map(bool, concerned.values()))
    which = "1 result was" if count == 1 else f"{count} results were"
    log(
        f"{which} kept with {told}: python -m trainingtips list names them, and "
        f"python -m trainingtips figures --upgraded computes them anew"
    )


def _is_measurable(plan, name, log):
    """Whether this machine has what that record is of; where not, the record stays."""
    if plan.states[name].script.hardware != scripts.GPU or provenance.has_gpu():
        return True
    if log:
        log(f"{name} is measured on a GPU, and there is none here: its record stays as it is")
    return False


def _remember(plan):
    from trainingtips.press.building.why import remember

    remember(plan)


def _left_behind(folder):
    return next(files.unfinished(folder), None)


def ensure_built(root):
    """Build what is stale, for `mkdocs build` and `mkdocs serve`. Raises BuildFailed.

    The building is done by a fresh interpreter: mkdocs has threads, and a process with threads
    must not fork.
    """
    root = Path(root).resolve()
    plan = Plan(root)
    if plan.names and not plan.work(plan.names) and not plan.orphans():
        return
    command = [sys.executable, "-m", "trainingtips", "figures"]
    path = os.pathsep.join(filter(None, [str(paths.SOURCE), os.getenv("PYTHONPATH")]))
    done = subprocess.run(command, cwd=root, env=os.environ | {"PYTHONPATH": path})
    if done.returncode:
        raise BuildFailed("the figures were not built: see the messages above")
