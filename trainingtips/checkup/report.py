"""What was found, in order: for a terminal, a notebook, a file, a program."""

import json
from dataclasses import asdict, dataclass, field

from trainingtips.checkup import labels

VERSION = 1


@dataclass
class Finding:
    """One suspected cause and what became of it."""

    label: str
    sentence: str
    measured: str
    usual: str
    experiment: str
    verdict: str  # "confirmed", "refuted" or "not tested"
    page: str
    mend: str


@dataclass
class Report:
    """`findings`, the most likely first; `alarm`; `looked_at`; `lost`, what was not seen or tried."""

    findings: list
    alarm: bool
    looked_at: list
    lost: list = field(default_factory=list)
    skill: float | None = None
    losses: list = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self):
        return {"version": VERSION, **asdict(self)}

    def to_json(self):
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=1)


def of_decision(decision):
    from trainingtips.checkup import deciding

    findings, shown = [], set()
    for s in sorted(decision.suspects, key=decision.key):
        verdict = decision.verdict(s)
        if (verdict != "confirmed" and s.strength < 0.3) or s.label in shown:
            continue
        shown.add(s.label)
        findings.append(finding(s, verdict, experiment(decision, deciding, s)))
    base = decision.bases[0]
    return Report(
        findings,
        any(f.verdict == "confirmed" for f in findings) or plainly(decision, deciding),
        sorted({s.label for s in decision.suspects}),
        [*decision.lost, *decision.work.notes, *base.seen.lost.values(), *decision.unreached],
        base.skill,
        base.seen.losses,
        decision.work.seconds - decision.work.left,
    )


def plainly(decision, deciding):
    """A mistake that is there to see, of a training that fails beside what can be reached."""
    behind = decision.bases[0].skill < 0.8 * decision.reach() or decision.bases[0].skill < 0.5
    untried = (s for s in decision.suspects if decision.verdict(s) == "not tested")
    return behind and any(deciding.is_plain(s) and s.label != "symmetric_start" for s in untried)


def finding(s, verdict, text):
    known = labels.LABELS[s.label]
    return Finding(
        s.label, known.sentence, s.measured, s.usual, text, verdict, known.page, known.mend
    )


def experiment(decision, deciding, s):
    name = decision.deciding(s)
    if not name:
        why = [decision.tried[n].why for n in s.changes if n in decision.tried]
        return "not tested: " + (
            why[0] if why and why[0] else "a mistake was found that explains it"
        )
    tried = decision.tried[name]
    mean, low, high = deciding.interval(list(tried.skills.values()))
    before = deciding.interval([decision.bases[k].skill for k in tried.skills])
    return (
        f"{deciding.said(name)} the skill is {mean:.2f} ({low:.2f} to {high:.2f}) instead of "
        f"{before[0]:.2f} ({before[1]:.2f} to {before[2]:.2f})"
    )
