"""The verbs of a figure, read back from what matplotlib was given to draw."""

import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from trainingtips import plotting
from trainingtips.statistics import Measured

X = [1, 2, 4]
MEASURED = [Measured(2.0, 1.5, 2.5, 9), Measured(3.0, 2.9, 3.3, 9), Measured(5.0, 4.0, 5.5, 9)]


@pytest.fixture(params=plotting.THEMES)
def axes(request):
    with plotting.style(request.param):
        axes = Figure(figsize=(7.5, 4)).subplots()
        axes.theme = request.param
        yield axes


def test_a_curve_is_the_means_and_its_band_the_intervals(axes):
    plotting.curve(axes, X, MEASURED, "blue")
    (line,), (band,) = axes.lines, axes.collections
    assert line.get_xdata().tolist() == X
    assert line.get_ydata().tolist() == [2, 3, 5]
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    assert corners == {(1, 1.5), (2, 2.9), (4, 4), (1, 2.5), (2, 3.3), (4, 5.5)}


def test_a_curve_of_plain_numbers_has_no_band_but_may_be_given_one(axes):
    plotting.curve(axes, X, np.array([1.0, 4, 9]), "blue")
    assert not axes.collections
    plotting.curve(axes, X, np.array([1.0, 4, 9]), "blue", between=([0, 3, 8], [2, 5, 10]))
    (band,) = axes.collections
    assert band.get_paths()[0].vertices[:, 1].min() == 0
    assert band.get_paths()[0].vertices[:, 1].max() == 10


def test_points_have_bars_from_the_lower_to_the_upper_end(axes):
    plotting.points(axes, X, MEASURED, "vermilion")
    (container,) = axes.containers
    markers, _, (bars,) = container
    assert markers.get_ydata().tolist() == [2, 3, 5]
    segments = [segment.tolist() for segment in bars.get_segments()]
    for x, segment, low, high in zip(X, segments, (1.5, 2.9, 4), (2.5, 3.3, 5.5), strict=True):
        assert np.allclose(segment, [[x, low], [x, high]])


def test_one_point_may_be_measured_both_ways(axes):
    plotting.points(axes, MEASURED[0], MEASURED[1], "green")
    _, _, bars = axes.containers[0]
    across, up = (each.get_segments()[0] for each in bars)
    assert np.allclose(across, [[1.5, 3], [2.5, 3]])
    assert np.allclose(up, [[2, 2.9], [2, 3.3]])


def test_points_of_plain_numbers_have_no_bars(axes):
    plotting.points(axes, X, [1, 4, 9], "blue")
    assert not axes.containers[0].has_yerr


def test_points_may_be_joined_and_hollow_and_a_curve_marked(axes):
    plotting.points(axes, X, MEASURED, "vermilion", joined=True, hollow=True)
    plotting.points(axes, X, MEASURED, "vermilion")
    plotting.curve(axes, X, MEASURED, "vermilion", marked=True)
    joined, bare, marked = axes.lines
    assert joined.get_linestyle() == "--" and bare.get_linestyle() == "None"
    assert same_color(joined.get_markerfacecolor(), plotting.BACKGROUND[axes.theme])
    assert same_color(bare.get_markerfacecolor(), bare.get_color())
    assert marked.get_marker() == bare.get_marker() != "" and marked.get_linestyle() == "--"


def test_each_colour_has_a_dash_and_a_marker_of_its_own(axes):
    for name in plotting.COLOURS:
        plotting.curve(axes, X, [1, 4, 9], name)
        plotting.points(axes, X, [1, 4, 9], name)
    lines = [each for each in axes.lines if each.get_linestyle() != "None"]
    markers = {each.get_marker() for each in axes.lines if each not in lines}
    assert len({str(each._unscaled_dash_pattern) for each in lines}) == len(plotting.COLOURS)
    assert len(markers) == len(plotting.COLOURS)


