"""What was found, in order, and as a program reads it; `shown` has it for people."""

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path

from trainingtips.checkup import labels, measured, shown

VERSION = 1  # of the JSON: a name that goes or changes its meaning makes it another one


@dataclass
class Finding:
    """One suspected cause, and what became of it.

    `verdict` is "confirmed", "refuted" or "not tested"; `page` a page of the site with its section.
    `before` and `after` are the skills without and with the change, start by start.
    """

    label: str
    sentence: str
    measured: str
    usual: str
    experiment: str
    verdict: str
    page: str
    mend: str
    before: list = field(default_factory=list)
    after: list = field(default_factory=list)


@dataclass
class Report:
    """What a check-up found.

    `findings` are the suspected causes, the most likely first; `alarm` is true where something
    needs mending; `looked_at` has the labels that were considered, `lost` what could not be seen
    or tried, in sentences. `skill` is how well the training did, 0 to 1 (`tasks.skill`), `reach`
    the best that was seen of it, or of a plain rule, and `losses` are some of its losses.

    `suspected` has every suspicion in the order of what was measured, before any experiment, with
    its strength, what its experiment gained on average and at least, from how many starts, and the
    gain that it needed; `values` what was measured beside its limit, and `measured` what no rule
    minds, a `measured.Line` each: the loss's course, layers, curvature. It prints itself in a
    terminal, shows itself in a notebook.
    """

    findings: list
    alarm: bool
    looked_at: list
    lost: list = field(default_factory=list)
    skill: float | None = None
    losses: list = field(default_factory=list)
    seconds: float = 0.0
    reach: float | None = None
    suspected: list = field(default_factory=list)
    values: dict = field(default_factory=dict)
    measured: list = field(default_factory=list)

    @property
    def confirmed(self):
        """The findings that an experiment confirmed."""
        return [f for f in self.findings if f.verdict == "confirmed"]

    def as_dict(self):
        """The report as JSON has it; numbers that are not finite are None."""
        return _finite({"version": VERSION, **asdict(self)})

    def to_json(self):
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=1)

    def __str__(self):
        return "\n".join(shown.lines(self))

    __repr__ = __str__

    def html(self, site=None):
        """What a notebook shows: HTML to stand within another page, whose colours it takes."""
        return shown.fragment(self, site)

    _repr_html_ = html

    def to_html(self, path, site=None):
        """Write one file that needs no other; links go to `site`, else to the docs beside this."""
        Path(path).write_text(shown.whole(self, site), encoding="utf-8")


def of_decision(decision):
    """The `Report` of an examination that has been run (`deciding.Decision`)."""
    from trainingtips.checkup import deciding

    findings, shown = [], set()
    for s in sorted(decision.suspects, key=decision.key):
        verdict = decision.verdict(s)
        if (verdict != "confirmed" and s.strength < 0.3) or s.label in shown:
            continue
        shown.add(s.label)
        skills = _skills(decision, s)
        findings.append(_finding(s, verdict, _experiment(decision, deciding, s), *skills))
    base = decision.bases[0]
    lines, failed = measured.lines(decision.known)
    lost = [*decision.lost, *decision.work.notes, *base.seen.lost.values(), *failed]
    if decision.unreached:
        lost.append("no time was left to train " + ", ".join(dict.fromkeys(decision.unreached)))
    confirmed = (s for s in decision.suspects if decision.verdict(s) == "confirmed")
    alarm = any(map(_mends, confirmed)) or _plainly(decision, deciding)
    return Report(
        findings,
        alarm,
        list(decision.looked),
        list(dict.fromkeys(lost)),
        None if decision.work.hopeless else base.skill,
        base.seen.losses,
        decision.work.seconds - decision.work.left,
        None if decision.work.hopeless else decision.reach(),
        [_suspected(s, decision) for s in ordered(decision.suspects)],
        decision.known.values,
        lines,
    )


def ordered(suspects):
    """Suspicions in the order of what was measured alone."""
    from trainingtips.checkup import deciding

    return sorted(suspects, key=lambda s: (deciding.tier(s), -s.strength))


def _suspected(s, decision=None):
    from trainingtips.checkup import deciding

    name = decision.deciding(s) if decision else None
    gains = decision.gains(name) if name else []
    return {
        "label": s.label,
        "strength": s.strength,
        "tier": deciding.tier(s),
        "plain": deciding.is_plain(s),
        "change": name,
        "gain": sum(gains) / len(gains) if gains else None,
        "least": min(gains, default=None),
        "starts": len(gains),
        "needed": decision.least(s) if decision else None,
    }


def of_seen(seen, suspects, failed, looked, known):
    """The `Report` of a training that was watched only: no suspicion is tried."""
    from trainingtips.checkup import deciding

    strong = [s for s in ordered(suspects) if s.strength >= 0.5]
    text = "not tested: `examine` tries it"
    findings = [_finding(s, "not tested", text) for s in strong]
    alarm = any(deciding.is_plain(s) for s in suspects)
    lines, unmeasured = measured.lines(known)
    lost = [*seen.lost.values(), *failed, *unmeasured]
    suspected = [_suspected(s) for s in ordered(suspects)]
    return Report(
        findings, alarm, looked, lost, None, seen.losses, suspected=suspected, values=known.values,
        measured=lines,
    )  # fmt: skip


def _mends(s):
    """Whether it is a fault: that more updates would help is one where the loop ends early."""
    return s.label != "trained_too_briefly" or s.strength >= 0.7


def _plainly(decision, deciding):
    """A mistake that is there to see, of a training that fails beside what can be reached."""
    behind = decision.bases[0].skill < 0.8 * decision.reach() or decision.bases[0].skill < 0.5
    untried = (s for s in decision.suspects if decision.verdict(s) == "not tested")
    return behind and any(deciding.is_plain(s) and s.label != "symmetric_start" for s in untried)


def _finding(s, verdict, text, before=(), after=()):
    known = labels.LABELS[s.label]
    return Finding(
        s.label, known.sentence, s.measured, s.usual, text, verdict, known.page, known.mend,
        list(before), list(after),
    )  # fmt: skip


def _skills(decision, s):
    """(skills without the change that decides, skills with it), start by start."""
    name = decision.deciding(s)
    after = decision.tried[name].skills if name else {}
    return [decision.bases[k].skill for k in after], list(after.values())


def _experiment(decision, deciding, s):
    name = decision.deciding(s)
    if not name:
        return "not tested, because " + _why(decision, s)
    tried = decision.tried[name]
    after = deciding.interval(list(tried.skills.values()))
    before = deciding.interval([decision.bases[k].skill for k in tried.skills])
    if len(tried.skills) == 1:
        return f"{deciding.said(name)} the skill is {after[0]:.2f} instead of {before[0]:.2f}"
    return (
        f"{deciding.said(name)} the skill is {after[0]:.2f} ({after[1]:.2f} to {after[2]:.2f}) "
        f"instead of {before[0]:.2f} ({before[1]:.2f} to {before[2]:.2f}), "
        f"from {len(tried.skills)} starts"
    )


def _why(decision, s):
    reasons = [decision.tried[n].why for n in s.changes if n in decision.tried]
    reasons = [each for each in reasons if each]
    if reasons:
        return reasons[0]
    if not s.changes:
        return "there is no experiment for it"
    if decision.bases[0].skill > 0.97:
        return "there is nothing left to mend"
    return "a mistake was found that explains it"


def _finite(value):
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
