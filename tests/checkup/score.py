"""How often the check-up is right: on cases, on their mended versions, on healthy trainings.

    python -m tests.checkup.score FOLDER             # a folder of cases: what comes first, seconds
    python -m tests.checkup.score FOLDER --fixed     # their mended versions: alarms
    python -m tests.checkup.score --healthy 0:100    # trainings drawn at random: alarms
    python -m tests.checkup.score --made reports     # a module of made-up ones: BROKEN, HEALTHY

With --keep SET the outcome goes into score.json beside this, under the name of the set and with a
digest of the check-up's code; a later part of the same set, of the same code, is put with it. The
time limit counts seconds of the processor, so that a busy machine gives the same table.
"""

import argparse
import hashlib
import importlib
import importlib.util
import json
import time
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path

import torch

from tests.checkup import healthy
from trainingtips import checkup, statistics
from trainingtips.checkup import examining

KEPT = Path(__file__).with_name("score.json")
# of a suspicion, in the order of the record's columns
SUSPECTED = ("label", "strength", "tier", "plain", "gain", "least", "starts", "needed")
MARKS = {"confirmed": "+", "refuted": "-", "not tested": "?"}


@dataclass
class Row:
    """What came of one case."""

    name: str
    cause: str
    right: set
    report: object
    seconds: float

    @property
    def place(self):
        """The place, from 1, of the first right label among the findings; 99 if there is none."""
        labels = [f.label for f in self.report.findings]
        if self.cause == "healthy":
            return 99 if self.report.alarm else 1
        return min((labels.index(each) + 1 for each in self.right if each in labels), default=99)

    def __str__(self):
        found = " ".join(f"{f.label}{MARKS[f.verdict]}" for f in self.report.findings[:3])
        place = self.place if self.place < 99 else "-"
        alarm = "alarm" if self.report.alarm else ""
        skill = nan if self.report.skill is None else self.report.skill
        return (
            f"{self.name:26} {self.cause:26} {place:>2} {alarm:6} "
            f"{skill:5.2f} {self.seconds:4.0f} s  {found}"
        )


def load(path):
    """The case in the file at `path`, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def examined(case, name, fixed=False, seconds=110, updates=300):
    """The `Row` of a case, or of its mended version."""
    start = time.process_time()
    report = checkup.examine(
        lambda seed: case.setup(seed, fixed=fixed),
        lambda t, n: case.loop(t, lambda *a: None, n),
        updates=updates,
        seconds=seconds,
    )
    cause = "healthy" if fixed else case.CAUSE
    return Row(name, cause, {case.CAUSE, *case.ALSO}, report, time.process_time() - start)


def chosen(a):
    """(name, case) of all that is asked for."""
    if a.healthy:
        first, last = map(int, a.healthy.split(":"))
        return [(each.name, each) for each in map(healthy.drawn, range(first, last))]
    if a.made:
        made = importlib.import_module(f"tests.checkup.{a.made}")
        names = made.BROKEN if a.fixed or not a.odd else made.HEALTHY
        return [(n, c) for n, c in names.items() if not a.only or n in a.only.split(",")][
            _part(a.of)
        ]
    paths = sorted(a.folder.glob("[!_]*.py"))
    if a.half:
        paths = paths[a.half == "even" :: 2]
    chosen = [(p.stem, load(p)) for p in paths if not a.only or p.stem in a.only.split(",")]
    if a.fixed:  # a healthy one has nothing to mend, and counts as it is
        chosen = [(name, case) for name, case in chosen if case.CAUSE != "healthy"]
    return chosen[_part(a.of)]


def _part(text):
    first, last = text.split(":")
    return slice(int(first or 0), int(last) if last else None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--only", default="")
    parser.add_argument("--half", choices=["odd", "even"])
    parser.add_argument("--fixed", action="store_true")
    parser.add_argument("--healthy", metavar="FIRST:LAST")
    parser.add_argument("--made", metavar="MODULE")
    parser.add_argument("--odd", action="store_true", help="of those made, the healthy ones")
    parser.add_argument("--of", default=":", metavar="FIRST:LAST", help="only so many of them")
    parser.add_argument("--seconds", type=float, default=110)
    parser.add_argument("--keep", metavar="SET")
    parser.add_argument("--verbose", action="store_true")
    a = parser.parse_args()
    torch.set_num_threads(1)
    examining.CLOCK = time.process_time
    rows = []
    for name, case in chosen(a):
        rows.append(examined(case, name, a.fixed, a.seconds))
        print(rows[-1], flush=True)
        if a.keep:  # at once: a run that is cut off keeps what it has
            keep(a.keep, rows, a)
        if a.verbose:
            print(
                *(
                    f"    {f.label} {f.verdict} | {f.measured} | {f.experiment}"
                    for f in rows[-1].report.findings
                ),
                sep="\n",
            )
            print(*(f"    lost: {line}" for line in rows[-1].report.lost), sep="\n", flush=True)
    if len(rows) > 1:
        print(*(f"{s['what']}: {s['hits']} of {s['of']} ({s['low']:.0%} to {s['high']:.0%})"
                for s in shares([told(row) for row in rows])), sep="\n")  # fmt: skip


def told(row):
    """What is kept of a row."""
    findings = row.report.findings[:1]
    return {
        "cause": row.cause,
        "right": sorted(row.right),
        "place": row.place if row.place < 99 else None,
        "alarm": row.report.alarm,
        "skill": _round(row.report.skill),
        "first": [f"{f.label}{MARKS[f.verdict]}" for f in row.report.findings[:3]],
        "seconds": round(row.seconds, 1),
        "reach": _round(row.report.reach),
        "said": {k: _rounded(v) for f in findings for k, v in vars(f).items()},
        "suspected": [[_round(s[name]) for name in SUSPECTED] for s in row.report.suspected],
        "values": {name: _round(value, 4) for name, (value, *_) in row.report.values.items()},
    }


def _round(value, digits=6):
    """A number with so many digits that count; None of what is none, or not finite."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.{digits}g}") if isfinite(value) else None