@pytest.mark.parametrize("verb", [plotting.curve, plotting.points, plotting.theory])
def test_a_verb_draws_in_the_themes_colour_of_that_name(axes, verb):
    verb(axes, X, [1, 4, 9], "blue", "blue", at=(1, 2))
    with plotting.style(axes.theme):
        expected = plotting.colour("blue")
    assert same_color(axes.lines[0].get_color(), expected)
    assert same_color(axes.texts[0].get_color(), expected)
    assert plotting.BACKGROUND[axes.theme] == axes.texts[0].get_path_effects()[0]._gc["foreground"]


@pytest.mark.parametrize("verb", [plotting.curve, plotting.points, plotting.theory])
def test_a_name_stands_beside_or_in_the_legend_never_in_both(axes, verb):
    verb(axes, X, [1, 4, 9], "blue", "beside", at=(1, 2), align="right")
    verb(axes, X, [1, 4, 9], "green", "in the legend")
    verb(axes, X, [1, 4, 9], "purple")
    assert axes.get_legend_handles_labels()[1] == ["in the legend"]
    (text,) = axes.texts
    assert (text.get_text(), text.xy, text.get_ha()) == ("beside", (1, 2), "right")


def test_a_level_runs_across_with_its_interval_and_a_mark_upright(axes):
    plotting.level(axes, Measured(0.5, 0.4, 0.7, 9), "green")
    (band,) = axes.patches
    assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((0.4, 0.7))
    assert axes.lines[0].get_ydata() == [0.5, 0.5]
    plotting.mark(axes, 3, text="here", at=(3, 0))
    assert axes.lines[1].get_xdata() == [3, 3]
    assert axes.texts[0].get_text() == "here"


def test_a_path_goes_through_its_places_from_a_ring(axes):
    plotting.path(axes, np.array([[0, 1], [2, 3], [5, 4]]), "vermilion")
    way, dots, start = axes.lines
    assert way.get_xydata().tolist() == dots.get_xydata().tolist() == [[0, 1], [2, 3], [5, 4]]
    assert start.get_xydata().tolist() == [[0, 1]]


def test_ticks_are_these_and_no_others(axes):
    axes.set(xscale="log", xlim=(1, 100))
    plotting.ticks(axes.xaxis, [1, 2.5, 64])
    assert [each.get_text() for each in axes.get_xticklabels()] == ["1", "2.5", "64"]
    assert axes.get_xticks(minor=True).size == 0
    plotting.ticks(axes.yaxis, [0, 1], ["none", "all"])
    assert [each.get_text() for each in axes.get_yticklabels()] == ["none", "all"]
    plotting.ticks(axes.yaxis, [-0.5, 0])
    assert [each.get_text() for each in axes.get_yticklabels()] == ["−0.5", "0"]  # a minus sign


def test_a_note_keeps_its_place_when_the_data_do_not(axes):
    note = plotting.note(axes, "here", (0.5, 0.5), ha="center", va="center")
    axes.set(xlim=(0, 1000), ylim=(-5, 5))
    axes.figure.draw_without_rendering()
    seen, frame = (each.get_window_extent() for each in (note, axes))
    middle = [(box.p0 + box.p1) / 2 for box in (seen, frame)]
    assert middle[0] == pytest.approx(middle[1], abs=1.5)  # pixels


def test_panels_stand_side_by_side_or_one_above_the_other_under_their_titles():
    for width, direction in ((7.5, 0), (3.6, 1)):
        figure = Figure(figsize=(width, 4), layout="constrained")
        first, second = plotting.panels(figure, ["one", "two"], height=3)
        assert (first.get_title("left"), second.get_title("left")) == ("one", "two")
        apart = first.get_position().get_points() - second.get_position().get_points()
        assert abs(apart[0, direction]) > 0.3 and abs(apart[0, 1 - direction]) < 1e-6


@pytest.mark.parametrize("verb", [plotting.curve, plotting.points, plotting.theory])
def test_an_unknown_colour_is_refused(axes, verb):
    with pytest.raises((ValueError, KeyError), match="mauve"):
        verb(axes, X, [1, 4, 9], "mauve")


