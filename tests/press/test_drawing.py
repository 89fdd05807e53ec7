"""Pictures: the shortcuts of drawing against drawing everything the long way."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from trainingtips import plotting
from trainingtips.press import drawing

SCRIPT = SimpleNamespace(name="demo/a")


def plain(_, figure):
    for axes in plotting.panels(figure, 2):
        axes.loglog([1, 2, 300], [1, 20, 3], label="a line")
        axes.set(xlabel="update", ylabel="a label that takes room", title="title")
        axes.legend()


def with_colour_bar(_, figure):
    axes = figure.subplots()
    x = np.linspace(-1, 1, 9)
    shown = plotting.contours(axes, x, x, np.add.outer(x**2, x), 5)
    figure.colorbar(shown, label="loss")
    axes.set_aspect("equal")


def with_figure_text(_, figure):
    figure.subplots().plot([1, 2])
    figure.suptitle("what all panels share")


def uneven(_, figure):
    """The dark picture has a panel more: nothing can be taken over."""
    dark = plotting.colour("page") == plotting.BACKGROUND["dark"]
    figure.subplots(1, 3 if dark else 2)


@pytest.mark.parametrize("draw", [plain, with_colour_bar, with_figure_text, uneven])
def test_the_second_theme_is_laid_out_as_it_would_be_alone(draw):
    made = drawing.pictures(SCRIPT, draw, None)
    assert len(made) == 4
    for name, (data, *size) in made.items():
        width = drawing.NARROW if ".narrow." in name else drawing.WIDE
        with plotting.style("dark" if ".dark." in name else "light"):
            figure = Figure(figsize=(width / drawing.DPI, drawing.HEIGHT / drawing.DPI))
            figure.set_layout_engine("constrained")
            draw(None, figure)
            alone = drawing._svg(figure)
        assert alone == (data, *size), name


def test_a_last_digit_of_the_layout_changes_no_byte():
    """It did: by rounding, and in the names of clip paths, hashes of their coordinates."""
    pictures = []
    for shift in (0.0, 1e-13):
        with plotting.style("light"):
            figure = Figure(figsize=(4, 3))
            axes = figure.add_axes([0.1 + shift, 0.1, 0.8, 0.8])
            axes.plot([1, 2, 1])
            pictures.append(drawing._svg(figure)[0])
    assert pictures[0] == pictures[1]
