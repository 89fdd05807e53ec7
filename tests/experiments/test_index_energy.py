"""Index against loss, on points whose dependence is made."""

import numpy as np
import pytest

from trainingtips.experiments import index_energy as energy


def test_the_power_of_a_made_law_comes_back():
    loss = np.linspace(0, 1, 60)
    assert energy.power(loss, 0.3 * np.maximum(loss - 0.25, 0) ** 1.5) == pytest.approx(1.5)
    assert energy.power(loss, 0.3 * np.maximum(loss - 0.25, 0)) == pytest.approx(1.0)
    c, p, a, squares = energy.best(loss, 0.3 * np.maximum(loss - 0.25, 0) ** 1.5, np.array([1.5]))
    assert (p, squares) == (1.5, pytest.approx(0, abs=1e-4))
    assert (c, a) == (pytest.approx(0.25, abs=0.02), pytest.approx(0.3, abs=0.02))


def test_rank_is_the_order_alone():
    x = np.arange(1.0, 9)
    assert energy.rank(x, np.exp(x)) == pytest.approx(1)
    assert energy.rank(x, -(x**3)) == pytest.approx(-1)


def test_repeated_points_and_those_that_stalled_do_not_count():
    loss = np.array([1.0, 1.0, 1.0, 2.0, 2.0])
    largest = np.array([5.0, 5.0, 6.0, 5.0, 5.0])
    converged = np.array([True, True, True, False, True])
    found = energy.first_of_each(loss, largest, converged)
    assert found.tolist() == [True, False, True, False, True]


def test_by_split_resamples_the_points_of_a_split_together():
    seed = np.repeat(np.arange(12), 5)
    value = np.repeat(np.random.default_rng(0).normal(size=12), 5)  # the same within a seed
    found = energy.by_split(lambda a, _: a.mean(), seed, value, value)
    assert found.mean == pytest.approx(value.mean())
    spread = value[::5].std() / np.sqrt(12)
    assert 2 * spread < found.high - found.low < 7 * spread


def test_the_summary_counts_by_what_became_of_the_points():
    rng = np.random.default_rng(0)
    loss, n, points = np.linspace(1, 2, 40), 100, 40
    negative = np.round(20 * (loss - 1)).astype(int)[:, None].repeat(2, 1)
    converged, residual = np.arange(points) % 4 != 0, np.where(np.arange(points) % 8 == 0, 0, 1)
    setting = {
        "kind": "squared error", "width": 4, "weights": n, "loss": loss,
        "seed": np.arange(points) % 10, "converged": converged, "residual": residual,
        "constant": np.zeros(points), "largest": rng.random(points), "negative": negative,
        "positive": n - negative, "gradient_norm": np.where(converged, 1e-8, 1e-3),
        "bare": {"loss": [1, 2], "gradient_norm": [1e-8, 1.0], "residual": [1.0, 0.0]},
    }  # fmt: skip
    found = energy.summary(setting, near=1e-6, at=1)
    assert (found["converged_count"], found["distinct_count"], found["flat_count"]) == (30, 30, 5)
    assert (found["bare_starts"], found["bare_converged"], found["bare_flat"]) == (2, 1, 1)
    assert found["rank"].mean < -0.95
    assert found["ratio_at_low"].mean > 0.98 and found["ratio_at_high"].mean < 0.82
    law = energy.powers(setting, at=1, small=0.15)
    assert law["index"].max() <= 0.15 and law["power"].mean == pytest.approx(1, abs=0.1)
    assert law["squares"] > 1 and law["fits"]["predicted"][1] == 1.5
    assert found["largest_change"] == 0