def test_panels_take_the_names_scales_and_ticks_of_their_axes():
    settings = {
        "one": {"log": "x", "x": "update", "xticks": [1, 10, 100], "ylim": (0, 2)},
        "two": {"y": "share", "yticks": ([0, 0.5, 1], "{x:.0%}"), "xticks": (0, 10)},
    }
    one, two = plotting.panels(Figure(figsize=(7.5, 4)), settings, y="loss")
    for axes in (one, two):
        axes.plot([1, 30], [0, 1])
    assert [each.get_title("left") for each in (one, two)] == ["one", "two"]
    assert one.get_xscale() == "log" and one.get_xlabel() == "update"
    assert one.get_ylim() == (0, 2)
    assert [each.get_ylabel() for each in (one, two)] == ["loss", "share"]
    assert [each.get_text() for each in one.get_xticklabels()] == ["1", "10", "100"]
    assert one.get_xticks(minor=True).size == 0
    assert [each.get_text() for each in two.get_yticklabels()] == ["0 %", "50 %", "100 %"]
    with pytest.raises(AttributeError):
        plotting.panels(Figure(figsize=(7.5, 4)), {"one": {"xlable": "update"}})


def test_contours_take_the_heights_or_a_loss_of_the_points(axes):
    side, levels = np.linspace(-1, 1, 5), [0, 1, 2]
    given = plotting.contours(axes, side, side, np.add.outer(2 * side**2, side**2), levels)
    found = plotting.contours(
        axes, side, side, lambda w: w[..., 0] ** 2 + 2 * w[..., 1] ** 2, levels
    )
    assert (found.zmin, found.zmax) == (given.zmin, given.zmax) == (0, 3)
    for a, b in zip(given.get_paths(), found.get_paths(), strict=True):
        np.testing.assert_array_equal(a.vertices, b.vertices)


@pytest.mark.parametrize(("count", "size"), [(3, 7), (plotting.verbs.MANY, 5.5)])
def test_hollow_markers_are_a_little_larger_than_full_ones(axes, count, size):
    plotting.points(axes, range(count), range(count), "blue", hollow=True)
    (line,) = axes.lines
    assert line.get_markersize() == size and line.get_markerfacecolor() == "none"


def test_theory_is_a_thin_line_in_its_colour(axes):
    plotting.theory(axes, X, [1, 4, 9], "green", look="--")
    (line,) = axes.lines
    assert line.get_xydata().tolist() == [[1, 1], [2, 4], [4, 9]]
    assert same_color(line.get_color(), plotting.colour("green")) and line.get_linestyle() == "--"
    plotting.curve(axes, X, [1, 4, 9], "green")
    assert line.get_linewidth() < axes.lines[1].get_linewidth()


def test_a_paths_start_is_a_ring_over_the_edge_and_its_name_has_its_colour(axes):
    plotting.path(axes, [[0, 1], [2, 3]], "green", "the way", at=(1, 2), align="center")
    *_, dots, ring = axes.lines
    assert same_color(ring.get_markerfacecolor(), plotting.colour("page"))
    assert same_color(ring.get_markeredgecolor(), plotting.colour("green"))
    assert not ring.get_clip_on() and ring.get_zorder() > axes.lines[0].get_zorder()
    assert ring.get_markersize() == dots.get_markersize() == 6
    (name,) = axes.texts
    assert (name.get_text(), name.get_ha(), name.xy) == ("the way", "center", (1, 2))
    assert same_color(name.get_color(), plotting.colour("green"))
    plotting.path(axes, [[0, 1], [2, 3]], "green", dotted=False)
    assert len(axes.lines) == 5


def test_an_arrow_takes_a_colours_name(axes):
    plotting.arrow(axes, (0, 1), (2, 3), "green")
    assert same_color(axes.texts[0].arrow_patch.get_edgecolor(), plotting.colour("green"))


def test_a_band_is_a_shade_of_its_curve_without_an_edge(axes):
    for name in ("green", "amber"):
        plotting.curve(axes, X, MEASURED, name)
    for band, name in zip(axes.collections, ("green", "amber"), strict=True):
        (shade,) = band.get_facecolor()
        assert same_color(shade[:3], plotting.colour(name)) and 0 < shade[3] < 0.5
        assert not band.get_linewidth()
