"""Parts of the press on their own: values, files, workers, numbers, prose, formulas."""

import os
import signal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from trainingtips.press import api, files, mathematics, numbers, prose, results, workers
from trainingtips.statistics import Measured

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]))  # what a person can read


@settings(deadline=None, derandomize=True)
@given(st.dictionaries(TEXT, st.lists(FINITE) | FINITE | st.booleans() | TEXT))
def test_values_come_back_at_six_digits(value):
    once = results.encode(value)
    assert results.encode(results.decode(once)) == once
    for name, each in value.items():
        if isinstance(each, float):
            assert once[name] == pytest.approx(each, rel=1e-5, abs=1e-300)


def test_kinds_of_values():
    measured = Measured(1.0, 0.5, 1.5, 8)
    value = {"a": np.arange(6).reshape(2, 3), "m": [measured], "t": torch.ones(2), "z": -0.0}
    back = results.decode(results.encode(value))
    np.testing.assert_array_equal(back["a"], value["a"])
    assert back["m"] == [measured]
    assert isinstance(back["t"], np.ndarray)
    assert str(back["z"]) == "0.0"


def test_a_kept_result_is_read_as_it_was_written(tmp_path):
    plain = results.encode({"grid": np.random.default_rng(0).normal(size=(3, 40)), "word": "é"})
    kept = results.Kept("key", "holds", 0.5, {"python": "3"}, plain)
    path = tmp_path / "results" / "demo" / "a.json"
    files.replace(path, kept.text().encode())
    assert results.read(path) == kept
    assert max(map(len, kept.text().splitlines())) <= 110


def test_a_failed_write_leaves_what_stood_there(tmp_path, monkeypatch):
    path = tmp_path / "x"
    files.replace(path, b"old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        files.replace(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def _die_once(flag):
    if not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def test_a_killed_worker_costs_a_retry(tmp_path):
    with workers.Pool(1) as pool:
        pool.submit("a", _die_once, tmp_path / "flag")
        outcomes = []
        while not outcomes:
            outcomes += pool.finished(timeout=10)
    assert outcomes == [("a", "done")]


def test_a_worker_killed_every_time_is_told():
    with workers.Pool(1) as pool:
        pool.submit("a", os.kill, 0, 0)  # harmless: signal 0
        pool.submit("b", os._exit, 7)
        outcomes = {}
        while len(outcomes) < 2:
            outcomes |= dict(pool.finished(timeout=10))
    assert outcomes["a"] is None
    assert "ended with status 7 2 times" in str(outcomes["b"])


@pytest.fixture
def project_root(tmp_path):
    text = '"""It holds."""\nALT = "x"\n\n\ndef compute():\n    return {}\n\n\n'
    text += "def claim(result):\n    pass\n\n\ndef draw(result, figure):\n    pass\n"
    files.replace(tmp_path / "figures/demo/a.py", text.encode())
    plain = results.encode(
        {"m": Measured(0.9731, 0.97, 0.98, 32), "v": [1.0, 2.5], "small": 1.23456e-8, "n": 12345}
    )
    kept = results.Kept("k", "holds", 1, {}, plain)
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


def test_an_interval_needs_one(project_root):
    with pytest.raises(numbers.NumberError, match="no interval"):
        numbers.interval(numbers.number(project_root, "demo/a", "n"))


@pytest.mark.parametrize(
    "text",
    [
        "It takes $0.5$ s.",
        "`0.5`",
        '{{ number("a", "b") | percent(1) }} and 3 updates',
        "```\n0.5\n```",
        "Published: 98.0 % [^keskar].",
        "See [arXiv 1609.04836](https://arxiv.org/abs/1609.04836).",
        "Python 3.11 and section 2.",
        "---\ntitle: 0.5\n---\ntext",
    ],
)
def test_prose_that_is_fine(text):
    assert prose.typed_numbers(text) == []


def test_typed_numbers_are_found_with_their_lines():
    text = "# T\n\n`x`\n\nIt reaches 97.3 %\nafter 0.25 s [^a].\n\nAnd 12% or 3.5."
    assert prose.typed_numbers(text) == [(8, "12%"), (8, "3.5")]


def test_formulas_have_html_and_mathml():
    page = (
        r'<p><span class="arithmatex">\(a &lt; b\)</span></p><div class="arithmatex">\[x^2\]</div>'
    )
    shown = mathematics.render_page(page, "p.md")
    assert shown.count("<math") == 2
    assert r"\(" not in shown
    with pytest.raises(mathematics.FormulaError, match=r"p.md: formula .*frac"):
        mathematics.render_page(r'<span class="arithmatex">\(\frac{1\)</span>', "p.md")


def test_examples_in_docstrings_are_fenced_for_the_api_page():
    text = "Adds.\n\n>>> 1 + 1\n2\n\nRaises nothing."
    assert api.fenced(text) == "Adds.\n\n```pycon\n>>> 1 + 1\n2\n```\n\nRaises nothing."
    assert api.fenced("No example.") == "No example."
