"""The building itself: what is stale goes to the workers, what they bring back is written."""

import hashlib
import json
import os
import time

from trainingtips.press import build, figure, files, results, workers
from trainingtips.press.errors import BuildFailed, ResultError


def run(plan, wanted, *, whole, jobs, force, report):
    """Build `wanted` and what it needs. Returns how many were built; raises BuildFailed."""
    files.remove_unfinished(plan.root / build.FOLDER)
    files.remove_unfinished(plan.root / "results")
    if whole:
        for path in build._orphans(plan, ()):
            path.unlink()
    return _Run(plan, wanted, force, report).go(jobs or len(os.sched_getaffinity(0)))


class _Run:
    make = staticmethod(figure.make)  # what a worker does for one script

    def __init__(self, plan, wanted, force, report):
        self.plan, self.root, self.report = plan, plan.root, report
        self.forced = set(wanted) if force else set()
        self.failures = {name: plan.broken[name] for name in wanted if name in plan.broken}
        self.todo = self._order([name for name in wanted if name in plan.states])
        self.computed, self.built = set(), 0

    def _order(self, names):
        """Stale scripts, each after those that it builds on."""
        order = []

        def visit(name):
            state = self.plan.states[name]
            for need in state.needs.values():
                visit(need)
            if name not in order and (not state.fresh or name in self.forced):
                order.append(name)

        for name in names:
            visit(name)
        return order

    def go(self, jobs):
        if self.todo:
            workers.pin()
            workers.preload(self._imports(), self._computes())
            with workers.Pool(jobs) as pool:
                self._work(pool)
        if self.report:
            self.report.end()
        if self.failures:
            raise BuildFailed(_list_failures(self.failures))
        return self.built

    def _imports(self):
        """Packages that the children will import, for drawing alone as well."""
        return set().union(*(self.plan.states[name].imports for name in self.todo))

    def _computes(self):
        """Whether something is to be computed, and not only drawn."""
        for name in self.todo:
            state = self.plan.states[name]
            kept = None if name in self.forced else self._peek(state)
            if kept is None or kept.key != state.result_key:
                return True
        return False

    def _peek(self, state):
        try:
            return results.read(self.root / state.script.result_path)
        except ResultError:
            return None

    def _work(self, pool):
        total = len(self.todo)
        running = set()
        while self.todo or running:
            for name in list(self.todo):
                needs = self.plan.states[name].needs.values()
                failed = [need for need in needs if need in self.failures]
                if failed:
                    self.todo.remove(name)
                    self.failures[name] = f"needs {failed[0]}, which failed"
                elif not any(need in running or need in self.todo for need in needs):
                    self.todo.remove(name)
                    if self._submit(pool, name):
                        running.add(name)
            if self.report:
                self.report.show(total, total - len(self.todo) - len(running), pool.names)
            for name, outcome in pool.finished(timeout=0.2) if running else ():
                running.discard(name)
                self._take(name, outcome)

    def _submit(self, pool, name):
        state = self.plan.states[name]
        script, arguments = state.script, {}
        try:
            for argument, need in state.needs.items():
                arguments[argument] = build.kept_result(
                    self.root, self.plan.states[need].script
                ).plain
            kept = self._kept(state)
        except results.AlteredResult as altered:
            pool.submit(name, figure.altered, self.root, script, altered.kept, str(altered))
            return True
        except ResultError as error:
            self.failures[name] = str(error)
            return False
        key, libraries = state.result_key, state.libraries
        pool.submit(name, self.make, self.root, script, key, kept, arguments, libraries)
        return True

    def _kept(self, state):
        """The kept result, or None where it has to be computed."""
        script = state.script
        if state.script.name in self.forced:
            return None
        if self.computed.intersection(state.needs.values()):
            return None
        if not (self.root / script.result_path).exists():
            if script.hardware:
                raise ResultError(
                    f"{script.result_path}: this is a record of a machine, and there is none yet; "
                    f"measure this machine with: python -m trainingtips figures --record"
                )
            return None
        kept = results.read(self.root / script.result_path)
        return kept if script.hardware or kept.key == state.result_key else None

    def _take(self, name, outcome):
        if isinstance(outcome, workers.TaskFailed):
            self.failures[name] = str(outcome)
        else:
            try:
                self._write(self.plan.states[name], outcome)
            except OSError as error:
                path = error.filename or self.plan.states[name].script.result_path
                self.failures[name] = f"cannot write {path}: {error.strerror}"
        if name not in self.failures:
            self.built += 1
            if outcome.computed:
                self.computed.add(name)
        if self.report:
            self.report.done(name, outcome if name not in self.failures else None)

    def _write(self, state, made):
        """Result first, then pictures, the record last: only a whole figure counts as built."""
        script, text = state.script, made.kept.text().encode()
        path = self.root / script.result_path
        if not path.exists() or path.read_bytes() != text:
            files.replace(path, text)
        folder = self.root / build.FOLDER / script.section
        for name, (data, *_size) in made.pictures.items():
            files.replace(folder / name, data)
        record = {
            "format": build.FORMAT,
            "result_key": state.result_key,
            "result_hash": hashlib.sha256(text).hexdigest(),
            "picture_key": state.picture_key,
            "pictures": {
                name: {"sha256": hashlib.sha256(data).hexdigest(), "width": width, "height": height}
                for name, (data, width, height) in made.pictures.items()
            },
        }
        record_path = self.root / build.FOLDER / f"{script.name}.json"
        files.replace(record_path, json.dumps(record, indent=1).encode())


def _list_failures(failures):
    count = "1 figure was" if len(failures) == 1 else f"{len(failures)} figures were"
    parts = [f"{count} not built"]
    for name, reason in failures.items():
        parts.append(f"\nfigures/{name}.py\n" + _indent(str(reason)))
    return "\n".join(parts)


def _indent(text):
    return "\n".join(f"  {line}" for line in text.splitlines())


class Report:
    """What the build says while it runs: a line for each figure, and a bar on a terminal."""

    def __init__(self, console):
        self.console, self.progress, self.task = console, None, None
        self.start = time.perf_counter()

    def show(self, total, finished, names):
        if not self.console.is_terminal:
            return
        if self.progress is None:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
            # no refresh thread: a process with threads must not fork
            self.progress = Progress(
                *columns, console=self.console, auto_refresh=False, transient=True
            )
            self.progress.start()
            self.task = self.progress.add_task("", total=total)
        self.progress.update(self.task, completed=finished, description=", ".join(names))
        self.progress.refresh()

    def done(self, name, made):
        if made is None:
            self.console.print(f"[red]✗[/] {name}  failed, see below")
        else:
            computed = f"computed {made.computed:.1f} s" if made.computed else "from kept result"
            drawn = f", drawn {made.drawn:.1f} s" if made.pictures else ""
            self.console.print(f"[green]✓[/] {name}  {computed}{drawn}", highlight=False)

    def end(self):
        if self.progress is not None:
            self.progress.stop()
