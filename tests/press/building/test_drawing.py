"""Pictures: the shortcuts of drawing against drawing everything the long way."""

import itertools
import re
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.projects import ROOT
from trainingtips import plotting
from trainingtips.press.base.errors import ScriptError
from trainingtips.press.building import drawing, figure
from trainingtips.press.kept import records, results, scripts

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
    """The dark picture has a panel more, and a colour of its own: nothing can be taken over."""
    dark = plotting.colour("page") == plotting.BACKGROUND["dark"]
    for axes in figure.subplots(1, 3 if dark else 2):
        axes.plot([1, 2], color="#123456")


def alone(draw, result, width, theme):
    """The picture as it is when nothing is taken from another one, and its size."""
    with plotting.style(theme):
        figure = Figure(figsize=(width / drawing.DPI, drawing.HEIGHT / drawing.DPI))
        figure.set_layout_engine("constrained")
        draw(result, figure)
        return drawing._svg(figure)


def without_names(data):
    """`data` with its elements' names counted: matplotlib makes them from the style's colours."""
    names, count = {}, itertools.count()

    def number(found):
        if found[2] not in names:
            names[found[2]] = next(count)
        return found[1] + b"n%d" % names[found[2]]

    return re.sub(rb'(id="|url\(#|href="#)([a-z]*[0-9a-f]{6,})', number, data)


@pytest.mark.parametrize("draw", [plain, with_colour_bar, with_figure_text, uneven])
def test_the_second_theme_is_laid_out_as_it_would_be_alone(draw):
    made = drawing.pictures(SCRIPT, draw, None)
    assert len(made) == 4
    for name, (data, *size) in made.items():
        width = records.NARROW if ".narrow." in name else records.WIDE
        expected = alone(draw, None, width, "dark" if ".dark." in name else "light")
        assert (without_names(data), *size) == (without_names(expected[0]), *expected[1:]), name


def test_only_named_colours_are_exchanged():
    light, dark = (alone(plain, None, records.WIDE, theme)[0] for theme in plotting.THEMES)
    assert without_names(drawing.recoloured(light)) == without_names(dark) != without_names(light)
    for draw in (with_colour_bar, uneven):
        assert drawing.recoloured(alone(draw, None, records.WIDE, "light")[0]) is None
    assert drawing.recoloured(b'<image style="fill: #ffffff"/>') is None, "colours out of sight"
    assert drawing.recoloured(b'<a id="#20242c" style="fill: #20242c"/>') == (
        b'<a id="#20242c" style="fill: #e6e8ee"/>'
    )


def one_a_section():
    """Every figure; all but each section's first are looked at by `make test-long` alone."""
    seen = set()
    for name in sorted(scripts.find_scripts(ROOT)):
        section = name.partition("/")[0]
        yield pytest.param(name, marks=[pytest.mark.long] if section in seen else [])
        seen.add(section)


@pytest.mark.parametrize("name", list(one_a_section()))
def test_every_dark_picture_is_the_one_that_would_be_drawn(name):
    """A script that looked at the theme, or wrote white for the page, would be found here."""
    script = scripts.read_script(ROOT, name)
    kept = results.read(ROOT / script.result_path)
    draw = figure.load(ROOT, script).draw
    light = alone(draw, kept.result, records.NARROW, "light")[0]
    made = drawing.recoloured(light)
    if made is not None:
        expected = alone(draw, kept.result, records.NARROW, "dark")[0]
        assert without_names(made) == without_names(expected)


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


def test_each_picture_has_its_own_result():
    """A draw that changes an array in place: all four pictures show what was kept."""
    result = {"y": np.arange(1.0, 4.0)}

    def draw(result, figure):
        result["y"] *= 100
        figure.subplots().plot(result["y"])

    made = drawing.pictures(SCRIPT, draw, result)
    again = drawing.pictures(SCRIPT, draw, {"y": np.arange(1.0, 4.0)})
    assert made == again and result["y"].tolist() == [1, 2, 3]
    with plotting.style("light"):
        drawn = [drawing.figure_for(draw, result, 600, "light") for _ in range(2)]
    assert all(each.axes[0].lines[0].get_ydata().tolist() == [100, 200, 300] for each in drawn)


EMPTY = {
    "nothing": lambda axes: None,
    "words": lambda axes: (axes.text(0, 0, "words"), axes.set(title="a", xlabel="b")),
    "no points": lambda axes: axes.plot([]),
    "not a number": lambda axes: axes.plot([np.nan, np.nan]),
    "no dots": lambda axes: axes.scatter([], []),
}
MARKED = {
    "line": lambda axes: axes.plot([1, 2]),
    "dots": lambda axes: axes.scatter([1], [2]),
    "bars": lambda axes: axes.bar([1], [2]),
    "area": lambda axes: axes.fill_between([1, 2], [1, 2]),
    "image": lambda axes: axes.imshow([[1, 2]]),
    "level": lambda axes: axes.axhline(1),
    "contours": lambda axes: axes.contour([[1, 2], [2, 3]]),
}


@pytest.mark.parametrize("kind", EMPTY)
def test_a_picture_without_a_mark_is_refused(kind):
    with plotting.style("light"), pytest.raises(ScriptError, match=r"line \d+, leaves the picture"):
        drawing.figure_for(lambda _, figure: EMPTY[kind](figure.subplots()), {}, 600, "light")


def test_a_draw_that_draws_nothing_is_refused():
    with plotting.style("light"), pytest.raises(ScriptError, match=r"figure\.subplots\(\)"):
        drawing.figure_for(lambda _, figure: None, {}, 600, "light")


@pytest.mark.parametrize("kind", MARKED)
def test_a_picture_with_a_mark_is_not(kind):
    with plotting.style("light"):
        drawing.figure_for(lambda _, figure: MARKED[kind](figure.subplots()), {}, 600, "light")


@pytest.mark.parametrize("url", ["javascript:go()", "https://evil.example/"])
def test_a_picture_leads_nowhere(url):
    def linked(_, figure):
        figure.subplots().plot([1, 2])
        figure.axes[0].text(1, 1, "here", url=url)

    with pytest.raises(ScriptError, match="leads nowhere: take url"):
        drawing.pictures(SCRIPT, linked, None)
