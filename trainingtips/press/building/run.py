"""The building itself: what is stale goes to the workers, what they bring back is written.

A compute() that asks for its parts (see `parts`) is ended, its parts are tasks like any other, and
it is started again with their values. Where tasks are computed is the pool's affair: in processes
here, or on a cluster.
"""

import contextlib
import hashlib
import json
import os
import time
from dataclasses import replace

from trainingtips.press.base import files, pins
from trainingtips.press.base.errors import BuildFailed, ResultError, UserError
from trainingtips.press.building import cluster, figure, why, workers
from trainingtips.press.kept import given, keys, parts, records, results, seals


def run(plan, wanted, *, whole, jobs, force, report):
    """Build `wanted` and what it needs. Returns how many were built; raises BuildFailed."""
    for folder in (records.FOLDER, "build/cache", "results"):
        files.remove_unfinished(plan.root / folder)
    if whole:
        for path in plan.orphans():
            path.unlink()
    build = _Run(plan, wanted, force, report)
    reasons = why.Reasons(plan, build.forced)
    build.reasons = {name: reasons.told(name, short=True) for name in build.todo}
    try:
        return build.go(jobs or len(os.sched_getaffinity(0)))
    finally:
        with contextlib.suppress(OSError):  # the next build tidies; what is wrong, this one says
            plan.book.tidy(plan.names)
        why.remember(plan, build.built)


