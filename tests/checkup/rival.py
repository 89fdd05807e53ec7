"""What torchmortem says of the same cases, failing and mended, for a fair comparison.

    pip install torchmortem               # in an environment of its own: nothing else needs it
    python -m tests.checkup.rival         # all, into rival.json beside this
    python -m tests.checkup.rival --only NAME,…

It has no names for causes: what each of its warnings may mean is taken generously (`MEANS`). It is
called as its documentation says, at its own settings, once after each update of 300; a warning is a
finding of its severity "warning" or "critical", the first one is first in its report.
"""

import argparse
import importlib.metadata
import json
import warnings
from pathlib import Path

import torch

from tests.checkup import score

CASES = Path(__file__).with_name("cases")
KEPT = Path(__file__).with_name("rival.json")
UPDATES = 300
# how a warning begins, and each cause that a fair judge could read out of it
MEANS = {
    "Update ratio too low": ["rate_too_low", "clip_too_low", "schedule_wrong", "no_update"],
    "Update ratio too high": ["rate_too_high", "no_warm_up", "momentum_too_high"],
    "Activation saturation": ["saturated_units", "start_too_large", "inputs_not_scaled"],
    "Dead units": ["dead_relu"],
    "High gradient noise": ["batch_too_small_for_norm", "labels_noisy", "not_shuffled"],
    "Vanishing gradients": ["vanishing_gradient", "start_too_small", "saturated_units"],
    "Exploding gradients": ["exploding_gradient", "rate_too_high", "start_too_large"],
    "Gradient stalling": ["vanishing_gradient", "graph_cut", "no_update", "dead_relu"],
    "Weight norm explosion": ["exploding_gradient", "rate_too_high", "gradient_not_cleared"],
    "Stagnant weight norms": ["rate_too_low", "no_update", "schedule_wrong"],
    "Inter-layer weight norm": ["start_too_large", "start_too_small"],
    "Training divergence": ["rate_too_high", "exploding_gradient", "bad_values", "nan_in_loss"],
    "Loss plateau": ["rate_too_low", "schedule_wrong"],
    "Catapult phase": ["rate_too_high"],
    "Edge of stability": ["rate_too_high"],
    "Rank collapse": ["symmetric_start", "weight_decay_too_large"],
}


def warned(case, fixed):
    """Titles of its warnings on one training, in its order."""
    import torchmortem

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        t = case.setup(0, fixed=fixed)
        with torchmortem.Autopsy(t.model, optimizer=t.optimizer) as seen:
            case.loop(t, lambda loss, *_: seen.step(loss=float(loss)), UPDATES)
    findings = seen.get_report().findings
    return [f.title for f in findings if f.severity >= torchmortem.types.Severity.WARNING]


def meant(title):
    """The causes that a warning may mean."""
    return next((causes for start, causes in MEANS.items() if title.startswith(start)), [])


def told(case):
    """What is kept of a case: warnings of both versions, and whether one tells the cause."""
    found = {name: warned(case, fixed) for name, fixed in (("failing", False), ("mended", True))}
    right = {case.CAUSE, *case.ALSO}
    hits = [bool(right & {*meant(title)}) for title in found["failing"]]
    return {
        "cause": case.CAUSE,
        "first": any(hits[:1]),
        "three": any(hits[:3]),
        "any": any(hits),
        "alarm": bool(found["mended"]),
        **{name: list(dict.fromkeys(titles)) for name, titles in found.items()},
    }


def shares(rows):
    """How often it is right and how often it warns of a healthy one, as the page shows it."""
    failing = [row for row in rows if row["cause"] != "healthy"]
    found = {
        "right cause first": [row["first"] for row in failing],
        "among the first three": [row["three"] for row in failing],
        "alarms on healthy ones": [row["alarm"] for row in rows],
    }
    return [score.counted(what, hits) for what, hits in found.items()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    a = parser.parse_args()
    torch.set_num_threads(1)
    rows = json.loads(KEPT.read_text("utf-8"))["cases"] if KEPT.is_file() else {}
    for path in sorted(CASES.glob("*.py")):
        if (a.only and path.stem not in a.only.split(",")) or (not a.only and path.stem in rows):
            continue
        rows[path.stem] = row = told(score.load(path))
        print(f"{path.stem:26}", row["any"], row["alarm"], row["failing"][:3], flush=True)
        keep(rows, importlib.metadata.version("torchmortem"))


def keep(rows, version):
    """Write the record, a case a line."""
    head = {"version": version, "updates": UPDATES, "shares": shares(rows.values())}
    lines = ",\n".join(f"  {json.dumps(n)}: {json.dumps(rows[n])}" for n in sorted(rows))
    start = json.dumps(head)[:-1]
    KEPT.write_text(f'{start}, "cases": {{\n{lines}\n}}}}\n', "utf-8")


if __name__ == "__main__":
    main()
