"""What may differ between what is kept and what is computed again."""

import pytest

from trainingtips.press.checking import compare

MEASURED = {"mean": 2.0, "low": 1.5, "high": 2.5, "n": 32}
ELSEWHERE = compare.Rule(other=("processor",))
CHAOTIC = compare.Rule(other=("processor",), chaos="small errors grow")


@pytest.mark.parametrize(
    ("kept", "new"),
    [
        (4, 5),
        (4, 4.0),
        (True, 1),
        ("a", "b"),
        (1.0, 1.002),
        (0.0, 1e-6),
        ([1.0, 2.0], [1.0]),
        ([1.0, 2.0], [[1.0, 2.0]]),
        ([1.0, 2.0], 1.0),
        ([1, 2], [1, 3]),
        ([100.0, 1.0], [100.0, 1.002]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, [1]),
        (["a", [1]], ["a", [2]]),
        (MEASURED, MEASURED | {"mean": 2.6, "high": 3.0}),
        (MEASURED, MEASURED | {"n": 31}),
        (MEASURED, 2.0),
        (2.0, MEASURED),
        (MEASURED | {"low": 2.0, "high": 2.0}, MEASURED | {"mean": 2.003}),
    ],
)
def test_never_allowed(kept, new):
    for rule in (compare.Rule(), ELSEWHERE):
        assert len(compare.differences({"x": kept}, {"x": new}, rule)) == 1
        assert compare.differences({"x": kept}, {"x": kept}, rule) == []


@pytest.mark.parametrize(
    ("kept", "new"),
    [
        (1.0, 1.0009),
        (-1.0, -0.9991),
        (3.2e-16, 5.6e-17),
        ([1000.0, 0.0], [1000.0, 1e-4]),
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.001, 4.0]]),
        (MEASURED, MEASURED | {"mean": 2.4, "low": 2.2, "high": 2.9}),
        (MEASURED | {"low": 2.0, "high": 2.0}, MEASURED | {"mean": 2.001}),
    ],
)
def test_allowed_on_another_processor_alone(kept, new):
    assert compare.differences({"x": kept}, {"x": new}, ELSEWHERE) == []
    assert len(compare.differences({"x": kept}, {"x": new}, compare.Rule())) == 1


def test_an_array_is_told_by_its_farthest_entry():
    kept = {"y": [[1.0, 2.0], [3.0, 4.0]]}
    new = {"y": [[1.5, 2.0], [3.0, 9.0]]}
    (found,) = compare.differences(kept, new, compare.Rule())
    assert (found.path, found.kept, found.new) == ("y[1][1]", "4.0", "9.0")
    assert (found.count, found.size) == (2, 4)
    assert found.allowed == "exact"
    (found,) = compare.differences({"y": [0.0, 1000.0]}, {"y": [1.0, 1000.0]}, ELSEWHERE)
    assert found.allowed == "± 0.001", "a millionth of the largest, not a thousandth of 0"


def test_chaos_compares_measured_values_however_deep_and_no_others():
    kept = {"n": 4, "runs": [{"rate": MEASURED, "y": [1.0]}, MEASURED]}
    inside = MEASURED | {"mean": 2.7, "low": 2.4, "high": 3.0}  # outside, but the two overlap
    new = {"n": 5, "runs": [{"rate": inside, "y": "gone"}, inside], "more": 1}
    assert compare.differences(kept, new, CHAOTIC) == []
    new["runs"][1] = MEASURED | {"mean": 9.0, "low": 8.5, "high": 9.5}
    del new["runs"][0]["rate"]
    found = [str(each) for each in compare.differences(kept, new, CHAOTIC)]
    assert [each.partition(":")[0] for each in found] == ["runs[0].rate", "runs[1]"]
    assert "new nothing" in found[0]
    assert "9.0 (8.5 … 9.5, n = 32), allowed 1.5 … 2.5" in found[1]
