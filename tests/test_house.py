"""The house style, against matplotlib's own reading of the style files and of what is drawn."""

import logging
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import font_manager, patheffects
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from trainingtips import plotting
from trainingtips.plotting import house


def _styled(theme):
    """The style file as matplotlib reads it."""
    return mpl.rc_params_from_file(house._FOLDER / f"{theme}.mplstyle", use_default_template=False)


@pytest.mark.parametrize("theme", plotting.THEMES)
def test_a_style_is_the_files_on_matplotlibs_defaults_and_ends_with_the_block(theme):
    with mpl.rc_context({"lines.linewidth": 9, "grid.alpha": 0.1}):  # a reader's own settings
        before = dict(mpl.rcParams)
        with plotting.style(theme):
            for name, value in _styled(theme).items():
                assert mpl.rcParams[name] == value, name
            assert mpl.rcParams["grid.alpha"] == mpl.rcParamsDefault["grid.alpha"]
        assert dict(mpl.rcParams) == before


def test_an_unknown_theme_is_named():
    with (
        pytest.raises(ValueError, match=r"'light', 'dark'\); received 'grey'"),
        plotting.style("grey"),
    ):
        pass


@pytest.mark.parametrize("theme", plotting.THEMES)
def test_colours_are_those_of_the_style(theme):
    styled = _styled(theme)
    with plotting.style(theme):
        cycle = [plotting.colour(name) for name in plotting.COLOURS]
        assert [to_hex(each) for each in cycle] == [
            to_hex(each["color"]) for each in styled["axes.prop_cycle"]
        ]
        assert to_hex(plotting.colour("text")) == to_hex(styled["text.color"])
        assert to_hex(plotting.colour("muted")) == to_hex(styled["axes.edgecolor"])
        assert plotting.colour("page") == plotting.BACKGROUND[theme]
        with pytest.raises(ValueError, match=r"amber.*text, muted, page; received 'pink'"):
            plotting.colour("pink")


@pytest.mark.parametrize("written", ["#E6E8EE", "e6e8ee", "#e6e8ee"])
def test_the_page_is_dark_where_the_text_is_light(written):
    with mpl.rc_context({"text.color": written}):
        assert plotting.colour("page") == plotting.BACKGROUND["dark"]


def test_the_fonts_are_there_once_and_no_title_warns(caplog):
    for _ in range(2):
        with plotting.style("light"):
            pass
    own = [f.fname for f in font_manager.fontManager.ttflist if str(house._FOLDER) in f.fname]
    assert sorted(own) == sorted(str(path) for path in (house._FOLDER / "fonts").glob("*.ttf"))
    assert own
    with plotting.style("light"):
        font_manager.findfont("no such font", rebuild_if_missing=False)
    assert not [each for each in caplog.records if each.levelno < logging.ERROR]


def _figure(width):
    return Figure(figsize=(width, 2))


def test_a_figure_is_narrow_below_five_inches():
    assert plotting.is_narrow(_figure(4.99)) and not plotting.is_narrow(_figure(5.0))


@pytest.mark.parametrize("count", [1, 3])
def test_panels_are_side_by_side_where_there_is_room_and_stacked_where_not(count):
    wide, narrow = _figure(7), _figure(3.6)
    for figure in (wide, narrow):
        panels = plotting.panels(figure, count, height=2.5)
        assert isinstance(panels, list) and len(panels) == count
        assert panels == figure.axes
    corners = {f: np.array([axes.get_position().p0 for axes in f.axes]) for f in (wide, narrow)}
    assert (np.diff(corners[wide][:, 0]) > 0).all() and np.ptp(corners[wide][:, 1]) == 0
    assert (np.diff(corners[narrow][:, 1]) < 0).all() and np.ptp(corners[narrow][:, 0]) == 0
    assert wide.get_size_inches().tolist() == [7, 2.5]
    np.testing.assert_allclose(narrow.get_size_inches(), [3.6, 2.5 * 0.92 * count])


def test_panels_may_stand_in_rows_of_so_many_columns():
    wide, narrow = _figure(7), _figure(3.6)
    for figure in (wide, narrow):
        assert plotting.panels(figure, 3, height=2.5, columns=2) == figure.axes
    left, right, below = (axes.get_position().p0 for axes in wide.axes)
    assert left[1] == right[1] > below[1] and below[0] == left[0] < right[0]
    assert wide.get_size_inches().tolist() == [7, 5]
    assert len({axes.get_position().x0 for axes in narrow.axes}) == 1
    np.testing.assert_allclose(narrow.get_size_inches(), [3.6, 2.5 * 0.92 * 3])


