"""How often the check-up is right: every case, and its mended version.

usage: python -m tests.checkup.score FOLDER [--only A,B] [--fixed] [--seconds 120] [--half odd|even]
"""

import argparse
import importlib.util
import time
from pathlib import Path

import torch

from trainingtips import checkup
from trainingtips.checkup import examining


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def examined(case, fixed, seconds):
    return checkup.examine(
        lambda seed: case.setup(seed, fixed=fixed),
        lambda t, updates: case.loop(t, lambda *a: None, updates),
        updates=300,
        seconds=seconds,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--half", default="")
    parser.add_argument("--fixed", action="store_true")
    parser.add_argument("--seconds", type=float, default=110)
    parser.add_argument("--verbose", action="store_true")
    a = parser.parse_args()
    torch.set_num_threads(1)
    examining.CLOCK = time.process_time  # the machine may be busy
    paths = sorted(a.folder.glob("[!_]*.py"))
    if a.half:
        paths = paths[a.half == "even" :: 2]
    first = three = alarms = 0
    chosen = [p for p in paths if not a.only or p.stem in a.only.split(",")]
    for path in chosen:
        case = load(path)
        start = time.process_time()
        report = examined(case, a.fixed, a.seconds)
        took = time.process_time() - start
        names = [
            f"{f.label}{'+' if f.verdict == 'confirmed' else '-' if f.verdict == 'refuted' else '?'}"
            for f in report.findings
        ]
        right = {case.CAUSE, *case.ALSO}
        one = (
            (report.findings and report.findings[0].label in right)
            if case.CAUSE != "healthy"
            else not report.alarm
        )
        first += bool(one)
        three += bool(one or right & {f.label for f in report.findings[:3]})
        alarms += report.alarm
        print(
            f"{path.stem:24} {case.CAUSE:24} {'ok ' if one else 'NO '} {report.alarm!s:5} {report.skill:.2f} {took:5.0f}s  {' '.join(names[:4])}",
            flush=True,
        )
        if a.verbose:
            for f in report.findings:
                print("   ", f.label, f.verdict, "|", f.measured, "|", f.experiment)
            for line in report.lost:
                print("    lost:", line)
    print(f"first {first}, three {three}, alarms {alarms} of {len(chosen)}")


if __name__ == "__main__":
    main()
