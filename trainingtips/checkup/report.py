"""What was found, in order: for a terminal, a notebook, a file, a program."""

import html
import json
import math
import textwrap
from dataclasses import asdict, dataclass, field
from pathlib import Path

from trainingtips.checkup import labels, measured

VERSION = 1  # of the JSON: a name that goes or changes its meaning makes it another one
DOCS = Path(__file__).parents[2] / "docs"
MARKS = {"confirmed": "●", "refuted": "○", "not tested": "◌"}


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
        """The findings that an experiment confirmed, or that are there to see in a failing run."""
        return [f for f in self.findings if f.verdict == "confirmed"]

    def as_dict(self):
        """The report as JSON has it; numbers that are not finite are None."""
        return _finite({"version": VERSION, **asdict(self)})

    def to_json(self):
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=1)

    def __str__(self):
        return "\n".join(_lines(self))

    __repr__ = __str__

    def html(self, site=None):
        """What a notebook shows: HTML to stand within another page, whose colours it takes."""
        return _fragment(self, site)

    _repr_html_ = html

    def to_html(self, path, site=None):
        """Write one file that needs no other; links go to `site`, else to the docs beside this."""
        Path(path).write_text(_whole(self, site), encoding="utf-8")


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


# ---- as text


def _lines(report):
    if report.alarm:
        yield _headline(report)
    else:
        yield "Nothing found that needs mending."
    if report.skill is not None:
        yield f"The training's skill is {report.skill:.2f} (0 is a guess, 1 is all right)."
    yield from (_line(each) for each in report.measured[:2])  # of the loss
    for finding in _shown(report):
        yield ""
        yield f"{MARKS[finding.verdict]} {finding.sentence} [{finding.verdict}]"
        yield f"  measured    {finding.measured}"
        yield f"  usual       {finding.usual}"
        yield f"  experiment  {finding.experiment}"
        if finding.verdict != "refuted":
            yield f"  mend        {finding.mend}"
            yield f"  read        {finding.page}"
    yield ""
    refuted = [f.label for f in report.findings if f.verdict == "refuted"]
    if refuted:
        yield "Tried, and not it: " + ", ".join(refuted).replace("_", " ")
    yield from textwrap.wrap(_looked(report), 100)
    for line in report.lost:
        yield f"! {line}"


def _line(line):
    usual = f" (usual: {line.usual})" if line.usual else ""
    return f"{line.what[:1].upper()}{line.what[1:]}: {line.value}{usual}"


def _looked(report):
    names = ", ".join(label.replace("_", " ") for label in report.looked_at)
    return f"Looked at {len(report.looked_at)} causes: {names}"


def _headline(report):
    first = report.findings[0]
    how = "confirmed by experiment" if first.verdict == "confirmed" else "there to see"
    return f"{first.sentence} ({how})"


def _shown(report):
    """What a reader needs: the confirmed; if there are none, what is there to see."""
    if report.alarm:
        found = [f for f in report.findings if f.verdict == "confirmed"]
        plain = [f for f in report.findings[:3] if f.verdict == "not tested"]
        return found + (plain if not found else [])
    if report.skill is None:
        return report.findings
    return []


def _finite(value):
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


# ---- as HTML

STYLE = """
.checkup { /* of the site, of Jupyter, or of this report alone */
  --soft: var(--md-default-fg-color--light, var(--jp-ui-font-color1, var(--own-soft, #5c5f66)));
  --line: var(--md-default-fg-color--lightest, var(--jp-border-color2, var(--own-line, #d9dbe0)));
  --mark: var(--md-typeset-a-color, var(--jp-content-link-color, var(--own-mark, #0b5fa5)));
  color: inherit; font: 16px/1.5 "Source Sans 3", system-ui, sans-serif;
  max-width: 46rem; padding: 1rem; }
.checkup h2 { font-size: 1.3rem; margin: 0 0 .5rem; }
.checkup section { border-top: 1px solid var(--line); padding: .75rem 0; }
.checkup h3 { font-size: 1.05rem; margin: 0 0 .25rem; }
.checkup dl { display: grid; grid-template-columns: 7rem 1fr; gap: .15rem .75rem; margin: 0; }
.checkup dt, .checkup .soft { color: var(--soft); }
.checkup dd { margin: 0; }
.checkup a { color: var(--mark); }
.checkup svg { max-width: 100%; height: auto; }
.checkup dd, .checkup p { overflow-wrap: anywhere; }
.checkup text { fill: var(--soft); font-size: 11px; }
@media (max-width: 30rem) { .checkup dl { grid-template-columns: minmax(0, 1fr); }
  .checkup dd { margin: 0 0 .3rem; } .checkup text { font-size: 20px; } }
.checkup polyline { fill: none; stroke: var(--mark); stroke-width: 1.5; }
.checkup line { stroke: var(--line); }
.checkup circle { fill: var(--mark); fill-opacity: .6; }
"""


def _whole(report, site):
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><title>Check-up</title>'
        "<style>body { margin: 0; color: #1b1b1f; background: #ffffff; } "
        "@media (prefers-color-scheme: dark) { body { color: #e6e6ea; background: #16171b; "
        "--own-soft: #a5a8b0; --own-line: #3a3d44; --own-mark: #7fb8ea; } }</style></head><body>"
        f"{_fragment(report, site)}</body></html>\n"
    )


