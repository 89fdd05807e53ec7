"""What figure scripts draw, in a word each: curves, points, theory, levels, labels.

Data are arrays, or lists of `Measured` values, whose intervals are drawn along: a band around a
curve, a bar through a point. `colour` is a name out of `COLOURS` or `SHADES`. With `text`, a verb
names what it draws: beside it where `at`, in data coordinates, says so (the text's "left",
"center" or "right" stands there, as `align` says), else in the legend.
"""

import matplotlib as mpl
import numpy as np
from matplotlib import patheffects

from trainingtips.plotting import house
from trainingtips.plotting.house import COLOURS
from trainingtips.statistics import Measured, columns

MARKERS = dict(zip(COLOURS, "os^Dv", strict=True)) | {"text": "x", "muted": "x", "page": "o"}
MANY = 24  # so many points and more are drawn small
HALO = 3  # points; the width of the page's colour around a text or a path
_WIDE, _THIN = 1.8, 1.2  # points: widths of lines
_LONG = 200  # numbers from which a curve is thin


def curve(
    axes, x, y, colour, text="", at=None, align="left", marked=False, between=None, look=None
):
    """A line of the colour's own dash through y, with a band of the intervals where y has them.

    x is (n,); y is (n,) or n `Measured` values. `marked` sets the colour's marker at each of them.
    `between` is a (low, high) pair of (n,) for the band of something else, such as quantiles.
    `look` is matplotlib's, such as "s-", where two curves share a colour.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> curve(axes, [1, 2], [Measured(1.0, 0.9, 1.2, 8), Measured(2.0, 1.7, 2.1, 8)], "blue")
    >>> axes.lines[0].get_ydata().tolist(), len(axes.collections)
    ([1.0, 2.0], 1)
    """
    shade, (middle, *ends) = house.colour(colour), _split(y)
    low, high = between or ends or (None, None)
    if low is not None:
        axes.fill_between(x, low, high, color=shade, alpha=0.22, linewidth=0)
    (line,) = axes.plot(x, middle, *([look] if look else []), color=shade, label=_legend(text, at))
    if not look:
        line.set(linestyle=dash_of(colour), marker=MARKERS[colour] if marked else "")
    line.set(markersize=_size(middle), linewidth=_THIN if len(middle) >= _LONG else _WIDE)
    _name(axes, text, at, colour, align)


def points(
    axes, x, y, colour, text="", at=None, align="left", joined=False, hollow=False, look=None
):
    """Markers of the colour's own shape, with a bar through each that is a `Measured` value.

    x and y are (n,), n `Measured` values or one. `joined` draws the colour's dash from one to the
    next, `hollow` leaves the markers empty. `look` is matplotlib's, such as "s--", where two sets
    of points share a colour.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> points(axes, 4, Measured(1.0, 0.9, 1.2, 8), "blue", "measured")
    >>> axes.get_legend_handles_labels()[1]
    ['measured']
    """
    (across, *x_ends), (middle, *ends) = _split(x), _split(y)
    found = axes.errorbar(
        across, middle, _lengths(middle, ends), _lengths(across, x_ends),
        fmt=look or MARKERS[colour], color=house.colour(colour), markersize=_size(middle, look),
        label=_legend(text, at),
    )  # fmt: skip
    if joined and not look:
        found[0].set_linestyle(dash_of(colour))
    if hollow:  # what lies below is seen through, but for the line itself
        lined = found[0].get_linestyle() != "None"
        inside = house.colour("page") if lined else "none"
        found[0].set(markersize=_size(middle) + 2, markerfacecolor=inside)
    _name(axes, text, at, colour, align)


def theory(axes, x, y, colour="text", text="", at=None, align="left", look="-"):
    """What is expected: a thin line, by default unbroken, over x and y of (n,)."""
    shade = house.colour(colour)
    axes.plot(x, y, look, color=shade, linewidth=_THIN, label=_legend(text, at))
    _name(axes, text, at, colour, align)


def level(axes, y, colour="muted", text="", at=None, align="left", look=":"):
    """A level line across the axes at y, a number or a `Measured` value with its interval.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> level(axes, 0.5, text="chance", at=(0, 0.5))
    >>> axes.texts[0].get_text()
    'chance'
    """
    shade, (middle, *ends) = house.colour(colour), _split(y)
    if ends:
        axes.axhspan(*(float(end[0]) for end in ends), color=shade, alpha=0.22, linewidth=0)
    axes.axhline(middle[0], linestyle=look, color=shade, linewidth=_THIN, label=_legend(text, at))
    _name(axes, text, at, colour, align)