class _Run:
    make = staticmethod(figure.make)  # what a worker does for the picture of one script …
    compute = staticmethod(figure.compute)  # … for its result …
    do_part = staticmethod(figure.do_part)  # … and for a part of that
    draw = 0  # of chance, in which results are computed

    def __init__(self, plan, wanted, force, report):
        self.plan, self.root, self.report = plan, plan.root, report
        self.forced = set(wanted) if force else set()
        self.failures = {name: plan.broken[name] for name in wanted if name in plan.broken}
        self.todo = self._order([name for name in wanted if name in plan.states])
        self.tasks = {}  # name -> what is being computed
        self.parts = {}  # name -> label of a part -> `parts.Done`, or None so far
        self.running, self.computed, self.built = set(), set(), set()
        self.reasons = {}  # name -> why it is built, where that is told

    def _order(self, names):
        """What is to be done, each after those that it builds on."""
        order = []

        def visit(name):
            for need in self._below(name):
                visit(need)
            if name not in order and self._is_due(name):
                order.append(name)

        for name in names:
            visit(name)
        return order

    def _below(self, name):
        """What comes before that script."""
        return self.plan.states[name].needs.values()

    def _is_due(self, name):
        return not self.plan.states[name].fresh or name in self.forced

    def go(self, jobs):
        if self.todo:
            pins.pin()
            workers.preload(self._imports(), self._computes())
            with cluster.pool(jobs, self.report) as pool:
                self._work(pool)
            if pool.lost:
                self._end(cluster.ClusterLost, [pool.lost])
        self._end(BuildFailed, [])
        return len(self.built)

    def _end(self, kind, reasons):
        """Raise an error of that kind with all that went wrong, if anything did."""
        if self.report:
            self.report.end()
        if self.failures:
            reasons = [*reasons, _list_failures(self.failures)]
        if reasons:
            raise kind("\n".join(reasons))

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
            return results.kept(self.root, state.script.name)
        except ResultError:
            return None

    def _work(self, pool):
        total = len(self.todo)
        while self.todo or self.running:
            for name in list(self.todo):
                needs = self.plan.states[name].needs.values()
                failed = [need for need in needs if need in self.failures]
                if failed:
                    self.todo.remove(name)
                    self.failures[name] = f"needs {failed[0]}, which failed"
                elif not any(need in self.running or need in self.todo for need in needs):
                    self.todo.remove(name)
                    if self._submit(pool, name):
                        self.running.add(name)
            if self.report:
                self.report.show(total, total - len(self.todo) - len(self.running), pool.names)
            for label, outcome in pool.finished(timeout=0.2) if self.running else ():
                self._take(pool, label, outcome)
            if pool.lost:  # what is being made here is finished and kept
                self.todo.clear()
                self.running &= pool.here

    def _submit(self, pool, name):
        state = self.plan.states[name]
        self.plan.settle(state)  # what it builds on has its numbers by now
        if state.fresh and name not in self.forced:
            return False  # and they are those that it had
        script, arguments = state.script, {}
        try:
            for argument, need in state.needs.items():
                arguments[argument] = results.kept(self.root, need).plain
            kept = self._kept(state)
            if kept is None:
                given.check_inputs(self.root, script)
        except results.AlteredResult as altered:
            if "digest" in altered.fields:
                pool.submit(name, figure.altered, self.root, script, altered.kept, str(altered))
                return True
            self.failures[name] = str(altered)
            return False
        except UserError as error:
            self.failures[name] = str(error)
            return False
        self.tasks[name] = task = self._task(state, arguments)
        if kept is None:
            pool.send(name, task, self.compute, self.root, script)
        else:
            self._draw(pool, name, kept)
        return True

    def _task(self, state, arguments):
        return figure.Task(
            state.result_key,
            arguments,
            frozenset(state.libraries),
            code=state.code,
            modules=self.plan.modules(state.script),
            inputs=state.made["inputs"],
            draw=self.draw,
        )

    def _draw(self, pool, name, kept):
        """Check the claim and draw, with the texts that the picture's key was made of."""
        script = self.plan.states[name].script
        task = replace(self.tasks[name], modules=self.plan.modules(script, drawing=True))
        pool.submit(name, self.make, self.root, script, task, kept)

    def _kept(self, state):
        """The kept result, or None where it has to be computed."""
        script = state.script
        if state.script.name in self.forced:
            return None
        if not (self.root / script.result_path).exists():
            if script.hardware:
                raise ResultError(
                    f"{script.result_path}: this is a record of a machine, and there is none yet; "
                    f"measure this machine with: python -m trainingtips figures --record"
                )
            return None
        try:
            kept = results.kept(self.root, script.name)
        except results.AlteredResult as altered:
            if "name" in altered.fields and not self._counts(state, altered.kept):
                return None  # renamed, as its figure was
            raise
        if self.plan.book.has(script.name):
            return kept if self._counts(state, kept) else None
        if script.hardware:
            raise ResultError(
                f"{script.result_path}: this is a record of a machine, and not the one in "
                f"{seals.PATH}; restore both (git checkout), or measure this machine with: "
                f"python -m trainingtips figures --record"
            )
        return None

    @staticmethod
    def _counts(state, kept):
        """Whether that result is of today's code; a record of a machine is left alone."""
        return state.script.hardware or kept.key == state.result_key

    def _take(self, pool, label, outcome):
        """What came back for a figure, or for a part of one: `batch/shuffle 2/6`."""
        name = label.partition(" ")[0]
        if name not in self.running:
            pass  # another part of it has failed
        elif isinstance(outcome, parts.Split):
            self._split(pool, name, outcome)
        elif isinstance(outcome, parts.Done):
            self._join(pool, name, label, outcome)
        elif isinstance(outcome, figure.Computed):
            self._draw(pool, name, outcome)
        else:
            self.running.discard(name)
            pool.drop(self.parts.pop(name, ()))
            self._finish(name, outcome)

    def _split(self, pool, name, split):
        count = len(split.parts)
        labels = [f"{name} {number}/{count}" for number in range(1, count + 1)]
        self.parts[name] = dict.fromkeys(labels)
        for label, part in zip(labels, split.parts, strict=True):
            task = replace(self.tasks[name], known=(), part=part)
            pool.send(label, task, self.do_part, self.root, self.plan.states[name].script)

    def _join(self, pool, name, label, done):
        """Start compute() again once all parts are there."""
        self.parts[name][label] = done
        if all(self.parts[name].values()):
            answers = tuple(self.parts.pop(name).values())
            task = self.tasks[name]
            self.tasks[name] = task = replace(task, known=(*task.known, answers))
            pool.send(name, task, self.compute, self.root, self.plan.states[name].script)

    def _finish(self, name, outcome):
        if isinstance(outcome, workers.TaskFailed):
            self.failures[name] = str(outcome)
        else:
            try:
                self._write(self.plan.states[name], outcome)
            except OSError as error:
                path = os.path.relpath(error.filename, self.root)
                self.failures[name] = f"cannot write {path}: {error.strerror}"
        if name not in self.failures:
            self.built.add(name)
            if outcome.computed:
                self.computed.add(name)
        if self.report:
            made = outcome if name not in self.failures else None
            self.report.done(name, made, self.reasons.get(name, ""))

    def _write(self, state, made):
        """Result first, then pictures, the record last: only a whole figure counts as built."""
        script, kept = state.script, self._named(state, made.kept)
        path, text = self.root / script.result_path, kept.text().encode()
        contents = {} if _holds(path, text) else {path: text}
        book = self.plan.book
        if contents or not book.has(script.name):
            contents[book.path] = book.with_line(script.name, kept.seal)
        folder = self.root / records.FOLDER / script.section
        contents |= {folder / name: data for name, (data, *_size) in made.pictures.items()}
        record = {
            "format": records.FORMAT,
            "result_key": state.result_key,
            "result_hash": hashlib.sha256(text).hexdigest(),
            "picture_key": state.picture_key,
            "pictures": {
                name: {"sha256": hashlib.sha256(data).hexdigest(), "width": width, "height": height}
                for name, (data, width, height) in made.pictures.items()
            },
        }
        record_path = self.root / records.FOLDER / f"{script.name}.json"
        contents[record_path] = json.dumps(record, indent=1).encode()
        # the line before its result, so that whatever is killed leaves none without
        files.replace_all(contents, first=[book.path])
        self.plan.kept_anew(script.name, text)

    def _named(self, state, kept):
        """A new result with its figure's name and the digests of what it was computed from."""
        if kept.name:
            return kept
        given = self.tasks[state.script.name].arguments
        needs = {need: keys.digest(given[name]) for name, need in state.needs.items()}
        return replace(kept, name=state.script.name, needs=needs)


def _holds(path, text):
    try:
        return path.read_bytes() == text
    except FileNotFoundError:
        return False


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

    def done(self, name, made, reason=""):
        from rich.text import Text

        line = Text.assemble(("✗", "red") if made is None else ("✓", "green"), f" {name}  ")
        if made is None:
            line.append("failed, see below")
        else:
            computed = f"computed {made.computed:.1f} s" if made.computed else "from kept result"
            line.append(f"{computed}, drawn {made.drawn:.1f} s" if made.pictures else computed)
        if reason:
            line.append(f"  ({reason})")
        self.console.print(line, soft_wrap=True)  # a line each, also where no one looks

    def say(self, message):
        self.console.print(message, highlight=False, markup=False)

    def end(self):
        if self.progress is not None:
            self.progress.stop()
            self.progress = None  # another run begins its own
