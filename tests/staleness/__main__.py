"""`make staleness`: random edits, each compared with the truth, into results/staleness.json.

Most are edits of small projects, put together from what static reading is worst at; the others are
edits of this project where its scripts are quick. What an edit is judged to be: see `case`.

It takes five minutes of a processor. In pieces: `--small 150 --real 20`, with `--seed` from 0 to
11, and all but the first with `--more`, which adds to what is kept; they have to be of the same
code.
"""

import argparse
import hashlib
import importlib
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.staleness import edits, small
from tests.staleness.case import DEAD, OUTCOMES, Case
from trainingtips.press.building import figure

ROOT = Path(__file__).parents[2]
OUT = ROOT / "results/staleness.json"
REAL = [  # quick scripts, of every section that has one
    "loss_function/softmax",
    "loss_function/cross_entropy",
    "loss_function/surfaces",
    "critical_points/two_weights",
    "critical_points/two_weights_hessian",
    "critical_points/kinds",
    "momentum/phase_diagram",
    "momentum/weighted_sum",
    "learning_rate/adagrad_burst",
    "batch_norm/input_scale",
]
DRAWING = ("matplotlib.figure", "matplotlib.backends.backend_svg")
EDITS = 20  # of one project, one after another
SETS = "demo/sets"  # written beside them: data sets of the package
SMALL, PROJECT = "small projects", "this project"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.staleness", description=__doc__)
    parser.add_argument("--small", type=int, default=1800, help="edits of small projects")
    parser.add_argument("--real", type=int, default=240, help="edits of the project itself")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--more", action="store_true", help="add to what is kept")
    options = parser.parse_args(arguments)
    before = _kept(options.seed) if options.more else {}
    start = time.perf_counter()
    found = {
        SMALL: of_small(options.small, options.seed, say=print),
        PROJECT: of_real(options.real, options.seed, say=print),
    }
    minutes = (time.perf_counter() - start) / 60
    kept = merged(before, {"code": code(), "seeds": [options.seed], **count(found)})
    kept["minutes"] = round(before.get("minutes", 0) + minutes, 1)
    OUT.write_text(json.dumps(kept, indent=1) + "\n")
    print(json.dumps(kept["all"]))
    return 1 if kept["all"]["stale"] or kept["all"]["wrong"] else 0


def code():
    """Hash of what makes the keys and of what judges them."""
    paths = [*ROOT.glob("trainingtips/press/[bk]*/*.py"), *ROOT.glob("tests/staleness/[!t]*.py")]
    paths += [ROOT / "tests/staleness/truth.py", ROOT / "trainingtips/press/checking/settings.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()


def _kept(seed):
    kept = json.loads(OUT.read_text())
    if kept.get("code") != code():
        sys.exit(f"{OUT.name} is of other code: begin anew, without --more")
    if seed in kept["seeds"]:
        sys.exit(f"--seed {seed} has been tried: take another")
    return kept


def merged(one, other):
    """The sum of two such records of the same code: counts are added, lists joined."""
    found = dict(one)
    for name, value in other.items():
        if isinstance(value, dict):
            found[name] = merged(one.get(name, {}), value)
        else:
            found[name] = value if isinstance(value, str) else one.get(name, type(value)()) + value
    return found


def of_small(count, seed, say=None):
    """[(kind, outcome)] of edits of small projects, `count` of which can be executed."""
    chance, found = random.Random(seed), []
    while running(found) < count:
        with tempfile.TemporaryDirectory(prefix="staleness") as folder:
            root = Path(folder).resolve()
            small.write(root, chance)
            files = [*(f"lab/{n}.py" for n in ("one", "two", "three")), "figures/demo/s.py"]
            name = chance.choice(["demo/s", "demo/s", "demo/s@one"])
            _edit(found, Case(root, name), chance, [*edits.OF_CODE, "data"], files, count, say)
    return found


def of_real(count, seed, say=None):
    """The same of the project's own modules and scripts, where compute() is quick."""
    for name in ("torch", "scipy.optimize", "scipy.sparse.linalg", "scipy.stats", *DRAWING):
        importlib.import_module(name)  # once, and not in each process
    sys.modules["torch"].set_num_threads(1)
    figure._seed()  # which makes torch load much of itself
    chance, found = random.Random(seed), []
    with tempfile.TemporaryDirectory(prefix="staleness") as folder:
        root = Path(folder).resolve()
        left_out = shutil.ignore_patterns("__pycache__", "press")
        shutil.copytree(ROOT / "trainingtips", root / "trainingtips", ignore=left_out)
        for name in REAL:
            (root / f"figures/{name}.py").parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / f"figures/{name}.py", root / f"figures/{name}.py")
        (root / "figures/demo").mkdir(parents=True)
        (root / f"figures/{SETS}.py").write_text(small.SETS)
        names = [*REAL, SETS, f"{SETS}@fashion"]
        turn = seed * -(-count // EDITS)  # in pieces, another goes on where one has ended
        while running(found) < count:
            case = Case(root, names[turn % len(names)])
            _edit(found, case, chance, [*edits.OF_CODE, "data"], case.modules(), count, say)
            turn += 1
    return found


def _edit(found, case, chance, kinds, files, count, say):
    for _ in range(EDITS):
        if running(found) < count:
            kind, edit = None, None
            while edit is None:  # not every project has something of every kind
                kind = chance.choice(kinds)
                edit = case.after(chance, kind, files)
            outcome, what = edit
            found.append((kind, outcome))
            if say and outcome in ("stale", "wrong"):
                say(f"{outcome}: {what}")
    if say:
        say(f"{len(found)} edits: {dict(Counter(outcome for _, outcome in found))}")
        sys.stdout.flush()


def running(found):
    """How many of them can be executed at all, and are counted."""
    return sum(outcome != DEAD for _, outcome in found)


def count(found):
    """{where: {"kinds": {kind: counts}, "all": counts}, …, "all": counts} of {where: found}."""
    table = {}
    for where, each in found.items():
        if not each:
            continue
        kinds = sorted({kind for kind, _ in each})
        table[where] = {
            "kinds": {kind: _counts([o for k, o in each if k == kind]) for kind in kinds},
            "all": _counts([outcome for _, outcome in each]),
        }
    every = [outcome for each in found.values() for _, outcome in each]
    return {"where": table, "all": _counts(every)}


def _counts(outcomes):
    counted = Counter(outcomes)
    tried = {"tried": len(outcomes) - counted[DEAD], **{name: counted[name] for name in OUTCOMES}}
    return {**tried, DEAD: counted[DEAD]}


if __name__ == "__main__":
    sys.exit(main())