def test_ratios_are_of_widths_on_a_wide_figure_alone():
    wide, narrow = _figure(7), _figure(3.6)
    widths = [
        [axes.get_position().width for axes in plotting.panels(figure, 2, ratios=[3, 1])]
        for figure in (wide, narrow)
    ]
    assert widths[0][0] == pytest.approx(3 * widths[0][1])
    assert widths[1][0] == pytest.approx(widths[1][1])
    assert wide.get_figheight() == 3.4  # a row's, unless given


def test_contours_are_filled_to_the_top_and_have_lines_between():
    x, y = np.linspace(0, 1, 5), np.linspace(0, 2, 4)
    z, levels = np.add.outer(y, x), [0, 1, 2]
    with plotting.style("light"):
        axes = _figure(5).subplots()
        filled = plotting.contours(axes, x, y, z, levels)
        lines = next(each for each in axes.collections if each is not filled)
        muted = plotting.colour("muted")
    assert filled.levels.tolist() == lines.levels.tolist() == levels
    assert filled.filled and not lines.filled
    assert filled.extend == "max" and filled.alpha == 0.55  # what is higher is filled too
    assert np.array_equal(filled.zmax, z.max())
    assert {to_hex(each) for each in lines.get_edgecolor()} == {to_hex(muted)}
    assert np.unique(lines.get_linewidth()).tolist() == [0.4]
    assert axes.dataLim.intervalx.tolist() == [0, 1] and axes.dataLim.intervaly.tolist() == [0, 2]


@pytest.mark.parametrize("theme", plotting.THEMES)
def test_yellow_is_low_and_blue_is_high_on_either_page(theme):
    with plotting.style(theme):
        axes = _figure(5).subplots()
        side = np.linspace(0, 1, 5)
        filled = plotting.contours(axes, side, side, np.add.outer(side, side), [0, 1, 2])
        (red, green, blue, _), (*_, last, _) = filled.cmap([0.0, 1.0])
    assert red > blue and green > blue and last == max(filled.cmap(1.0)[:3])


@pytest.mark.parametrize("theme", plotting.THEMES)
def test_what_has_a_sign_is_vermilion_below_and_blue_above_and_blank_at_zero(theme):
    side, levels = np.linspace(-1, 1, 9), [-1, -0.5, 0, 0.5, 1]
    with plotting.style(theme):
        axes = _figure(5).subplots()
        z = np.add.outer(0 * side, 3 * side)
        filled = plotting.contours(axes, side, side, z, levels, signed=True)
        names = [to_hex(plotting.colour(each)) for each in ("vermilion", "page", "blue")]
    assert [to_hex(each) for each in filled.cmap([0.0, 0.5, 1.0])] == names
    assert filled.levels.tolist() == levels and filled.extend == "both"


def test_a_label_has_a_halo_in_the_pages_colour_and_takes_options():
    with plotting.style("dark"):
        axes = _figure(5).subplots()
        plain = plotting.label(axes, "here", (1, 2))
        other = plotting.label(axes, "there", (3, 4), color="red", rotation=90)
        page, text = plotting.colour("page"), plotting.colour("text")
    (halo,) = plain.get_path_effects()
    assert isinstance(halo, patheffects.withStroke)
    assert halo._gc == {"linewidth": 3, "foreground": page}
    assert (plain.get_text(), plain.xy, plain.get_color()) == ("here", (1, 2), text)
    assert plain.get_zorder() == 10  # over all lines
    assert (other.get_color(), other.get_rotation()) == ("red", 90)
    assert len(other.get_path_effects()) == 1


def test_an_arrow_goes_from_its_start_to_its_end():
    axes = _figure(5).subplots()
    plotting.arrow(axes, (0, 1), (2, 3), color="red")
    (arrow,) = axes.texts
    assert (arrow.xy, arrow.xyann, arrow.get_text()) == ((2, 3), (0, 1), "")
    patch = arrow.arrow_patch
    assert (patch.shrinkA, patch.shrinkB, patch.get_linewidth()) == (0, 0, 2.2)
    assert to_hex(patch.get_edgecolor()) == to_hex("red")
    assert "CurveFilledB" in type(patch.get_arrowstyle()).__name__  # "-|>"
    assert arrow.get_zorder() == 9  # under the labels


def _told():
    """{path: what is said of a picture} of every figure's script and every lab."""
    root = Path(__file__).parents[1]
    scripts = [*root.glob("figures/*/*.py"), *root.glob("docs/labs/*.py")]
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in scripts}


def test_no_script_and_no_lab_tells_colours_by_how_dark_they_are():
    lightness = re.compile(r"\b(dark|darker|pale|paler|bright|brighter|lighter)\b", re.IGNORECASE)
    found = {path: lightness.findall(text) for path, text in _told().items()}
    assert {path: words for path, words in found.items() if words} == {}


def test_every_map_takes_its_colours_from_the_house():
    found = {
        path: re.findall(r"cmap\s*=|get_cmap|colormaps", text) for path, text in _told().items()
    }
    assert {path: words for path, words in found.items() if words} == {}
