"""Numbers in the prose."""

import pytest

from trainingtips.press.base import files
from trainingtips.press.content import numbers
from trainingtips.press.kept import results
from trainingtips.statistics import Measured


@pytest.fixture
def project_root(tmp_path):
    text = '"""It holds."""\nALT = "x"\n\n\ndef compute():\n    return {}\n\n\n'
    text += "def claim(result):\n    assert result\n\n\ndef draw(result, figure):\n    pass\n"
    files.replace(tmp_path / "figures/demo/a.py", text.encode())
    plain = results.encode(
        {
            "m": Measured(0.9731, 0.97, 0.98, 32),
            "v": [1.0, 2.5],
            "small": 1.23456e-8,
            "n": 12345,
            "test_gaps": [Measured(0.0127, 0.0106, 0.0147, 32), Measured(-0.02, -0.03, 0.01, 32)],
            "left": Measured(-0.0016, -0.0034, 0.0006, 32),
        }
    )
    kept = results.Kept("k", "holds", 1, {}, plain, "demo/a")
    files.replace(tmp_path / "results/demo/a.json", kept.text().encode())
    return tmp_path


def test_numbers_and_filters(project_root):
    def text(path, form=lambda each: each):
        shown = str(form(numbers.number(project_root, "demo/a", path)))
        assert "demo/a: " + path in shown
        return shown.partition(">")[2].partition("<")[0].replace("\N{NARROW NO-BREAK SPACE}", " ")

    assert text("m") == "0.973"
    assert text("m", numbers.percent) == "97.3 %"
    assert text("m", lambda n: numbers.interval(n, 1, share=True)) == "97.3 % (97.0 to 98.0 %)"
    assert text("v.1", lambda n: numbers.unit(n, "s")) == "2.5 s"
    assert text("small", numbers.scientific) == "1.2 × 10⁻⁸"
    assert text("n") == "12 345"
    assert text("m.low", numbers.decimals) == "0.97"


@pytest.mark.parametrize(
    ("name", "path", "words"),
    [
        ("demo/b", "m", "did you mean 'demo/a'"),
        ("demo/a", "vv", "did you mean 'v'"),
        ("demo/a", "v", r"\(2,\)"),
        ("demo/a", "v.2", "index 2 of 2"),
        ("demo/a", "m.middle", "no 'middle'"),
        ("../x", "m", "no figure"),
    ],
)
def test_a_number_that_is_not_there(project_root, name, path, words):
    with pytest.raises(Exception, match=words):
        numbers.number(project_root, name, path)


def test_a_difference_of_shares_is_told_in_points(project_root):
    def text(path, form):
        return form(numbers.number(project_root, "demo/a", path)).shown

    space = "\N{NARROW NO-BREAK SPACE}"
    assert text("test_gaps.0", lambda n: numbers.interval(n, 2, share=True)) == (
        f"1.27{space}points (1.06 to 1.47)"
    )
    assert text("test_gaps.1", lambda n: numbers.percent(n, 0)) == f"−2{space}points"
    assert text("test_gaps.0", lambda n: numbers.percent(n, points=False)) == f"1.3{space}%"
    assert text("left", lambda n: numbers.interval(n, 1, points=True)) == (
        f"−0.2{space}points (−0.3 to 0.1)"
    )
    assert text("test_gaps.0", numbers.interval) == "0.01 (0.01 to 0.01)", "no share, as it is"
    assert text("left", numbers.interval) == "0.00 (0.00 to 0.00)", "no sign before nothing"
    assert text("left", lambda n: numbers.percent(n, 0, points=True)) == f"0{space}points"


def test_a_mean_tells_on_hover_its_interval_or_what_the_brackets_are(project_root):
    def hover(path, form=lambda each: each):
        return form(numbers.number(project_root, "demo/a", path)).hover

    assert hover("m") == "0.97 to 0.98 with 95 % confidence; demo/a: m"
    assert hover("m", numbers.percent) == "97 to 98 with 95 % confidence; demo/a: m"
    assert hover("test_gaps.1", numbers.percent).startswith("−3 to 1 with")
    assert hover("m", numbers.interval) == "in brackets the 95 % interval; demo/a: m"
    assert hover("v.1") == hover("v.1", numbers.decimals) == "demo/a: v.1"


@pytest.mark.parametrize(
    "form", [numbers.percent, lambda number: numbers.interval(number, share=True)]
)
def test_a_share_below_zero_is_refused(project_root, form):
    with pytest.raises(numbers.NumberError, match=r"demo/a: left is below zero.*points=True"):
        form(numbers.number(project_root, "demo/a", "left"))


def test_an_interval_needs_one(project_root):
    with pytest.raises(numbers.NumberError, match="no interval"):
        numbers.interval(numbers.number(project_root, "demo/a", "n"))


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((), {}, "of_one(): TypeError: "),
        ((1, 2), {}, "of_one(1, 2): TypeError: "),
        (([],), {}, "of_one([]): TypeError: unhashable"),
        ((3,), {}, "of_one(3): KeyError: 3"),
        ((), {"other": 3}, "of_one(other=…): TypeError: "),
        (("a" * 9999,), {}, "of_one('aaa"),
    ],
)
def test_a_macro_that_is_asked_wrongly_is_noted(arguments, options, words):
    asked = numbers.collected_macro(lambda one: {"right": 1}[one], "of_one")
    numbers.problems.clear()
    try:
        assert str(asked(*arguments, **options)) == ""
        (told,) = numbers.problems
    finally:
        numbers.problems.clear()
    assert told.startswith(words) and len(told) < 300
    assert asked("right") == asked(one="right") == 1


@pytest.mark.parametrize("form, options", [
    (numbers.digits, {"count": 1000}), (numbers.digits, {"count": 2.5}),
    (numbers.digits, {"count": "2"}), (numbers.digits, {"count": True}),
    (numbers.decimals, {"count": -2}), (numbers.percent, {"count": 99}),
    (numbers.scientific, {"count": 0}), (numbers.interval, {"count": None}),
    (numbers.percent, {"points": "no"}),
])  # fmt: skip
def test_a_form_that_no_number_has_is_refused(form, options):
    value = numbers.Number(Measured(0.5, 0.4, 0.6, 8), "demo/a: share")
    with pytest.raises(numbers.NumberError, match="received"):
        form(value, **options)
