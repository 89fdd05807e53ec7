"""The gallery of failures: a case as its person tells it, its losses, and what the check-up says.

{{ failures("sensor_calibration", "adding_long_sequences") }}      the cards of these cases

From tests/checkup/gallery.json, the losses, and score.json beside it, what the check-up found.
"""

import functools
import math
from pathlib import Path

from trainingtips.press.base import escape
from trainingtips.press.base.errors import UserError
from trainingtips.press.content import checkup, numbers, tables

GALLERY = "tests/checkup/gallery.json"
WIDTH, HEIGHT, LEFT, FOOT, BINS = 320, 120, 68, 24, 80  # of a drawing
SPAN = 20  # from the least loss to the largest: where there is more between, the axis is a log one
VERDICTS = {"+": "confirmed", "-": "refuted", "?": "not tested"}  # by the record's marks
FLAT = 0.05  # of the largest loss: where all lie within so much of it, the axis begins at zero
SEEN = 0.1  # of one axis, the share that a mended loss covers at least, to be drawn on it


def failures(root, *names):
    """The cards of these cases as HTML. Raises UserError for a case that is not in the record."""

    def examined(score):
        return score.get(checkup.IN_VIEW, {}).get("cases", {})

    found = tables.of_record(root, checkup.SCORE, examined, {})
    made = tables.of_record(root, GALLERY, functools.partial(_cards, names, found), None)
    if made is None:
        raise UserError(f"there is no {GALLERY}: `python -m tests.checkup.gallery`")
    return made


def _cards(names, found, kept):
    known = kept.keys()
    absent = [name for name in names if name not in known]
    if absent:
        raise UserError(f"failures({absent[0]!r}): there is {', '.join(known)}")
    cards = "".join(card(name, kept[name], found.get(name, {})) for name in names)
    return f'<div class="failures">\n{cards}</div>\n'


def card(name, case, found):
    """One case: the symptom, two drawings, the first finding, and how to run it."""
    same = case["failing"]["losses"] == case["mended"]["losses"]
    kinds = ("failing",) if same else ("failing", "mended")
    scales = {kind: case[kind]["losses"] for kind in kinds}
    whole = [value for losses in scales.values() for value in losses]
    one = len({case[kind]["loss"] for kind in kinds}) == 1
    if one and _covered(case["mended"]["losses"], whole) > SEEN:  # one loss, one axis
        scales = dict.fromkeys(kinds, whole)
    drawn = "".join(
        f"<figure>{curve(case[kind]['losses'], scales[kind], kind)}"
        f"<figcaption>{'as it is' if same else kind}, {_quality(case, kind)}</figcaption></figure>"
        for kind in kinds
    )
    shown = _spaced(name)
    return (
        f'<section class="failure" id="{escape.plain(name.replace("_", "-"))}">\n'
        f"<h3>{shown}</h3>\n"
        f"<blockquote>{escape.plain(case['symptom'])}</blockquote>\n"
        f'<div class="two">{drawn}</div>\n{_said(found)}'
        f'<p class="origin">After <a href="{_address(case["source"])}">a public report</a>. '
        f"Run it: <code>python -m tests.checkup.score tests/checkup/cases --only "
        f"{escape.plain(name)}</code></p>\n</section>\n"
    )


def _spaced(name):
    return escape.plain(name.replace("_", " "))


def _address(source):
    """The address in front of what a source says besides."""
    return escape.plain(escape.address(source.split()[0]))


