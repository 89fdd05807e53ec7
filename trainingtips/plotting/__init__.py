"""The house style and the verbs of a figure: what a script draws with, beside matplotlib.

- the look: `style`, `colour`, `panels`, `is_narrow`
- what was measured: `curve`, `points`, with their intervals
- what is expected: `theory`, `level`, `mark`
- maps: `contours`, `shares`, `path`, `arrow`
- words and numbers: `label`, `note`, `ticks`

A verb takes axes, data and the name of a colour. The colour brings its dash and its marker with
it, so that a colour-blind reader has two signs to tell lines apart by. Nothing here changes a
number: no result's key depends on it.
"""

from trainingtips.plotting.frames import panels, ticks
from trainingtips.plotting.house import (
    BACKGROUND,
    COLOURS,
    SHADES,
    THEMES,
    WIDE,
    colour,
    is_narrow,
    style,
)
from trainingtips.plotting.verbs import (
    arrow,
    contours,
    curve,
    label,
    level,
    mark,
    note,
    path,
    points,
    shares,
    theory,
)

__all__ = [
    "BACKGROUND",
    "COLOURS",
    "SHADES",
    "THEMES",
    "WIDE",
    "arrow",
    "colour",
    "contours",
    "curve",
    "is_narrow",
    "label",
    "level",
    "mark",
    "note",
    "panels",
    "path",
    "points",
    "shares",
    "style",
    "theory",
    "ticks",
]
