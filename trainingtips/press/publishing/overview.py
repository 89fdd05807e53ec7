"""The README's picture: a script, part by part, beside what each part becomes.

`make overview` draws it from the script, its kept result and its built picture, for light and dark,
into .github/overview.THEME.svg; a test draws it again and compares.
"""

import html
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from trainingtips.press.base import files
from trainingtips.press.building import drawing
from trainingtips.press.content import ledger
from trainingtips.press.kept import records, scripts

FIGURE, FOLDER = "batch/gradient_noise", ".github"
WIDTH, CODE, GAP, PAD = 880, 496, 36, 10  # CSS pixels: the whole, the code, beside it, within it
COLUMNS, LINE, HEADING = 70, 15, 26  # of the code: characters; pixels of a row and of a heading
WORDS = 46  # characters of prose in a row
POINT = 72 / drawing.DPI  # points a pixel
BOX = {"light": "#f5f5f5", "dark": "#282c36"}
COLOURS = {"holds": "green", "regime": "amber", "not reproduced": "vermilion"}
_HEIGHT = re.compile(r'height="([\d.]+)pt"')


@dataclass(frozen=True)
class Part:
    """A part of a script, where it stands on the sheet, and what it becomes, in words."""

    heading: str
    code: str
    becomes: str
    top: int

    @property
    def bottom(self):
        return self.top + HEADING + 2 * PAD + LINE * len(self.code.splitlines())


def write(root):
    """Draw it for both themes, from a figure that is built. Returns the paths."""
    folder = Path(root) / FOLDER
    found = {folder / f"overview.{each}.svg": draw(root, FIGURE, each) for each in records.THEMES}
    files.replace_all(found)
    return list(found)


def draw(root, name, theme):
    """The picture for the built figure `name`: SVG, in bytes."""
    script = scripts.read_script(root, name)
    stem = name.partition("/")[2]
    shown = Path(root) / records.FOLDER / script.section / f"{stem}.narrow.{theme}.svg"
    parts = _parts(root, script)
    picture = shown.read_text("utf-8")
    place = CODE + GAP, parts[2].top + HEADING + 44  # below the verdict
    bottom = place[1] + round(float(_HEIGHT.search(picture)[1]) / POINT)
    sheet = _sheet(parts, script.verdict, theme, max(bottom, parts[-1].bottom))
    return _put(sheet, picture, *place)


def _parts(root, script):
    code = ledger.excerpts(root, script)
    number = html.unescape(re.sub(r"<[^>]+>", "", ledger.headline(root, script)))
    told = [
        ("It states", f'"""{script.claim}"""', script.claim),
        ("It measures", code["compute"], f"{number}, kept in {script.result_path}"),
        ("It asserts", code["claim"], "or nothing is built"),
        ("It draws", code["draw"], ""),
    ]
    parts, top = [], 0
    for heading, text, becomes in told:
        words = textwrap.fill(becomes, WORDS, break_on_hyphens=False)
        parts.append(Part(heading, _fold(text), words, top))
        top = parts[-1].bottom + 12
    return parts


def _fold(code):
    """The code with its long lines folded, as the home page folds them."""
    lines = []
    for line in code.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        lines += textwrap.wrap(line, COLUMNS, subsequent_indent=indent, break_on_hyphens=False)
    return "\n".join(lines)


def _sheet(parts, verdict, theme, height):
    """All but the figure, as a drawn matplotlib `Figure` in the style of `theme`, as SVG."""
    from matplotlib.figure import Figure

    from trainingtips import plotting

    with plotting.style(theme):
        figure = Figure(figsize=(WIDTH / drawing.DPI, height / drawing.DPI))
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(height, 0))
        axes.set_axis_off()
        for part in parts:
            _draw_part(axes, part, BOX[theme], plotting)
        _draw_words(axes, parts, verdict, plotting)
        return drawing._svg(figure)[0].decode()


def _draw_part(axes, part, box, plotting):
    from matplotlib.patches import Rectangle

    top = part.top + HEADING
    axes.text(0, part.top + 4, part.heading, weight=600, va="top")
    axes.add_patch(Rectangle((0, top), CODE, part.bottom - top, color=box))
    for row, line in enumerate(part.code.splitlines()):
        y = top + PAD + LINE * (row + 0.75)
        text = line.replace("$", r"\$")
        axes.text(PAD, y, text, family="DejaVu Sans Mono", size=8.4, va="baseline")
    x, y = CODE + 8, top + PAD + LINE / 2
    plotting.arrow(axes, (x, y), (x + 20, y), linewidth=1, color=plotting.colour("muted"))


def _draw_words(axes, parts, verdict, plotting):
    badge = {"boxstyle": "round,pad=0.2,rounding_size=0.8", "facecolor": "none", "linewidth": 1}
    for part, weight in zip(parts, (600, 400, 400, 400), strict=True):
        x, y = CODE + GAP, part.top + HEADING + PAD + LINE / 2
        if part.heading == "It asserts":
            colour = plotting.colour(COLOURS[verdict])
            badge["edgecolor"] = colour
            word = ledger.VERDICTS[verdict]
            axes.text(x + 4, y + 5, word, color=colour, weight=600, bbox=badge)
            x += 16 + 7 * len(word)
        for row, line in enumerate(part.becomes.splitlines()):
            axes.text(x, y + 5 + 20 * row, line.replace("$", r"\$"), weight=weight)


def _put(sheet, picture, x, y):
    """The SVG `sheet` with the SVG `picture` in it, whose names must not meet the sheet's."""
    inner = re.sub(r'(\bid="|href="#|url\(#)', r"\1figure-", picture[picture.index("<svg") :])
    # its size in the sheet's units
    inner = re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2"', inner, count=2)
    inner = inner.replace("<svg ", f'<svg x="{x * POINT:g}" y="{y * POINT:g}" ', 1)
    end = sheet.rindex("</svg>")
    return (sheet[:end] + inner.rstrip() + "\n" + sheet[end:]).encode()
