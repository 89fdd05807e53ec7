"""Kept intervals against fresh draws: records with known answers, and one that is simulated."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from trainingtips.experiments import repetition

DRAWS = range(1, 5)


def entry(outside=None, digests=None, absent=None):
    digests = digests or {str(draw): f"of {draw}" for draw in DRAWS}
    return {"digests": digests, "outside": outside or {}, "absent": absent or {}}


def record(tmp_path, claims):
    path = tmp_path / "redraws.json"
    path.write_text(json.dumps({"format": 1, "claims": claims}))
    return path


def test_what_is_compared_and_what_held(tmp_path):
    claims = {
        "a/one": entry({"x": [1, 3], "y": []}),  # 8 comparisons, 6 held
        "a/two": entry({"x": [2], "y": [1]}, absent={"y": [3, 4]}),  # 6, of which 4
        "b/none": entry(),
        "b/theorem": entry({"x": []}, digests=dict.fromkeys("1234", "same")),
        "b/once": entry({"x": []}, digests={"7": "of 7"}),
    }
    found = repetition.counts(record(tmp_path, claims))
    assert found == {"a/one": (6, 8), "a/two": (4, 6)}
    assert repetition.shares(found) == {"a/one": 6 / 8, "a/two": 4 / 6}


def test_draws_are_taken_in_their_order_as_numbers(tmp_path):
    digests = {"10": "b", "9": "a", "11": "a"}
    same_first = {"10": "a", "9": "a", "11": "b"}
    claims = {"a/x": entry({"x": [9]}, digests), "a/y": entry({"x": [9]}, same_first)}
    assert list(repetition.counts(record(tmp_path, claims))) == ["a/x"]


def test_each_claim_counts_once_and_each_comparison_once():
    found = {"a/x": (90, 100), "a/y": (1, 2), "b/z": (5, 10)}
    mean, pooled = repetition.mean_share(found), repetition.pooled_share(found)
    assert mean.mean == pytest.approx((0.9 + 0.5 + 0.5) / 3) and mean.n == 3
    assert pooled.mean == pytest.approx(96 / 112)
    assert mean.low >= 0 and mean.high <= 1
    assert list(repetition.by_section(found)) == ["a"], "one claim has no interval"


def test_the_share_of_an_equal_repetition():
    assert repetition.same_size() == pytest.approx(0.8342237, abs=1e-6)
    rng = np.random.default_rng(3)
    kept, new = rng.normal(size=(2, 40_000, 32))
    half = stats.sem(kept, axis=1) * stats.t.ppf(0.975, 31)
    inside = np.abs(new.mean(1) - kept.mean(1)) < half
    assert inside.mean() == pytest.approx(repetition.same_size(), abs=0.01)


@pytest.mark.parametrize(("n", "left_out"), [(8, 0.0), (8, 1.0), (32, 2.0)])
def test_the_share_of_few_samples_and_of_chance_left_out(n, left_out):
    rng, count = np.random.default_rng(5), 60_000
    kept, new = rng.normal(size=(2, count, n))
    moved = left_out / np.sqrt(n) * rng.normal(size=(2, count))
    half = stats.sem(kept, axis=1) * stats.t.ppf(0.975, n - 1)
    inside = np.abs(new.mean(1) + moved[1] - kept.mean(1) - moved[0]) < half
    assert inside.mean() == pytest.approx(repetition.same_size(n=n, left_out=left_out), abs=0.008)


def test_the_claims_on_one_split_are_claims_of_the_site():
    from figures.how_we_know import intervals
    from trainingtips.press.kept import scripts

    names = scripts.find_names(Path(__file__).parents[2])
    assert set(intervals.ONE_SPLIT) <= set(names)


@pytest.mark.parametrize("between", [0.0, 1.0])
def test_claims_whose_splits_move_hold_less(tmp_path, between):
    """36 claims of 5 intervals that share their runs, 20 draws: means of 16 runs of one split."""
    rng, claims = np.random.default_rng(7), {}
    for k in range(36):
        runs = rng.normal(size=(21, 16)) + between * rng.normal(size=(21, 1))
        half = stats.sem(runs[0]) * stats.t.ppf(0.975, 15)
        outside = [d for d in range(1, 21) if abs(runs[d].mean() - runs[0].mean()) > half]
        digests = {str(draw): str(draw) for draw in range(1, 21)}
        claims[f"a/c{k}"] = entry({f"x{i}": outside for i in range(5)}, digests)
    mean = repetition.mean_share(repetition.counts(record(tmp_path, claims)))
    if between:
        expected = 2 * stats.norm.cdf(1.96 / np.sqrt(2 * (1 + 16))) - 1
        assert mean.high < repetition.same_size() and mean.low < expected < mean.high
    else:
        assert mean.low < repetition.same_size() < mean.high
