"""What may differ between what is kept and what is computed again."""

import numpy as np
import pytest
from scipy import stats

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
    assert "9.0 (8.5 … 9.5, n = 32), allowed 1.36" in found[1]


def test_what_is_illustration_is_compared_on_the_same_processor_alone():
    rule = compare.Rule(("processor",), illustration=("path", "run.losses"))
    kept = {"path": [1.0, 2.0], "run": {"losses": [1.0], "mean": MEASURED}, "n": 4}
    new = {"path": [9.0], "run": {"losses": [7.0, 8.0], "mean": MEASURED}, "n": 4}
    assert compare.differences(kept, new, rule) == []
    assert len(compare.differences(kept, new, compare.Rule(illustration=rule.illustration))) == 2
    assert compare.compared(kept, rule) == 2, "the mean and n"
    new["run"]["mean"], new["n"] = MEASURED | {"mean": 3.0, "high": 3.5}, 5
    found = [each.path for each in compare.differences(kept, new, rule)]
    assert found == ["run.mean", "n"]


@pytest.mark.parametrize(("many", "samples"), [(1, 32), (40, 32), (40, 8)])
def test_fresh_draws_of_chance_rarely_differ_and_a_shift_does(many, samples):
    """The whole result is refused once in a thousand times, however many values it has."""
    rng = np.random.default_rng(many + samples)

    def drawn(shift=0.0):
        rows = rng.normal(size=(many, samples)) + shift
        mean = rows.mean(1)
        half = stats.t.ppf(0.975, samples - 1) * stats.sem(rows, axis=1)
        ends = zip(mean.tolist(), (mean - half).tolist(), (mean + half).tolist(), strict=True)
        return {"v": [{"mean": m, "low": a, "high": b, "n": samples} for m, a, b in ends]}

    def refused(shift):
        pairs = (compare.differences(drawn(), drawn(shift), CHAOTIC) for _ in range(250))
        return sum(map(bool, pairs))

    assert refused(0.0) <= 3, "by chance 0.25 are"
    assert refused(10 / samples**0.5) > 225, "ten standard errors"
