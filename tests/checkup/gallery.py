"""How each case's training looks, failing and mended: its losses, and how well it ends.

    python -m tests.checkup.gallery                # all, into gallery.json beside this
    python -m tests.checkup.gallery --only NAME,…  # these alone

The losses are those of one start; the quality is the case's own, from five. A case whose file has
not changed since is not run again.
"""

import argparse
import ast
import hashlib
import json
import warnings
from math import isfinite
from pathlib import Path

import torch

from tests.checkup import score

CASES = Path(__file__).with_name("cases")
KEPT = Path(__file__).with_name("gallery.json")
UPDATES, SEEDS = 400, range(5)


def run(case, seed, fixed, updates=UPDATES):
    """(losses of all updates, name of the loss, quality) of one training."""
    losses = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a case is allowed what a reader's program is
        t = case.setup(seed, fixed=fixed)
        case.loop(t, lambda loss, *_: losses.append(float(loss.detach().mean())), updates)
        quality = float(case.quality(t))
    return losses, type(t.criterion).__name__, quality


def looked_at(path):
    """What is kept of the case at `path`."""
    case = score.load(path)
    found = {}
    for name, fixed in (("failing", False), ("mended", True)):
        runs = [run(case, seed, fixed) for seed in SEEDS]
        losses, loss, _ = runs[0]
        found[name] = {
            "loss": loss,
            "quality": [_short(quality) for *_, quality in runs],
            "losses": [_short(value) for value in losses],
        }
    return {
        "file": digest(path),
        "symptom": " ".join(ast.get_docstring(ast.parse(path.read_text("utf-8"))).split()),
        "source": case.SOURCE,
        "cause": case.CAUSE,
        "metric": case.METRIC,
        **found,
    }


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _short(value):
    return float(f"{value:.3g}") if isfinite(value) else None


def kept():
    """{case: what is kept of it}."""
    return json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}


def write(rows):
    lines = (f" {json.dumps(name)}: {_line(rows[name])}" for name in sorted(rows))
    KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _line(row):
    """One line for what is said, one for each training: a changed one shows in a review."""
    parts = (f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in row.items())
    return "{\n" + ",\n".join(parts) + "}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    a = parser.parse_args()
    torch.set_num_threads(1)
    paths = [p for p in sorted(CASES.glob("*.py")) if not a.only or p.stem in a.only.split(",")]
    rows = {name: row for name, row in kept().items() if (CASES / f"{name}.py").exists()}
    for path in paths:
        if path.stem not in rows or rows[path.stem]["file"] != digest(path):
            rows[path.stem] = looked_at(path)
            write(rows)  # at once: a run that is cut off keeps what it has
        row = rows[path.stem]
        print(f"{path.stem:26}", row["failing"]["quality"], row["mended"]["quality"], flush=True)


if __name__ == "__main__":
    main()
