"""From a result to its four pictures: wide and narrow, light and dark.

The same script draws for a desk and for a telephone: the text keeps its size and the panels are
stacked (see `plotting.panels`). The same inputs give the same bytes.
"""

import io
import re

FORMAT = 2  # of the pictures; raising it draws all of them again
DPI = 96  # CSS pixels an inch
WIDE, NARROW = 720, 344  # CSS pixels
HEIGHT = 400  # unless the script asks for panels
LAYOUTS = {"": WIDE, ".narrow": NARROW}


def pictures(script, draw, result):
    """Draw all variants. Returns {file name: (SVG bytes, width, height in CSS pixels)}."""
    from trainingtips import plotting

    stem, made = script.name.partition("/")[2], {}
    for layout, width in LAYOUTS.items():
        first = None
        for theme in plotting.THEMES:
            with plotting.style(theme):
                figure = figure_for(draw, result, width, theme)
                if first is not None:
                    _lay_out_like(figure, first)
                made[f"{stem}{layout}.{theme}.svg"] = _svg(figure)
            first = figure
    return made


def figure_for(draw, result, width, theme):
    """A drawn matplotlib `Figure` of that width; the caller holds `plotting.style(theme)`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / DPI, HEIGHT / DPI), layout="constrained")
    draw(result, figure)
    return figure


def _lay_out_like(figure, other):
    """Put the axes where they are in `other`, which differs in its colours alone.

    Finding the layout is nearly half of drawing. It is found anew where the axes do not pair up,
    or where text of the figure itself is part of it.
    """
    pairs = list(zip(figure.axes, other.axes, strict=False))
    same = len(figure.axes) == len(other.axes) and not figure.subfigs
    if same and not (figure.texts or figure.legends or figure._suptitle):
        figure.set_layout_engine("none")
        for axes, model in pairs:
            for which in ("original", "active"):
                axes._set_position(model.get_position(original=which == "original"), which)


def _svg(figure):
    """(bytes, width, height in CSS pixels) of a drawn figure."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    canvas, buffer = FigureCanvasSVG(figure), io.BytesIO()
    canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    inches = figure.get_size_inches()
    data = re.sub(rb"<!DOCTYPE.*?>\s*", b"", buffer.getvalue(), count=1, flags=re.DOTALL)
    return _number_clips(data), round(inches[0] * DPI), round(inches[1] * DPI)


def _number_clips(data):
    """The SVG with its clip paths numbered as they are defined.

    matplotlib names them by a hash of their coordinates in full precision, and the solver of the
    layout may return another last digit in the next process.
    """
    names = re.findall(rb'<clipPath id="(p[0-9a-f]+)"', data)
    numbers = {name: b"clip%d" % number for number, name in enumerate(names)}
    return re.sub(
        rb'(<clipPath id="|url\(#)(p[0-9a-f]{10})(?=["\)])',
        lambda match: match[1] + numbers.get(match[2], match[2]),
        data,
    )
