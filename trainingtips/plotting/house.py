"""Fonts, colours and sizes: one look on the light and the dark page, wide and narrow."""

import contextlib
import logging
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.colors import LinearSegmentedColormap

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


def signed():
    """The colour map of what has a sign: vermilion below zero, the page's colour at it, blue above.

    These are the colours of negative and positive curvature as well: the way down is warm.
    """
    ends = map(colour, ("vermilion", "page", "blue"))
    return LinearSegmentedColormap.from_list(
        "signed", list(ends), N=257
    )  # odd: zero is one of them


def is_narrow(figure):
    """Whether the figure is for a telephone: 344 CSS pixels wide."""
    return figure.get_figwidth() < WIDE