def _rounded(value):
    return [_round(v, 4) for v in value] if isinstance(value, list) else value


def shares(rows):
    """Of rows as `told` has them: how often the cause is first, among three, and false alarms."""
    failing = [r for r in rows if r["cause"] != "healthy"]
    others = [r for r in rows if r["cause"] == "healthy"]
    found = []
    for what, hits in (
        ("right cause first", [r["place"] == 1 for r in failing]),
        ("among the first three", [(r["place"] or 99) <= 3 for r in failing]),
        ("right cause first, with an alarm", [r["place"] == 1 and r["alarm"] for r in failing]),
        ("alarms on healthy ones", [r["alarm"] for r in others]),
    ):
        if hits:
            found.append(counted(what, hits))
    return found


def counted(what, hits):
    """A share as the record has it, with the ends of Wilson's interval."""
    share = statistics.share(hits)
    low, high = round(share.low, 4), round(share.high, 4)
    return {"what": what, "hits": sum(hits), "of": len(hits), "low": low, "high": high}


ASIDE = ("shown.py", "progress.py", "command.py")  # how it is told, not what is found


def digest():
    """Of the check-up's code, as it is now."""
    files = sorted(Path(checkup.__file__).parent.rglob("*.py"))
    files = [f for f in files if "integrations" not in f.parts and f.name not in ASIDE]
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()[:16]


def keep(name, rows, a):
    """Put the rows into score.json, with those that are there of the same code and limit."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    head = {"code": digest(), "seconds": a.seconds}
    before = kept.get(name, {})
    old = before.get("cases", {}) if all(before.get(k) == v for k, v in head.items()) else {}
    cases = {**old, **{row.name: told(row) for row in rows}}
    limits = before.get("limits", {}) if old else {}
    for row in rows:
        limits |= {what: limit for what, (_, *limit) in row.report.values.items()}
    kept[name] = {
        **head, "shares": shares(list(cases.values())), "limits": limits, "cases": cases,
    }  # fmt: skip
    KEPT.write_text(_written(kept), "utf-8")


def _written(kept):
    """JSON with a line for each training, so that a changed one is a changed line."""
    sets = []
    for name, each in kept.items():
        rows = (f"   {_line(k)}: {_line(v)}" for k, v in each["cases"].items())
        head = "".join(f"  {_line(k)}: {_line(v)},\n" for k, v in each.items() if k != "cases")
        sets.append(f' {_line(name)}: {{\n{head}  "cases": {{\n' + ",\n".join(rows) + "\n  }\n }")
    return "{\n" + ",\n".join(sets) + "\n}\n"


def _line(value):
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    main()