def _fragment(report, site=None):
    escape = html.escape
    title = _headline(report) if report.alarm else "Nothing found that needs mending."
    parts = [f'<style>{STYLE}</style><div class="checkup"><h2>{escape(title)}</h2>']
    if report.skill is not None:
        parts.append(
            f'<p class="soft">The training’s skill is {report.skill:.2f} '
            "(0 is a guess, 1 is all right).</p>"
        )
    parts.append(_curve(report.losses))
    for f in _shown(report):
        rows = [
            ("measured", escape(f.measured)),
            ("usual", escape(f.usual)),
            ("experiment", escape(f.experiment)),
            ("mend", f"<code>{escape(f.mend)}</code>"),
            ("read", _linked(f.page, site)),
        ]
        told = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows)
        parts.append(
            f"<section><h3>{MARKS[f.verdict]} {escape(f.sentence)} "
            f'<span class="soft">{f.verdict}</span></h3><dl>{told}</dl>{_starts(f)}</section>'
        )
    refuted = ", ".join(f.label for f in report.findings if f.verdict == "refuted")
    if refuted:
        refuted = escape(refuted.replace("_", " "))
        parts.append(f'<p class="soft">Tried, and not it: {refuted}</p>')
    parts.append(_table(report.measured, site))
    head, _, names = _looked(report).partition(": ")
    parts.append(f'<details class="soft"><summary>{head}</summary><p>{escape(names)}</p></details>')
    parts += [f'<p class="soft">{escape(line)}</p>' for line in report.lost]
    return "".join(parts) + "</div>"


def _table(lines, site):
    """What was measured, folded away."""
    if not lines:
        return ""
    rows = "".join(
        f"<dt>{html.escape(each.what)}</dt><dd>{html.escape(each.value)}"
        + (f"; usual: {html.escape(each.usual)}" if each.usual else "")
        + f" ({_linked(each.page, site)})</dd>"
        for each in lines
    )
    return (
        f"<details><summary>Measured {len(lines)} things besides</summary><dl>{rows}</dl></details>"
    )


def _linked(page, site):
    shown = html.escape(page)
    there = site or (DOCS / page.partition("#")[0]).exists()  # no pages come with a wheel
    return f'<a href="{html.escape(link(page, site))}">{shown}</a>' if there else shown


def link(page, site=None):
    """The address of a page: on the site, or the Markdown file beside this package."""
    name, _, anchor = page.partition("#")
    if site:
        return f"{site.rstrip('/')}/{name.removesuffix('.md')}.html#{anchor}"
    return (DOCS / name).as_uri() + (f"#{anchor}" if anchor else "")


def _starts(finding, width=640, left=110):
    """The skill from each start without and with the change: two rows of dots from 0 to 1."""
    if not finding.after:
        return ""
    rows = (("as it is", finding.before, 14), ("changed", finding.after, 38))
    span = width - left - 20
    parts = []
    for name, skills, y in rows:
        parts.append(f'<line x1="{left}" x2="{left + span}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{left - 12}" y="{y + 4}" text-anchor="end">{name}</text>')
        parts += [f'<circle cx="{left + span * v:.1f}" cy="{y}" r="5"/>' for v in skills]
    for share, name in ((0, "0"), (0.5, "skill"), (1, "1")):
        at = f'x="{left + span * share:g}" y="60" text-anchor="middle"'
        parts.append(f"<text {at}>{name}</text>")
    said = " and ".join(
        f"{name}: {', '.join(f'{v:.2f}' for v in skills)}" for name, skills, _ in rows
    )
    return (
        f'<svg viewBox="0 0 {width} 66" role="img" aria-label="skill from each start, {said}">'
        f"{''.join(parts)}</svg>"
    )


def _short(value):
    return f"{value:.0f}" if 100 <= abs(value) < 1e5 else f"{value:.2g}"


def _curve(losses, width=640, height=160):
    """The loss over the updates, as an inline picture that takes its colours from the page."""
    values = [v for v in losses if v is not None and math.isfinite(v)]
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    logs = low > 0 and high / low > 20
    scaled = [math.log(v) for v in values] if logs else values
    bottom, span = min(scaled), (max(scaled) - min(scaled)) or 1.0
    points = " ".join(
        f"{70 + (width - 80) * i / (len(scaled) - 1):.1f},"
        f"{10 + (height - 34) * (1 - (v - bottom) / span):.1f}"
        for i, v in enumerate(scaled)
    )
    axis = "loss, log scale" if logs else "loss"
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{axis} over the updates, '
        f'from {values[0]:.3g} to {values[-1]:.3g}"><line x1="70" x2="70" y1="10" '
        f'y2="{height - 24}"/>'
        f'<line x1="70" x2="{width - 10}" y1="{height - 24}" y2="{height - 24}"/>'
        f'<polyline points="{points}"/><text x="64" y="20" text-anchor="end">{_short(high)}</text>'
        f'<text x="64" y="{height - 26}" text-anchor="end">{_short(low)}</text>'
        f'<text x="70" y="{height - 6}">{axis} over the updates</text></svg>'
    )
