"""From a result to its four pictures: wide and narrow, light and dark.

The same script draws for a desk and for a telephone: the text keeps its size and the panels are
stacked (see `plotting.panels`). The same inputs give the same bytes.
"""

import copy
import functools
import inspect
import io
import re

import numpy as np

from trainingtips.press.base.errors import ScriptError
from trainingtips.press.building import svg
from trainingtips.press.kept.records import LAYOUTS

DPI = 96  # CSS pixels an inch
HEIGHT = 400  # unless the script asks for panels
_COLOUR = re.compile(rb"(?<=: )#[0-9a-f]{6}\b")  # as a property of a style, not as part of a name
PLACES = 9  # digits of an axes' place, as a share of the figure


def pictures(script, draw, result):
    """Draw all variants. Returns {file name: (SVG bytes, width, height in CSS pixels)}."""
    from trainingtips import plotting

    stem, made = script.name.partition("/")[2], {}
    light, dark = plotting.THEMES
    for layout, width in LAYOUTS.items():
        with plotting.style(light):
            figure = figure_for(draw, result, width, light)
            data, *size = _svg(figure)
        made[f"{stem}{layout}.{light}.svg"] = (data, *size)
        other = recoloured(data)
        if other is None:
            with plotting.style(dark):
                other, *size = _svg(figure_for(draw, result, width, dark), figure)
        made[f"{stem}{layout}.{dark}.svg"] = (other, *size)
    return made


def recoloured(data):
    """The light picture `data` in the dark page's colours; None where it has to be drawn anew.

    That is where it has another colour than those with a name, as of a colour map.
    """
    names = _dark_colours()
    if b"<image" in data or not names.keys() >= set(_COLOUR.findall(data)):
        return None
    return _COLOUR.sub(lambda found: names[found[0]], data)


@functools.cache
def _dark_colours():
    """{light colour: dark colour}, as written in an SVG."""
    from trainingtips import plotting

    sides = []
    for theme in plotting.THEMES:
        with plotting.style(theme):
            named = [plotting.colour(each) for each in (*plotting.COLOURS, *plotting.SHADES)]
            sides.append([f"#{each.lower().lstrip('#')}".encode() for each in named])
    return dict(zip(*sides, strict=True))


def figure_for(draw, result, width, theme):
    """A drawn matplotlib `Figure` of that width; the caller holds `plotting.style(theme)`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / DPI, HEIGHT / DPI), layout="constrained")
    draw(copy.deepcopy(result), figure)  # what one picture changes, the next must not see
    if not _has_mark(figure):
        line = inspect.unwrap(draw).__code__.co_firstlineno
        raise ScriptError(
            f"draw(), line {line}, leaves the picture without a mark: no line, point, area or "
            f"image; write axes = figure.subplots() and axes.plot(…)"
        )
    return figure


def _has_mark(figure):
    """Whether there is an artist with data on the figure: words and empty axes are none."""
    artists = [figure, *figure.axes]
    return any(
        _shows(artist)
        for each in artists
        for kind in ("lines", "patches", "collections", "images")
        for artist in getattr(each, kind, ())
    )


def _shows(artist):
    if hasattr(artist, "get_xydata"):
        return bool(np.isfinite(np.asarray(artist.get_xydata(), float)).all(1).any())
    if hasattr(artist, "get_paths"):
        places = np.ma.compress_rows(np.ma.masked_invalid(artist.get_offsets()))
        return len(places) > 0 and any(len(path.vertices) for path in artist.get_paths())
    return True


def _svg(figure, alike=None):
    """(bytes, width, height in CSS pixels) of a drawn figure; see `_lay_out` for `alike`."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    canvas, buffer = FigureCanvasSVG(figure), io.BytesIO()
    _lay_out(figure, alike)
    canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    inches = figure.get_size_inches()
    if b"<a " in buffer.getvalue():
        raise ScriptError(
            "a picture leads nowhere: take url=… out of draw(), and link from the page's text"
        )
    return svg.shorten(buffer.getvalue()), round(inches[0] * DPI), round(inches[1] * DPI)


def _lay_out(figure, alike):
    """Put the axes in their places, rounded: the solver's last digits change from run to run.

    Finding the layout is nearly half of drawing, so the places are those of `alike`, a figure that
    was laid out and differs in its colours alone. They are found anew where the axes do not pair
    up, or where text of the figure itself takes room.
    """
    from matplotlib.transforms import Bbox

    free = figure.texts or figure.legends or figure._suptitle or figure.subfigs
    if alike is None or free or len(figure.axes) != len(alike.axes):
        alike, engine = figure, figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure)
    figure.set_layout_engine("none")
    for axes, model in zip(figure.axes, alike.axes, strict=True):
        for which in ("original", "active"):
            box = model.get_position(original=which == "original")
            axes._set_position(Bbox(box.get_points().round(PLACES)), which)
