"""`python -m tests.staleness`: random edits, each compared with the truth: results/staleness.json.

An edit is *stale* where the key stays and plain Python finds another number: that must not be. It
is *needless* where the key changes and the number does not. *wrong* would be a number that the
builder computes and plain Python does not find. An edit is *refused* where the builder says that
it cannot know.
"""

import argparse
import importlib
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.staleness import edits, small, truth

ROOT = Path(__file__).parents[2]
OUT = ROOT / "results/staleness.json"
REAL = [  # quick scripts of the project itself
    "loss_function/softmax",
    "momentum/exact_rates",
    "momentum/roll_through",
    "critical_points/two_weights",
    "critical_points/random_hessian",
    "loss_function/surfaces",
    "learning_rate/adagrad_burst",
]
EDITS = 20  # of one small project
KINDS = [*edits.OF_CODE, "data", "environment"]


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.staleness", description=__doc__)
    parser.add_argument("--small", type=int, default=1800, help="edits of small projects")
    parser.add_argument("--real", type=int, default=300, help="edits of the project itself")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    start, found = time.perf_counter(), []
    found += of_small(options.small, options.seed, say=print)
    found += of_real(options.real, options.seed, say=print)
    table = count(found)
    table["seed"], table["minutes"] = options.seed, round((time.perf_counter() - start) / 60, 1)
    OUT.write_text(json.dumps(table, indent=1) + "\n")
    print(json.dumps(table["total"]))
    return 1 if table["total"]["stale"] or table["total"]["wrong"] else 0


def of_small(count, seed, say=None):
    """[(kind, outcome, what)] of that many edits of small projects."""
    chance, found = random.Random(seed), []
    while len(found) < count:
        with tempfile.TemporaryDirectory(prefix="staleness") as folder:
            root = Path(folder)
            small.write(root, chance)
            files = [*(f"lab/{n}.py" for n in ("one", "two", "three")), "figures/demo/s.py"]
            before = Case(root, "demo/s")
            for _ in range(min(EDITS, count - len(found))):
                found.append(before.after(chance, chance.choice(KINDS), files))
        _tell(found, say)
    return found


def of_real(count, seed, say=None):
    """The same of the project's own modules and scripts, where compute() is quick."""
    for name in ("numpy", "torch", "scipy.optimize", "scipy.sparse.linalg", "scipy.stats"):
        importlib.import_module(name)  # once, and not in each process
    chance, found = random.Random(seed), []
    kinds = list(edits.OF_CODE)
    with tempfile.TemporaryDirectory(prefix="staleness") as folder:
        root = Path(folder)
        for name in ("figures", "trainingtips"):
            left_out = shutil.ignore_patterns("__pycache__", "press")
            shutil.copytree(ROOT / name, root / name, ignore=left_out)
        while len(found) < count:
            name = REAL[len(found) // EDITS % len(REAL)]
            before = Case(root, name)
            modules = before.modules()
            for _ in range(min(EDITS, count - len(found))):
                found.append(before.after(chance, chance.choice(kinds), modules))
            _tell(found, say)
    return found


def _tell(found, say):
    if say:
        say(f"{len(found)} edits: {dict(Counter(outcome for _, outcome, _ in found))}")
        sys.stdout.flush()


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
        plan = truth.Plan(self.root)
        found = plan.modules(plan.states[self.name].script)
        return sorted(each.path for each in found.values())

    def after(self, chance, kind, files):
        """(kind, outcome, what it was) of one edit, which is undone afterwards."""
        if kind == "environment":
            return self._environment(chance, files)
        path, new = self._edit(chance, kind, files)
        target = self.root / path
        old = target.read_bytes()
        target.write_text(new)
        try:
            return kind, self._judged(), f"{self.name}: {kind} in {path}\n{new}"
        finally:
            target.write_bytes(old)

    def _edit(self, chance, kind, files):
        if kind == "data":
            return "data/numbers.txt", f"{chance.randrange(9)}\n{chance.random():.2f}\n"
        while True:
            path = chance.choice(files)
            new = edits.code((self.root / path).read_text(), kind, chance)
            if new is not None:
                return path, new
            kind = kind if chance.random() < 0.9 else "constants"

    def _judged(self):
        value = truth.plain(self.root, self.name)
        if value is None:
            return "endless"
        key = truth.key(self.root, self.name)
        if key == self.key:
            if value == self.value:
                return "kept"
            return "broken" if value[0] == "error" else "stale"
        if value == self.value:
            return "needless"
        _, kind, found = truth.built(self.root, self.name) or ("", "failed", "")
        if kind == "refused":
            return "refused"
        return "seen" if (kind, found) == value or value[0] == "error" else "wrong"

    def _environment(self, chance, files):
        """A module that reads a variable: the builder has to refuse it, whatever its value."""
        path = chance.choice(files)
        target = self.root / path
        old = target.read_text()
        tree = (
            old.replace("FACTOR = 3", edits.READS) if "FACTOR" in old else f"{edits.READS}\n{old}"
        )
        target.write_text(tree)
        try:
            _, kind, _ = truth.built(self.root, self.name)
            values = {truth.forked(truth._plain, self.root, self.name, {edits.VARIABLE: each})
                      for each in ("1", "4")}  # fmt: skip
            changes = "stale" if len(values) > 1 else "kept"
            outcome = "refused" if kind == "refused" else changes
            return "environment", outcome, f"{path} reads {edits.VARIABLE}"
        finally:
            target.write_text(old)


def count(found):
    """{"kinds": {kind: counts}, "total": counts}."""
    kinds = {}
    for kind in dict.fromkeys(sorted(each for each, *_ in found)):
        kinds[kind] = _counts([outcome for k, outcome, _ in found if k == kind])
    return {"kinds": kinds, "total": _counts([outcome for _, outcome, _ in found])}


def _counts(outcomes):
    counted = Counter(outcomes)
    names = ("stale", "wrong", "seen", "refused", "kept", "needless", "broken", "endless")
    return {"tried": len(outcomes), **{name: counted[name] for name in names}}


def table(path=OUT):
    """The Markdown table for the page *How it is built*."""
    found = json.loads(Path(path).read_text())
    rows = ["| edit of | tried | stale | seen | refused | rightly kept | for nothing |"]
    rows.append("| --- | --: | --: | --: | --: | --: | --: |")
    for name, each in [*found["kinds"].items(), ("all", found["total"])]:
        counts = (each[key] for key in ("tried", "stale", "seen", "refused", "kept", "needless"))
        rows.append(f"| {name} | " + " | ".join(f"{number:,}" for number in counts) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
