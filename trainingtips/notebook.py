"""Show a picture in a notebook, in the house style, with what it shows in words beside it."""

import io
import json
import os
from types import SimpleNamespace

from trainingtips import plotting
from trainingtips.press.building import drawing
from trainingtips.press.kept import records

PUBLISHING = "TRAININGTIPS_PUBLISHING"  # set by the site's builder, which wants every variant
MIME = "application/vnd.trainingtips.picture+json"


class Picture:
    """What `show` returns: a notebook displays it."""

    def __init__(self, draw, alt):
        self.draw, self.alt = draw, alt

    def __repr__(self):
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        if os.environ.get(PUBLISHING):
            return {MIME: json.loads(json.dumps(self.variants())), "text/plain": self.alt}
        return {"image/svg+xml": self.svg(), "text/plain": self.alt}

    def svg(self):
        """The wide light picture on a background of its own: legible in a dark notebook too."""
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        with plotting.style("light"):
            figure = drawing.figure_for(self._draw, None, records.WIDE, "light")
            canvas, buffer = FigureCanvasSVG(figure), io.StringIO()
            canvas.print_figure(buffer, format="svg", facecolor=plotting.BACKGROUND["light"])
        return buffer.getvalue()

    def variants(self):
        """Light and dark, wide and narrow: {"alt": …, "pictures": {name: [SVG, width, height]}}."""
        made = drawing.pictures(SimpleNamespace(name="notebook/"), self._draw, None)
        pictures = {n.lstrip("."): [svg.decode(), w, h] for n, (svg, w, h) in made.items()}
        return {"alt": self.alt, "pictures": pictures}

    def _draw(self, _, figure):
        self.draw(figure)


def show(draw, alt):
    """A `Picture` of what `draw(figure)` draws on an empty matplotlib figure.

    `draw` may be called several times, on figures of several widths: it draws and computes
    nothing. `alt` says what the picture shows to someone who cannot see it. Raises TypeError where
    `draw` is no function and ValueError for an `alt` without words.

    >>> show(lambda figure: figure.subplots().plot([1, 2]), alt="A rising line.")
    A rising line.
    """
    if not callable(draw):
        raise TypeError(f"draw is a function of a figure; received {type(draw).__name__}")
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt says in words what the picture shows; received {alt!r}")
    return Picture(draw, " ".join(alt.split()))
