"""A sample of small faults, each put into the code and tried on its tests: `make mutants`.

    python -m tests.mutants            a sample over the science and the builder's base room
    python -m tests.mutants --again    after new tests: what survived the kept run, and what of the
                                       sample is new or in files that have changed since
    python -m tests.mutants --sample N of N faults; with --again, what a smaller sample left
    python -m tests.mutants --all FILE every fault of one file; nothing is kept

Exit status 1 where fewer than 90 of 100 are killed, or one survives that nobody has looked at.
"""

import argparse
import contextlib
import json
import sys
import time
from importlib import metadata
from pathlib import Path

from tests.mutants import report
from tests.mutants.changes import digest, known
from tests.mutants.trial import copied, tried
from trainingtips.press.content.mutants import MUTANTS, listing, survivors, table

ROOT = Path(__file__).parents[2]
FOLDER, CHANGES = ROOT / "build/mutants", ROOT / "build/mutants.changes"
KEPT = ROOT / MUTANTS
SEED, SAMPLE, LEAST = 18, 400, 0.9
BASE = "trainingtips/press/base/"
# Who asks for a weight is told by the frame above, which is mutmut's own here.
STRANGERS = "tests/test_strangers.py::test_a_"
LEFT_OUT = [
    f"{STRANGERS}weight_that_is_read_past_the_module_is_told",
    f"{STRANGERS}penalty_within_the_criterion_is_told_and_what_stays_in_place_is_not",
]
TESTS = ("tests", "tests/checkup", "tests/experiments", "tests/press/base")
NO_TEST = {
    "tests/test_figures.py",  # compares figures' keys with the code's, which any fault changes
    # these are of the project's files, not of the package
    "tests/test_audit.py",
    "tests/test_counter.py",
    "tests/test_publishing.py",
    "tests/test_rare.py",
    "tests/test_reach.py",
    "tests/test_tests.py",
    # these run in processes of their own, where mutmut cannot count
    "tests/test_forks.py",
    "tests/test_installed.py",
    "tests/press/base/test_pins.py",
}


def code():
    """The files that faults are put into: the science, and the builder's base room."""
    return [
        file
        for file in _found("trainingtips/**/*.py")
        if file.startswith(BASE) or not file.startswith("trainingtips/press/")
    ]


def tests():
    """Files of tests that may notice: of the science, its parts, the base room; all doctests."""
    own = {file for folder in TESTS for file in _found(f"{folder}/test_*.py")}
    return sorted(own - NO_TEST) + code()


def _found(pattern):
    return sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern))


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--again", action="store_true", help="only the kept run's survivors")
    parser.add_argument("--all", metavar="FILE", help="every fault of one file")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="how many are tried")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    copied(ROOT, FOLDER, code(), tests(), anew=not options.again, left_out=LEFT_OUT)
    with contextlib.chdir(FOLDER):  # where mutmut finds its configuration
        possible = [change for file in code() for change in known(FOLDER, file, CHANGES)]
    chosen, before = _chosen(possible, options)
    if not chosen:
        sys.exit("no fault is left to try")
    killed = before | tried(FOLDER, [change.mutant for change in chosen])
    spent = json.loads(KEPT.read_text())["seconds"] if options.again else 0
    seconds = spent + round(time.monotonic() - started)
    texts = {file: digest(FOLDER, file) for file in code()}
    facts = {"seed": SEED, "seconds": seconds, "mutmut": metadata.version("mutmut")}
    facts["bound"] = max(change.rank(SEED) for change in possible if change.mutant in killed)
    found = report.report(possible, killed, report.reasons(), texts, **facts)
    if not options.all:
        KEPT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    sys.exit(_told(found))


def _chosen(possible, options):
    """(what is tried now, {mutant: killed} of what a kept run has settled)."""
    if options.all:
        return [change for change in possible if change.file == options.all], {}
    sample = sorted(possible, key=lambda change: change.rank(SEED))[: options.sample]
    if not options.again:
        return sample, {}
    kept = json.loads(KEPT.read_text())
    left = {
        (file, one["function"], one["was"], one["now"], one["again"])
        for file, one in survivors(kept)
    }
    same = {file for file, one in kept["files"].items() if one["text"] == digest(FOLDER, file)}
    again = [
        change
        for change in sample
        if change.file not in same
        or change.rank(SEED) > kept["bound"]
        or (change.file, change.function, change.was, change.now, change.again) in left
    ]
    return again, {change.mutant: True for change in sample if change not in again}


def _told(found):
    """Says what came out; the exit status."""
    share = found["killed"] / found["tried"]
    print(table(found), listing(found), sep="\n\n")
    print(f"\n{found['killed']} of {found['tried']} killed ({share:.1%}), {found['seconds']} s")
    unseen = sum(one["kind"] is None for _, one in survivors(found))
    if unseen:
        print(f"{unseen} survived that nobody has looked at: a test more, or a reason")
    return int(share < LEAST or unseen > 0)


if __name__ == "__main__":
    main()