def _quality(case, kind):
    """The middle of the five ends, with what it counts."""
    values = sorted(math.inf if v is None else v for v in case[kind]["quality"])
    middle = values[len(values) // 2]
    if math.isinf(middle):
        return f"{case['metric']} not finite"
    if case["metric"] == "accuracy":
        return f"accuracy {round(100 * middle)} %"
    return f"error {middle:.2g}"


def _said(found):
    said = found.get("said")
    if not found:
        return '<p class="said">Not examined yet.</p>\n'
    if not found["alarm"]:
        return '<p class="said">The check-up: nothing found that needs mending.</p>\n'
    if not said:  # a record from before sentences were kept
        label = found["first"][0]
        verdict = VERDICTS[label[-1]]
        return f'<p class="said">The check-up: {_spaced(label[:-1])} ({verdict})</p>\n'
    told = {key: escape.plain(str(value)) for key, value in said.items()}
    page, _, anchor = said["page"].partition("#")
    address = escape.plain(f"{page.removesuffix('.md')}.html#{anchor}")
    rows = (
        ("measured", f"{told['measured']} (usual: {told['usual']})"),
        (told["verdict"], told["experiment"]),
        ("mend", f"<code>{told['mend']}</code>"),
    )
    listed = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows)
    return (
        f'<p class="said">The check-up: <a href="{address}">{told["sentence"]}</a></p>\n'
        f"<dl>{listed}</dl>\n"
    )


def curve(losses, scale, kind):
    """Losses as inline SVG, on the axis of all losses in `scale`; a cross where they end.

    Of each few updates the least and the largest are drawn, so that no spike is lost.
    """
    low, high, place = axis(scale)
    points = [(i, v) for i, v in binned(losses, BINS) if v is not None]
    across = (WIDTH - LEFT - 4) / max(1, len(losses) - 1)
    path = "L".join(f"{LEFT + i * across:.0f} {place(v):.0f}" for i, v in points)
    bad = next((i for i, v in enumerate(losses) if v is None), None)
    cross = ""
    if bad is not None:
        at = min(LEFT + bad * across + 6, WIDTH - 12)
        cross = f'<path class="gone" d="M{at:.0f} 8l8 8m0 -8l-8 8"/>'
    ends = f"from {_number(losses[0])} to {_number(losses[-1])}"
    line = f'<path class="{kind}" d="M{path}"/>' if points else ""
    foot = HEIGHT - FOOT
    return (
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="loss over '
        f'{len(losses)} updates, {kind}, {ends}"><path class="axes" d="M{LEFT} 4V{foot}H{WIDTH}"/>'
        f"{line}{cross}"
        f'<text x="{LEFT - 4}" y="17" text-anchor="end">{_number(high)}</text>'
        f'<text x="{LEFT - 4}" y="{foot}" text-anchor="end">{_number(low)}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT - 4}" text-anchor="end">{len(losses)} updates</text></svg>'
    )


def axis(losses):
    """(least, largest, a loss's place down the drawing), of the losses that are numbers."""
    values = [v for v in losses if v is not None] or [0.0, 1.0]
    low, high = min(values), max(values)
    if 0 < high - low < FLAT * high:  # what does not move is drawn as a flat line
        low = 0.0
    logs = low > 0 and high > SPAN * low
    bottom, top = (math.log(low), math.log(high)) if logs else (low, high)
    span = (top - bottom) or 1.0

    def place(value):
        share = ((math.log(value) if logs else value) - bottom) / span
        return 6 + (HEIGHT - FOOT - 8) * (1 - share)

    return low, high, place


def _covered(losses, scale):
    """The share of the axis of `scale` that lies between the ends of these losses."""
    place = axis(scale)[2]
    low, high, _ = axis(losses)
    return (place(low) - place(high)) / (HEIGHT - FOOT - 8)


def binned(values, bins):
    """[(index, value)]: of each of so many parts its least and its largest, in their order."""
    width = max(1, math.ceil(len(values) / bins))
    found = []
    for start in range(0, len(values), width):
        part = [(v, start + i) for i, v in enumerate(values[start : start + width])]
        part = [(v, i) for v, i in part if v is not None]
        ends = sorted({(i, v) for v, i in (min(part), max(part))} if part else ())
        found += ends or [(start, None)]
    return found


def _number(value):
    if value is None:
        return "NaN"
    text = f"{value:.0f}" if 100 <= abs(value) < 1e5 else f"{value:.2g}"
    text = f"{value:.1g}" if "e" in text or abs(value) < 1e-3 else text  # there is no more room
    return text.replace("-", "−").replace("e+", "e")


def define_env(env):
    """Called by mkdocs-macros."""
    root = Path(env.conf["config_file_path"]).parent
    env.macro(numbers.collected_macro(functools.partial(failures, root)), "failures")
