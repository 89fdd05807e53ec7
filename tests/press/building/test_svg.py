"""Shortened paths against what fontTools' own reader of SVG paths makes of the long ones."""

import io
from itertools import pairwise

import numpy as np
import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from hypothesis import example, given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from trainingtips.press.building import svg

ROUNDED = 0.05 + 1e-6


def read(data):
    """[(command, places (k, 2))] of path data, as another program reads it.

    It adds a line before it closes a path whose end is its start but for the last digit.
    """
    pen = RecordingPen()
    parse_path(data, pen)
    read = [(name, np.array(places, float).reshape(-1, 2)) for name, places in pen.value]
    return [each for before, each in pairwise([read[0], *read]) if not is_added(before, each)]


def is_added(before, each):
    same = each[0] == "lineTo" and len(before[1])
    return same and 0 < np.abs(each[1] - before[1][-1]).max() < 1e-9


places = st.tuples(*2 * [st.floats(-900, 900).map(lambda v: round(v, 6))])
lines = st.lists(st.tuples(st.just("L"), st.tuples(places)), max_size=5)
curves = st.one_of(
    st.tuples(st.just("Q"), st.tuples(places, places)),
    st.tuples(st.just("C"), st.tuples(places, places, places)),
    st.tuples(st.just("L"), st.tuples(places)),
)
# with a curve, nothing is taken out: command by command the same
parts = st.tuples(places, st.lists(curves, min_size=1, max_size=9), st.booleans())


def written(parts):
    """Path data as matplotlib writes it."""
    words = []
    for start, steps, closed in parts:
        words.append("M {} {}".format(*start))
        words += [" ".join([name, *(f"{v}" for p in ends for v in p)]) for name, ends in steps]
        words += ["z"] if closed else []
    return " \n".join(words)


def is_still(name, before, ends):
    return name == "lineTo" and (np.abs(ends - before) <= 2 * ROUNDED).all()


@example(
    [((0.0, 1.75), [("C", ((0, 0), (0, 0), (0, 34.0))), ("Q", ((0, 0), (0, 1.75)))], True)]
)  # 34 − 32.2 is not 1.8 in binary numbers
@given(st.lists(parts, min_size=1, max_size=4).filter(lambda p: "C" in written(p)))
def test_every_place_is_where_it_was_to_half_a_tenth(parts):
    long, short = read(written(parts)), read(svg.shorten_path(written(parts)))
    short = iter(short)
    before, held = np.zeros(2), next(short)
    for name, ends in long:
        alike = held is not None and held[0] == name and held[1].shape == ends.shape
        if alike and (np.abs(held[1] - ends) <= ROUNDED).all():
            held = next(short, None)
        else:
            assert is_still(name, before, ends), "only a line to where the pen is is left out"
        before = ends[-1] if len(ends) else before
    assert held is None


def distance(points, outline):
    """The largest distance from `points` to the line through `outline`."""
    a, b = outline[:-1, None], outline[1:, None]
    along = np.clip(
        ((points - a) * (b - a)).sum(-1) / np.maximum(((b - a) ** 2).sum(-1), 1e-12), 0, 1
    )
    return np.linalg.norm(a + along[..., None] * (b - a) - points, axis=-1).min(0).max()


@given(st.lists(places, min_size=9, max_size=60))
def test_a_filled_outline_keeps_its_course(outline):
    text = written([(outline[0], [("L", (each,)) for each in outline[1:]], True)])
    found = np.concatenate([p for _, p in read(svg.shorten_path(text)) if len(p)])
    given = np.array([*outline, outline[0]])
    assert distance(given, np.concatenate([found, found[:1]])) <= svg.STRAY + 2 * ROUNDED
    assert distance(found, given) <= svg.STRAY + 2 * ROUNDED


def test_a_straight_edge_needs_its_corners_only():
    side = np.linspace(0, 40, 41)
    square = [(0, s) for s in side] + [(s, 40) for s in side[1:]] + [(40, 40 - s) for s in side[1:]]
    text = written([(square[0], [("L", (each,)) for each in square[1:]], True)])
    assert svg.shorten_path(text) == "M0 0l0 40 40 0 0-40z"


def test_an_open_line_keeps_every_peak():
    points = [(x / 2, (x % 2) * 0.2) for x in range(40)]
    text = written([(points[0], [("L", (each,)) for each in points[1:]], False)])
    assert len(read(svg.shorten_path(text))) == len(read(text))


def test_a_picture_keeps_all_but_its_metadata():
    figure, buffer = Figure(), io.BytesIO()
    figure.subplots().plot([1, 3, 2], label="a < b & c")
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    data = buffer.getvalue()
    short = svg.shorten(data)
    assert len(short) < 0.8 * len(data)
    assert b"<metadata" in data and b"<metadata" not in short
    for mark in (b"<path", b"<use", b"clip-path=", b"<style", b"</svg>"):
        assert short.count(mark) == data.count(mark), mark


@pytest.mark.parametrize("text", ["M 1 1 L 2 2 z L 3 1", "M 1 1 L 2 2 z M 5 5 L 3 1"])
def test_after_a_closed_part_the_pen_is_at_its_start(text):
    assert [c for c, _ in read(svg.shorten_path(text))] == [c for c, _ in read(text)]
    ends = [read(each)[-2][1] for each in (text, svg.shorten_path(text))]
    np.testing.assert_allclose(ends[0], ends[1])
