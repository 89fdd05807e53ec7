"""A panel's picture: places against plain arithmetic, and words as words."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from trainingtips.press.pages import panels


def panel(**options):
    return panels.Panel("A panel.", (0, 2), (-1, 1), size=(156, 166), **options)


def tree(made, state=None):
    text = made.svg(state).replace("data-search-exclude", 'data-search-exclude=""')
    return ElementTree.fromstring(text)


def test_a_place_is_counted_from_the_upper_left_corner():
    made = panel()  # its frame has 100 by 100 pixels
    assert made.frame[2:] == (100, 100)
    places = made.at([(0, 1), (2, -1), (1, 0), (3, 2)])
    np.testing.assert_allclose(places, [(0, 0), (100, 100), (50, 50), (150, -50)])
    np.testing.assert_allclose(made.at((1, 0.5)), [(50, 25)])


@pytest.mark.parametrize("place", [(np.nan, 0), (0, np.inf)])
def test_a_place_is_finite(place):
    made = panel()
    for draw in (made.line, made.dots):
        with pytest.raises(ValueError, match="a place in a panel is finite; received"):
            draw([(0, 0), place])
    with pytest.raises(ValueError, match="finite"):
        made.text("here", place)


def test_a_level_line_lies_where_the_level_is():
    made, grid = panel(), np.linspace(-1, 1, 81)
    x = grid + 1
    made.contours(x, grid, (x - 1) ** 2 + grid[:, None] ** 2, [0.25])
    data = re.search(r'class="contours" d="M([^"]*)"', made.svg())[1]
    points = np.array([[float(n) for n in pair.split()] for pair in data.split("L")])
    radius = np.hypot(points[:, 0] - 50, points[:, 1] - 50)
    np.testing.assert_allclose(
        radius, 25, atol=0.2
    )  # half a unit, to the grid and a tenth of a pixel


def test_a_line_leaves_out_what_nobody_sees():
    made = panel()
    made.line([(0, 0), (0, 0), (1e-6, 0), (2, 0)])
    assert 'd="M0 50L100 50"' in made.svg()


def test_an_arrow_ends_where_it_points_to():
    made = panel()
    made.arrow((0, 0), (2, 0))
    head = re.findall(r'class="area" d="M([\d. ]+)L', made.svg())
    assert head == ["100 50"]
    made.arrow((1, 0), (1, 0))  # of no length
    assert "nan" not in made.svg()


def test_words_are_words():
    evil = '<b x="1">&'
    made = panel(title=evil, xlabel=evil, ylabel=evil, xticks={0: evil}, yticks={0: evil})
    made.alt = evil
    made.text(evil, (0, 0))
    found = tree(made)
    assert found.get("aria-label") == evil
    assert [each.text for each in found.iter() if each.text] == [evil] * 6
    assert not [each for each in found.iter() if each.tag.endswith("b")]


def test_ticks_stand_where_their_numbers_are():
    found = tree(panel(xticks=[0, 1, 2], yticks={-1: "low"}))
    ticks = [each for each in found.iter() if each.get("class") == "tick"]
    assert [(each.text, float(each.get("x"))) for each in ticks[:3]] == [
        ("0", 46), ("1", 96), ("2", 146),
    ]  # fmt: skip
    assert (ticks[3].text, float(ticks[3].get("y"))) == ("low", 126 + 4.5)


def test_what_belongs_to_another_choice_is_hidden():
    made = panel()
    made.dots([(1, 0)], "blue", when="kind=a")
    made.dots([(1, 0)], "green", when="kind=b", still=True)
    groups = {
        each.get("class"): each
        for each in tree(made, {"kind": "b"}).iter()
        if each.get("data-when")
    }
    assert groups["c-blue"].get("hidden") == "" and groups["c-green still"].get("hidden") is None


def test_a_colour_is_one_of_the_pages():
    with pytest.raises(ValueError, match=r"colour is one of text, muted, .*; received 'red'"):
        panel().dots([(0, 0)], "red")
