"""Panels: what lies under a lab's moving part, as SVG in the page's own colours.

Everything is drawn in `currentColor`, so that one picture serves both themes. Positions are in the
panel's units, lengths in CSS pixels at the panel's full width.
"""

import html
from itertools import pairwise

import numpy as np

from trainingtips.press.building import svg

COLOURS = ("text", "muted", "page", "blue", "vermilion", "green", "purple", "amber")
# as in the figures' style, and one more for a fifth line
DASHES = {"-": "", "--": "7 4", "-.": "8 3 2 3", ":": "2 4", "long": "14 5"}
_STRAY = 0.15  # of a pixel
_LEFT, _TOP, _RIGHT, _BOTTOM = 46, 26, 10, 40  # margins around the frame


class Panel:
    """Axes from `x[0]` to `x[1]` and `y[0]` to `y[1]`, on which a lab draws.

    `alt` says what the panel shows in words. Ticks are a list of numbers, or a dict of numbers and
    their labels, as for a logarithmic axis: {-2: "10⁻²"}. Each drawing method takes `when`,
    "name=value", for what belongs to one choice of a control only, and `still=True` for what shows
    the default state: it is seen in print and without JavaScript, where nothing moves.

    >>> panel = Panel("A diagonal.", (0, 1), (0, 1), size=(100, 90))
    >>> panel.line([(0, 0), (1, 1)], "blue", dash="--")
    >>> "M0 24L44 0" in panel.svg()
    True
    """

    def __init__(
        self, alt, x, y, xlabel="", ylabel="", title="", xticks=(), yticks=(), size=(340, 300)
    ):
        self.alt, self.title, self.xlabel, self.ylabel = alt, title, xlabel, ylabel
        self.x, self.y, self.size = x, y, size
        self.xticks, self.yticks = xticks, yticks
        self.frame = (_LEFT, _TOP, size[0] - _LEFT - _RIGHT, size[1] - _TOP - _BOTTOM)
        self.parts = []

    def at(self, points):
        """Places within the frame, (k, 2), in pixels from its upper left corner.

        Raises ValueError for a point that is not finite, which a browser would leave out unsaid.
        """
        points = np.atleast_2d(np.asarray(points, float))
        stray = points[~np.isfinite(points).all(1)]
        if len(stray):
            raise ValueError(f"a place in a panel is finite; received {tuple(stray[0].tolist())}")
        share = (points - [self.x[0], self.y[1]]) / [np.ptp(self.x), -np.ptp(self.y)]
        return share * self.frame[2:]

    def contours(self, x, y, z, levels, when=None, still=False):
        """Level lines of z, (rows, columns), over x (columns,) and y (rows,)."""
        from contourpy import contour_generator

        generator = contour_generator(np.asarray(x), np.asarray(y), np.asarray(z))
        data = "".join(_data(self.at(line)) for level in levels for line in generator.lines(level))
        self._add(f'<path class="contours" d="{data}"/>', "muted", when, still)

    def filled(self, x, y, z, low, high, opacity, when=None, still=False):
        """The area in which z lies between `low` and `high`, in blue: the bluer, the more.

        It is so on the light page and on the dark (see *How it is built*).
        """
        from contourpy import contour_generator

        generator = contour_generator(
            np.asarray(x), np.asarray(y), np.asarray(z), fill_type="OuterOffset"
        )
        data = ""
        for points, offsets in zip(*generator.filled(low, high), strict=True):
            rings = pairwise(offsets)
            data += "".join(_data(self.at(points[a:b])) + "z" for a, b in rings)
        shape = f'<path class="area" fill-opacity="{opacity:g}" fill-rule="evenodd" d="{data}"/>'
        self._add(shape, "blue", when, still)

    def line(self, points, colour="text", dash="-", width=2, when=None, still=False):
        """A line through `points`, (k, 2); `dash` is one of `DASHES`."""
        pattern = f' stroke-dasharray="{DASHES[dash]}"' if DASHES[dash] else ""
        data = _data(self.at(points))
        shape = f'<path class="line" stroke-width="{width:g}"{pattern} d="{data}"/>'
        self._add(shape, colour, when, still)

    def dots(self, points, colour="text", size=4, when=None, still=False):
        for x, y in self.at(points):
            shape = f'<circle class="area" cx="{x:.1f}" cy="{y:.1f}" r="{size:g}"/>'
            self._add(shape, colour, when, still)

    def arrow(self, start, end, colour="text", dash="-", when=None, still=False):
        """An arrow from `start` to `end`, each (2,)."""
        self.line([start, end], colour, dash, when=when, still=still)
        a, b = self.at([start, end])
        along = (b - a) / max(np.hypot(*(b - a)), 1e-9) * 9
        across = along[::-1] * [-0.45, 0.45]
        data = _data(np.array([b, b - 0.9 * along + across, b - 0.9 * along - across]))
        self._add(f'<path class="area" d="{data}z"/>', colour, when, still)

    def text(self, words, point, colour="text", anchor="start", when=None, still=False):
        """Words at `point`, (2,), with a halo; `anchor` is "start", "middle" or "end"."""
        ((x, y),) = self.at(point)
        words = html.escape(words)
        shape = f'<text class="halo" text-anchor="{anchor}" x="{x:.1f}" y="{y:.1f}">{words}</text>'
        self._add(shape, colour, when, still)

    def svg(self, state=None):
        """The SVG element. What belongs to another choice than the one in `state` is hidden."""
        (width, height), (left, top, across, down) = self.size, self.frame
        inner = "".join(self._group(*part, state or {}) for part in self.parts)
        title = f'<text class="title" x="{left}" y="14">{html.escape(self.title)}</text>'
        return (
            f'<svg viewBox="0 0 {width} {height}" role="img" data-search-exclude '
            f'aria-label="{html.escape(self.alt, quote=True)}">{title}{self._axes()}'
            f'<svg x="{left}" y="{top}" width="{across}" height="{down}">{inner}</svg></svg>'
        )

    def _add(self, shape, colour, when, still):
        if colour not in COLOURS:
            raise ValueError(f"colour is one of {', '.join(COLOURS)}; received {colour!r}")
        self.parts.append((shape, colour, when, still))

    def _group(self, shape, colour, when, still, state):
        attributes = f'class="c-{colour}{" still" if still else ""}"'
        if when:
            name, _, value = when.partition("=")
            attributes += f' data-when="{html.escape(when, quote=True)}"'
            attributes += "" if str(state.get(name)) == value else ' hidden=""'
        return f"<g {attributes}>{shape}</g>"

    def _axes(self):
        left, top, width, height = self.frame
        bottom, middle = top + height, top + height / 2
        parts = [f'<path class="axis" d="M{left} {top}V{bottom}H{left + width}"/>']
        for value, label in _ticks(self.xticks):
            x = left + (value - self.x[0]) / np.ptp(self.x) * width
            parts.append(f'<path class="axis" d="M{x:.1f} {bottom}v4"/>')
            parts.append(f'<text class="tick" text-anchor="middle" x="{x:.1f}" y="{bottom + 17}">')
            parts.append(f"{label}</text>")
        for value, label in _ticks(self.yticks):
            y = bottom - (value - self.y[0]) / np.ptp(self.y) * height
            parts.append(f'<path class="axis" d="M{left} {y:.1f}h-4"/>')
            parts.append(f'<text class="tick" text-anchor="end" x="{left - 7}" y="{y + 4.5:.1f}">')
            parts.append(f"{label}</text>")
        across = f'x="{left + width / 2:g}" y="{self.size[1] - 6}"'
        parts.append(f'<text text-anchor="middle" {across}>{html.escape(self.xlabel)}</text>')
        turned = f'transform="translate(12 {middle:g}) rotate(-90)"'
        parts.append(f'<text text-anchor="middle" {turned}>{html.escape(self.ylabel)}</text>')
        return "".join(parts)


def _ticks(ticks):
    pairs = ticks.items() if isinstance(ticks, dict) else ((value, f"{value:g}") for value in ticks)
    return [(value, html.escape(label.replace("-", "−"))) for value, label in pairs]


def _data(points):
    """SVG path data through `points`, (k, 2), to a tenth of a pixel, without needless places."""
    points = np.asarray(points, float)
    points = svg.straightened(points, _STRAY) if len(points) >= svg.LONG else points
    rounded = np.round(points, 1) + 0.0  # no −0
    keep = np.append(True, (np.diff(rounded, axis=0) != 0).any(1))
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in rounded[keep])