def test_the_penalty_is_taken_off_each_eigenvalue():
    """Saddles with as many eigenvalues between −c and 0 before the penalty as the loss is high."""
    saddles, rng = [], np.random.default_rng(1)
    for i in range(24):
        bare = np.concatenate([-np.full(i, 0.5e-2), np.full(2, -3.0), rng.uniform(1, 2, 98 - i)])
        saddles.append(
            {"loss": 1.0 + i, "seed": i % 8, "eigenvalues": rng.permutation(bare + 1e-2)}
        )
    found = energy.without_penalty(saddles, 1e-2, 1e-6)
    shown = [(each["eigenvalues"] > 0).mean() for each in saddles]
    assert set(shown) == {0.98}, "the penalty hides them all"
    assert found["rank"].mean == pytest.approx(-1)
    assert found["lowest"].mean == pytest.approx(np.mean([0.98 - i / 100 for i in range(6)]))
    assert found["highest"].mean == pytest.approx(np.mean([0.98 - i / 100 for i in range(18, 24)]))
    assert found["rank"].n == 8


def test_an_eigenvalue_that_is_the_penalty_alone_counts_as_zero_without_it():
    saddles = []
    for i in range(16):
        values = np.array([-1.0] * i + [1e-2 + 1e-12] * 4 + [2.0] * (20 - i))
        saddles.append({"loss": float(i), "seed": i // 2, "eigenvalues": values})
    found = energy.without_penalty(saddles, 1e-2, 1e-6)
    assert found["lowest"].mean == pytest.approx(np.mean([20 - i for i in range(4)]) / 24)


def test_points_with_a_constant_output_do_not_make_the_trend():
    n, rng = 48, np.random.default_rng(2)
    constant = np.arange(n) % 2 == 0
    loss = np.where(constant, 5 + 1e-3 * np.arange(n), 1 + rng.random(n))
    positive = np.where(constant, 50, 90 + rng.integers(0, 5, n))
    setting = {
        "loss": loss, "seed": np.arange(n) // 6, "converged": np.ones(n), "constant": constant,
        "largest": rng.random(n), "positive": positive[:, None], "weights": 100,
    }  # fmt: skip
    assert energy.rank(loss, positive) < -0.6
    found = energy.varied_rank(setting, 0)
    assert found.mean == pytest.approx(energy.rank(loss[~constant], positive[~constant]))
    assert found.high > -0.5


def test_the_mean_rank_is_over_settings_and_their_splits_together():
    n, rng = 48, np.random.default_rng(4)

    def setting(index):
        return {
            "loss": np.linspace(1, 2, n), "seed": np.arange(n) % 8, "converged": np.ones(n),
            "constant": np.zeros(n), "largest": rng.random(n), "weights": 100,
            "negative": index[:, None],
        }  # fmt: skip

    rising, falling, high = np.arange(n) // 4, 11 - np.arange(n) // 4, np.full(n, 40)
    one = energy.mean_rank([setting(rising)], 0, 0.15)
    assert one.mean > 0.99 and one.low > 0.9 and one.n == 8
    both = energy.mean_rank([setting(rising), setting(falling)], 0, 0.15)
    assert both.mean == pytest.approx(0, abs=1e-9) and both.high - both.low < 0.1
    assert energy.mean_rank([setting(rising), setting(high)], 0, 0.15).mean == one.mean


def test_by_fate_each_point_goes_where_it_belongs():
    found = {"flat": [True, False, False, False], "converged": [False, False, True, True],
             "constant": [False, False, False, True]}  # fmt: skip
    fates = energy.by_fate([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], found)
    losses = {name: places[0].tolist() for name, places in fates.items()}
    assert losses == {
        "gradient-flat": [1], "not converged": [2], "constant output": [4], "converged": [3, 4]
    }  # fmt: skip
    assert fates["converged"][1].tolist() == [0.3, 0.4]


def test_spectra_go_from_the_highest_loss_to_the_lowest_and_from_the_largest_eigenvalue():
    saddles = [{"loss": 3 - k, "eigenvalues": np.arange(k, k + 4) - 2.0} for k in (2, 0, 1)]
    found = energy.spectra(saddles, 3)
    assert [each["loss"] for each in found] == [3, 2, 1]
    assert [each["eigenvalues"].tolist() for each in found] == [
        [1, 0, -1, -2], [2, 1, 0, -1], [3, 2, 1, 0]
    ]  # fmt: skip
