"""A report as people read it: lines for a terminal, HTML for a notebook or a file of its own."""

import html
import math
import re
import shutil
import textwrap
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
MARKS = {"confirmed": "●", "refuted": "○", "not tested": "◌"}
HOW = {
    "confirmed": "confirmed by experiment",
    "refuted": "refuted by experiment",
    "not tested": "not tested",
}
WIDEST, INDENT = 100, 14  # columns of a line, and before what a finding's line says


# ---- as text


def lines(report, width=None):
    """Its lines, wrapped at `width` columns: by default the terminal's, at most WIDEST."""
    width = width or min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)
    yield headline(report)
    if report.skill is not None:
        yield from textwrap.wrap(_skill(report), width)
    for each in report.measured[:2]:  # of the loss
        yield from textwrap.wrap(_line(each), width, subsequent_indent="  ")
    for finding in _needed(report):
        yield ""
        title = f"{MARKS[finding.verdict]} {finding.sentence} [{HOW[finding.verdict]}]"
        yield from textwrap.wrap(title, width, subsequent_indent="  ")
        rows = [
            ("measured", finding.measured),
            ("usual", finding.usual),
            ("experiment", finding.experiment),
        ]
        if finding.verdict != "refuted":
            rows += [("mend", finding.mend), ("read", finding.page)]
        for name, told in rows:
            yield from _row(name, told, width)
    yield ""
    for told in (_refuted(report), _looked(report)):
        yield from textwrap.wrap(told, width, subsequent_indent="  ")
    for told in report.lost:
        yield from textwrap.wrap(f"! {told}", width, subsequent_indent="  ")


def _row(name, told, width):
    """The name in a column of its own; code and addresses are not broken at a hyphen."""
    begin = f"  {name}".ljust(INDENT)
    wrapped = textwrap.wrap(
        told, width, initial_indent=begin, subsequent_indent=" " * INDENT,
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip
    return wrapped or [begin.rstrip()]


def headline(report):
    """What a reader wants to know first. The causes themselves come below it, each once."""
    if not report.alarm:
        return "Nothing found that needs mending."
    if report.confirmed:
        return f"Found {_causes(len(report.confirmed))}, confirmed by experiment."
    return "There is something to see that needs mending; no experiment has tried it."


def _causes(count):
    return "1 cause" if count == 1 else f"{count} causes"


def _skill(report):
    return f"The training's skill is {report.skill:.2f} (0 is a guess, 1 is all right)."


def _refuted(report):
    names = ", ".join(f.label for f in report.findings if f.verdict == "refuted")
    return "Tried, and not it: " + names.replace("_", " ") if names else ""


def _line(line):
    usual = f" (usual: {line.usual})" if line.usual else ""
    return f"{line.what[:1].upper()}{line.what[1:]}: {line.value}{usual}"


def _looked(report):
    names = ", ".join(label.replace("_", " ") for label in report.looked_at)
    return f"Looked at {_causes(len(report.looked_at))}: {names}"


def _needed(report):
    """The findings that a reader needs: the confirmed; without any, what is there to see."""
    if report.alarm:
        plain = [f for f in report.findings[:3] if f.verdict == "not tested"]
        return report.confirmed or plain
    if report.skill is None:
        return report.findings
    return []


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


def whole(report, site):
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><title>Check-up</title>'
        "<style>body { margin: 0; color: #1b1b1f; background: #ffffff; } "
        "@media (prefers-color-scheme: dark) { body { color: #e6e6ea; background: #16171b; "
        "--own-soft: #a5a8b0; --own-line: #3a3d44; --own-mark: #7fb8ea; } }</style></head><body>"
        f"{fragment(report, site)}</body></html>\n"
    )


def fragment(report, site=None):
    escape = html.escape
    title = escape(headline(report))
    parts = [f'<style>{STYLE}</style><div class="checkup"><h2>{title}</h2>']
    if report.skill is not None:
        parts.append(f'<p class="soft">{escape(_skill(report))}</p>')
    parts.append(_curve(report.losses))
    for f in _needed(report):
        rows = [
            ("measured", escape(f.measured)),
            ("usual", escape(f.usual)),
            ("experiment", escape(f.experiment)),
            ("mend", _code(f.mend)),
            ("read", _linked(f.page, site)),
        ]
        told = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows)
        parts.append(
            f"<section><h3>{MARKS[f.verdict]} {escape(f.sentence)} "
            f'<span class="soft">{HOW[f.verdict]}</span></h3><dl>{told}</dl>{_starts(f)}</section>'
        )
    if refuted := _refuted(report):
        parts.append(f'<p class="soft">{escape(refuted)}</p>')
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


def _code(mend):
    """Set as code where it is some: an advice in words is text."""
    told = html.escape(mend)
    return f"<code>{told}</code>" if re.search(r"[=(]", mend) else told


def _linked(page, site):
    name, _, anchor = page.partition("#")
    words = [name.removesuffix(".md"), *([anchor] if anchor else [])]
    shown = html.escape(": ".join(re.sub("[_-]", " ", each).capitalize() for each in words))
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
    axis = "loss, on a log scale," if logs else "loss"
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{axis} over the updates, '
        f'from {values[0]:.3g} to {values[-1]:.3g}"><line x1="70" x2="70" y1="10" '
        f'y2="{height - 24}"/>'
        f'<line x1="70" x2="{width - 10}" y1="{height - 24}" y2="{height - 24}"/>'
        f'<polyline points="{points}"/><text x="64" y="20" text-anchor="end">{_short(high)}</text>'
        f'<text x="64" y="{height - 26}" text-anchor="end">{_short(low)}</text>'
        f'<text x="70" y="{height - 6}">{axis} over the updates</text></svg>'
    )
