"""The loss of each case before its first update, and that of a guess which needs no input.

    python -m tests.checkup.first_losses           # all, into first_losses.json beside this

A guess costs log C with C classes, log 2 with a mark, and the variance of the targets, of all that
the case trains on, in a squared error; other losses have none that is known. Five starts each,
failing and mended. A case whose file has not changed since is not run again.
"""

import json
import math
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from torch.nn import functional as F

from tests.checkup import gallery, score

KEPT = Path(__file__).with_name("first_losses.json")
CLASSES, MARKS = ("cross_entropy", "nll_loss"), ("binary_cross_entropy",)
NAMES = (*CLASSES, *MARKS, "binary_cross_entropy_with_logits", "mse_loss")


class EnoughError(Exception):
    """One update was made."""


def first(case, seed, fixed):
    """(loss, that of a guess or None) of one start."""
    calls, losses = [], []

    def seen(loss, *_):
        losses.append(float(loss.detach().mean()))
        raise EnoughError

    with warnings.catch_warnings(), watched(calls):
        warnings.simplefilter("ignore")  # a case is allowed what a reader's program is
        t = case.setup(seed, fixed=fixed)
        calls.clear()
        with suppress(EnoughError):
            case.loop(t, seen, 1)
    return losses[0], guess(t, calls[0]) if calls else None


@contextmanager
def watched(calls):
    """Each call of a loss in torch.nn.functional is noted: its name, its outputs, its targets."""
    own = {name: getattr(F, name) for name in NAMES}

    def noting(name):
        def call(output, target, *args, **options):
            calls.append((name, output.detach(), target.detach()))
            return own[name](output, target, *args, **options)

        return call

    try:
        for name in NAMES:
            setattr(F, name, noting(name))
        yield
    finally:
        for name, function in own.items():
            setattr(F, name, function)


def guess(t, call):
    name, output, target = call
    if name in CLASSES:
        return math.log(output.shape[1])
    if name != "mse_loss":
        return math.log(2)
    whole = targets(t)
    y = target if whole is None or whole.shape[1:] != target.shape[1:] else whole
    return float(y.float().var(0, correction=0).mean())


def targets(t):
    """All targets that are trained on, (N, …), or None where batches are not pairs of tensors."""
    try:
        parts = [batch[-1] for batch in t.batches]
        return torch.cat(parts) if parts else None
    except (TypeError, RuntimeError, AttributeError):
        return None


def looked_at(path):
    case = score.load(path)
    found = {"file": gallery.digest(path), "cause": case.CAUSE}
    for name, fixed in (("failing", False), ("mended", True)):
        pairs = [first(case, seed, fixed) for seed in gallery.SEEDS]
        found[name] = [[short(loss), short(usual)] for loss, usual in pairs]
    return found


def short(value):
    return float(f"{value:.4g}") if value is not None and math.isfinite(value) else None


def kept():
    """{case: what is kept of it}."""
    return json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}


def main():
    torch.set_num_threads(1)
    rows = kept()
    for path in sorted(gallery.CASES.glob("*.py")):
        if path.stem not in rows or rows[path.stem]["file"] != gallery.digest(path):
            rows[path.stem] = looked_at(path)
        print(f"{path.stem:26}", rows[path.stem]["failing"][0], rows[path.stem]["mended"][0])
    lines = (f" {json.dumps(name)}: {json.dumps(rows[name])}" for name in sorted(rows))
    KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
