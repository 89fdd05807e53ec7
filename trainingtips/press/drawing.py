"""From a result to its four pictures: wide and narrow, light and dark.

The same script draws for a desk and for a telephone: the text keeps its size and the panels are
stacked (see `plotting.panels`). The same inputs give the same bytes.
"""

import io
import re

FORMAT = 1  # of the pictures; raising it draws all of them again
DPI = 96  # CSS pixels an inch
WIDE, NARROW = 720, 344  # CSS pixels
HEIGHT = 400  # unless the script asks for panels
LAYOUTS = {"": WIDE, ".narrow": NARROW}


def pictures(script, draw, result):
    """Draw all variants. Returns {file name: (SVG bytes, width, height in CSS pixels)}."""
    from trainingtips import plotting

    stem = script.name.partition("/")[2]
    return {
        f"{stem}{layout}.{theme}.svg": _picture(draw, result, width, theme)
        for layout, width in LAYOUTS.items()
        for theme in plotting.THEMES
    }


def figure_for(draw, result, width, theme):
    """A drawn matplotlib `Figure` of that width; the caller holds `plotting.style(theme)`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / DPI, HEIGHT / DPI), layout="constrained")
    draw(result, figure)
    return figure


def _picture(draw, result, width, theme):
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    from trainingtips import plotting

    with plotting.style(theme):
        figure = figure_for(draw, result, width, theme)
        canvas, buffer = FigureCanvasSVG(figure), io.BytesIO()
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    inches = figure.get_size_inches()
    data = re.sub(rb"<!DOCTYPE.*?>\s*", b"", buffer.getvalue(), count=1, flags=re.DOTALL)
    return data, round(inches[0] * DPI), round(inches[1] * DPI)
