"""`make bench ONLY=edit`, its last row: what it costs that compute() is watched.

The same results are computed in processes of their own, by turns with the witness and without it;
the fewest seconds of each are compared, since whatever else a machine does only adds to them.
"""

import subprocess
import sys
from pathlib import Path

from trainingtips.press.base import pins
from trainingtips.press.base.errors import UserError
from trainingtips.press.building import figure, run, witness
from trainingtips.press.building.plan import Plan
from trainingtips.press.checking.bench_builder import row

# many small calls, one long integration, many networks in a row
COMPUTED = ("batch/gradient_noise", "momentum/roll_through", "start/over_time")
TURNS = 3
CODE = f"import sys; from {__name__} import seconds; print(seconds(*sys.argv[1:]))"


def rows(root, names=COMPUTED, turns=TURNS):
    """Measure in `root`; yields the row as `bench` keeps it."""
    least = {(name, how): [] for name in names for how in ("watched", "alone")}
    for _ in range(turns):
        for name, how in least:
            least[name, how].append(_measured(root, name, how))
    least = {key: min(found) for key, found in least.items()}
    watched, alone = (sum(least[name, how] for name in names) for how in ("watched", "alone"))
    note = ", ".join(
        f"{name} {least[name, 'watched']:.2f} s against {least[name, 'alone']:.2f} s"
        for name in names
    )
    yield row("computing with the witness / without", watched / alone, note, "≤ 1.05")


def seconds(name, how):
    """Processor seconds of the compute() of the script `name` below this folder, once."""
    if how == "alone":
        witness.start = witness.stop = lambda *_: None
    plan = Plan(Path.cwd())
    if name in plan.broken:
        raise UserError(plan.broken[name])
    state = plan.states[name]
    task = run._Run(plan, [name], force=True, report=None)._task(state, {})
    return figure.compute(plan.root, state.script, task).seconds


def _measured(root, name, how):
    done = subprocess.run(
        [sys.executable, "-c", CODE, name, how],
        cwd=root, env=pins.environment(), capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise UserError(f"bench: {name} could not be computed:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])