def mark(axes, x, colour="muted", text="", at=None, align="left", look=":"):
    """An upright line across the axes at the number x: where something begins or ends."""
    shade = house.colour(colour)
    axes.axvline(x, linestyle=look, color=shade, linewidth=_THIN, label=_legend(text, at))
    _name(axes, text, at, colour, align)


def shares(axes, values):
    """A matrix of shares, (rows, columns) from 0 to 1, row 0 on top: the larger, the bluer.

    >>> from matplotlib.figure import Figure
    >>> shares(Figure().subplots(), [[1.0, 0.0], [0.2, 0.8]]).get_array().shape
    (2, 2)
    """
    axes.grid(visible=False)
    return axes.imshow(values, vmin=-1, vmax=1, cmap=house.signed())


def contours(axes, x, y, z, levels, signed=False):
    """Filled contours of z, (rows, columns), in the style's map, with fine lines between them.

    The map goes from yellow, low, to blue, high, on the light page and on the dark. Where the sign
    is what is meant, `signed` draws blue above zero, vermilion below, the more the further; levels
    are then as far below zero as above.

    z may be a loss instead, of the points of the grid, (rows, columns, 2). Returns the filled
    contours, for a colour bar.

    >>> from matplotlib.figure import Figure
    >>> side = np.linspace(-1, 1, 3)
    >>> float(contours(Figure().subplots(), side, side, lambda w: w.prod(-1), [-1, 0, 1]).zmin)
    -1.0
    """
    z = z(np.stack(np.meshgrid(x, y), axis=-1)) if callable(z) else z
    look = {"cmap": house.signed(), "extend": "both"} if signed else {"extend": "max"}
    filled = axes.contourf(x, y, z, levels=levels, alpha=0.55, **look)
    axes.contour(x, y, z, levels=levels, colors=[house.colour("muted")], linewidths=0.4)
    return filled


def path(axes, places, colour, text="", at=None, align="left", dotted=True):
    """The way through `places`, (n, 2), on a map: a line with a halo, a ring where it starts.

    `dotted` puts a point at each place.
    """
    places, form = np.asarray(places, dtype=float), {"color": house.colour(colour)}
    halo = form | {"path_effects": _halo()}
    axes.plot(*places.T, "-", linewidth=_THIN, label=_legend(text, at), **halo)
    if dotted:
        axes.plot(*places.T, ".", markersize=6, **form)
    ring = {"markerfacecolor": house.colour("page"), "clip_on": False, "zorder": 11}
    axes.plot(*places[0], "o", markersize=6, **halo, **ring)
    _name(axes, text, at, colour, align)


def arrow(axes, start, end, colour=None, **options):
    """An arrow from `start` to `end`, in data coordinates."""
    defaults = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "linewidth": 2.2}
    defaults |= {"color": house.colour(colour)} if colour else {}
    axes.annotate("", end, start, arrowprops=defaults | options, zorder=9)


def label(axes, text, xy, colour="text", **options):
    """Text at xy, in data coordinates, with a halo in the page's colour to read over lines.

    `options` are those of matplotlib's `annotate`, such as ha="right". Returns its annotation.
    """
    defaults = {"color": house.colour(colour), "path_effects": _halo(), "zorder": 10}
    return axes.annotate(text, xy, **(defaults | options))


def note(axes, text, xy, colour="text", **options):
    """A label at a place of the axes themselves: (0, 0) is their lower left, (1, 1) upper right."""
    return label(axes, text, xy, colour, xycoords="axes fraction", **options)


def dash_of(name):
    """The dash of a colour's lines, as matplotlib takes it: of its own for each of `COLOURS`."""
    dashes = mpl.rcParams["axes.prop_cycle"].by_key().get("linestyle", ["-"])
    return dashes[COLOURS.index(name) % len(dashes)] if name in COLOURS else "-"


def _halo():
    return [patheffects.withStroke(linewidth=HALO, foreground=house.colour("page"))]


def _split(values):
    """(middle,) of plain numbers, (middle, low, high) of `Measured` values: arrays (n,)."""
    values = [values] if isinstance(values, Measured) else values
    if isinstance(values, list | tuple) and values and isinstance(values[0], Measured):
        return columns(values)
    return (np.atleast_1d(np.asarray(values)),)


def _lengths(middle, ends):
    """How far the ends are from the middle, (2, n), as matplotlib's error bars want it."""
    return [middle - ends[0], ends[1] - middle] if ends else None


def _size(middle, look=None):
    if look == "*":
        return 10  # a single place, such as a minimum on a map
    return 3.5 if len(middle) >= MANY else 5


def _legend(text, at):
    return text if text and at is None else None


def _name(axes, text, at, colour, align):
    if text and at is not None:
        label(axes, text, at, colour, ha=align)
