"""Values come back as they were kept."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from trainingtips.press.base import files
from trainingtips.press.kept import results
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
    kept = results.Kept("key", "holds", 0.5, {"python": "3"}, plain, "demo/a")
    path = tmp_path / "results" / "demo" / "a.json"
    files.replace(path, kept.text().encode())
    assert results.read(path) == kept
    assert max(map(len, kept.text().splitlines())) <= 110
