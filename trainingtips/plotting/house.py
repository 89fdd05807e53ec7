"""Fonts, colours and sizes: one look on the light and the dark page, wide and narrow."""

import contextlib
import logging
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager

THEMES = ("light", "dark")
BACKGROUND = {"light": "#ffffff", "dark": "#1e2129"}  # of the page, for pictures shown alone
COLOURS = ("blue", "vermilion", "green", "purple", "amber")  # in the style's order
SHADES = ("text", "muted", "page")
WIDE = 5.0  # inches; a figure at least so wide has its panels side by side

_FOLDER = Path(__file__).parents[1] / "style"


@contextlib.contextmanager
def style(theme):
    """Draw in the style of the "light" or the "dark" page; a context manager."""
    if theme not in THEMES:
        raise ValueError(f"theme is one of {THEMES}; received {theme!r}")
    _register_fonts()
    with mpl.rc_context():
        mpl.rcdefaults()  # a reader's own matplotlibrc must not change a picture
        mpl.style.use(_FOLDER / f"{theme}.mplstyle")
        yield


def _register_fonts():
    # the fallback font has no semi-bold, and matplotlib says so at every title
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    known = {font.fname for font in font_manager.fontManager.ttflist}
    for path in sorted((_FOLDER / "fonts").glob("*.ttf")):
        if str(path) not in known:
            font_manager.fontManager.addfont(path)


def colour(name):
    """The current style's colour of that name, one of `COLOURS` or `SHADES`."""
    if name == "text":
        return mpl.rcParams["text.color"]
    if name == "muted":
        return mpl.rcParams["axes.edgecolor"]
    if name == "page":
        dark = mpl.rcParams["text.color"].lower().lstrip("#").startswith("e")
        return BACKGROUND["dark" if dark else "light"]
    if name not in COLOURS:
        raise ValueError(f"colour is one of {COLOURS}, text, muted, page; received {name!r}")
    return mpl.rcParams["axes.prop_cycle"].by_key()["color"][COLOURS.index(name)]


def is_narrow(figure):
    """Whether the figure is for a telephone: 344 CSS pixels wide."""
    return figure.get_figwidth() < WIDE


def panels(figure, titles, height=3.4, ratios=None):
    """Axes with these titles, side by side on a wide figure and stacked on a narrow one: a list.

    `titles` may be a number of panels instead. `height` is that of one row, in inches; `ratios` are
    relative widths on a wide figure.

    >>> from matplotlib.figure import Figure
    >>> left, right = panels(Figure(figsize=(7.5, 4)), ["as they come", "standardized"])
    >>> right.get_title("left")
    'standardized'
    """
    titles = [""] * titles if isinstance(titles, int) else list(titles)
    found = _grid(figure, len(titles), height, ratios)
    for axes, title in zip(found, titles, strict=True):
        axes.set_title(title, loc="left")
    return found


def _grid(figure, count, height, ratios):
    if is_narrow(figure):
        figure.set_figheight(height * 0.92 * count)
        return list(figure.subplots(count, 1, squeeze=False).flat)
    figure.set_figheight(height)
    options = {"width_ratios": ratios} if ratios else {}
    return list(figure.subplots(1, count, squeeze=False, gridspec_kw=options).flat)
