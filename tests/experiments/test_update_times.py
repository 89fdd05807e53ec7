"""Times of updates: a record of a tiny network, and made-up times."""

import torch

from trainingtips.experiments import update_times


def test_a_record_has_a_row_for_each_batch():
    threads = torch.get_num_threads()
    try:
        found = update_times.record("cpu", 1, (1, 64), features=4, hidden=(8,))
    finally:
        torch.set_num_threads(threads)
    assert (found["low"] <= found["median"]).all() and (found["median"] <= found["high"]).all()
    assert found["median"].shape == (2,) and (found["runs"] >= 3).all()
    assert found["double_to"] in (1, 64) and found["device"] == "cpu"


def test_the_flat_stretch_ends_before_the_first_slow_batch():
    batches, times = (1, 10, 100, 1000), (2.0, 2.1, 5.0, 3.0)
    assert update_times.within(batches, times, 1.2) == 10
    assert update_times.within(batches, times, 3) == 1000
    assert update_times.within(batches, (1.0, 9.0, 9.0, 9.0), 2) == 1


def test_growth_is_the_exponent_of_the_last_decade():
    batches = (1, 10, 100, 500, 1000)
    times = [9.0, 9.0, *(b**1.5 for b in batches[2:])]
    assert abs(update_times.growth(batches, times) - 1.5) < 1e-9
