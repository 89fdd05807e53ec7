"""The home page's curves are those of the kept result; the repository's link is only an address."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from trainingtips.press.base.errors import UserError
from trainingtips.press.kept import results
from trainingtips.press.pages import front

ROOT = Path(__file__).parents[3]
CURVES = results.kept(ROOT, front.FIGURE).result["curves"]


def points(path):
    return np.array([pair.split() for pair in re.split("[ML]", path)[1:]], dtype=float)


@pytest.mark.parametrize("name", CURVES)
def test_a_curve_is_the_results_own(name):
    drawing = ET.fromstring(front.curve(ROOT, name))
    parts = {each.get("class"): each.get("d") for each in drawing}
    train = CURVES[name]["train"]
    x, y = points(parts["train"]).T
    assert len(x) == len(train) and (np.diff(x) > 0).all()
    falls = (y[0] - y) * (train[0] - train)  # a lower loss is lower down: y grows downwards
    assert (falls <= 0.05).all()
    assert ("gone" in parts) == (name == "nan"), "only what is not finite ends with a cross"
    assert ("second" in parts) == (name in front.SECOND)
    guess = float(re.fullmatch(r"M0 ([\d.]+)H120", parts["guess"])[1])
    lowest = points(parts["train"])[np.argmin(abs(train - 1))][1]
    assert abs(lowest - guess) < 2 + 25 * abs(train - 1).min(), "the guess lies where the loss is 1"


def test_the_seconds_end_where_the_first_do():
    parts = {e.get("class"): e.get("d") for e in ET.fromstring(front.curve(ROOT, "modes"))}
    first, second = points(parts["train"]), points(parts["second"])
    assert abs(first[-1, 0] - second[-1, 0]) < front.WIDTH / 16
    assert second[-1, 1] < first[-1, 1], "eval mode lies above train mode"


def test_an_unknown_curve_is_told():
    with pytest.raises(UserError, match="there is healthy, start"):
        front.curve(ROOT, "wiggly")


CLUMSY = {
    "no curves": {"x": 1},
    "a list of curves": {"curves": [1, 2]},
    "a number for a curve": {"curves": {"validation": 3}},
    "no losses": {"curves": {"validation": {"train": []}}},
    "no second losses": {"curves": {"validation": {"train": [1, 2]}}},
    "losses of losses": {"curves": {"validation": {"train": [[1], [2]], "validation": [1]}}},
    "words": {"curves": {"validation": {"train": ["<b>"], "validation": "x"}}},
}


@pytest.mark.parametrize("kind", CLUMSY)
def test_a_result_without_the_curve_is_told(tmp_path, kind):
    path = tmp_path / f"results/{front.FIGURE}.json"
    path.parent.mkdir(parents=True)
    kept = results.Kept("k", "holds", 1.0, {}, CLUMSY[kind], front.FIGURE)
    path.write_text(kept.text())
    with pytest.raises(UserError, match=rf"^results/{front.FIGURE}\.json: .*curve"):
        front.curve(tmp_path, "validation")


@pytest.mark.parametrize("name", [None, 3, ["nan"], {}, "n" * 9999, "\x1b[2J"])
def test_a_name_that_is_none_is_told(name):
    with pytest.raises(UserError, match=r"^curve\(.*\): there is ") as told:
        front.curve(ROOT, name)
    assert len(str(told.value)) < 400 and "\x1b" not in str(told.value)


def test_it_says_from_where_the_package_is_installed():
    known = front.install("https://github.com/a/b")
    assert known.startswith("`pip install git+https://github.com/a/b` ")
    assert "In a clone" in front.install("") == front.install(None)
    with pytest.raises(UserError, match="expected an address such as"):
        front.install("https://a.org/`x`")


def test_the_repository_is_linked_where_it_is_known():
    assert front.repository("") == front.repository(None) == ""
    assert "](https://example.org/a_b)." in front.repository("https://example.org/a_b")
    hostile = front.repository("https://example.org/a](javascript:b)")
    assert hostile.count("](") == 1 and hostile.count(")") == 1
