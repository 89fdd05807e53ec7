"""The record of what watching costs trains the same networks, watched and not."""

import pytest

from trainingtips import checkup
from trainingtips.experiments import watched


def test_each_pair_is_one_training_watched_and_one_that_is_not(monkeypatch):
    seen, watch = [], checkup.watch

    def counted(*arguments):
        seen.append(arguments)
        return watch(*arguments)

    monkeypatch.setattr(checkup, "watch", counted)
    times = iter(range(0, 1000))
    monkeypatch.setattr(watched.time, "process_time", lambda: next(times) ** 2)
    middle, low, high = watched.ratio(8, 2, 4)
    assert len(seen) == 1 + 4  # one to warm up
    assert low <= middle <= high and low < high


def test_memory_is_told_in_sizes_of_the_weights(monkeypatch):
    peaks = iter([1000, 1000 + 3 * 4 * 746])
    monkeypatch.setattr(watched, "peak_bytes", lambda function: next(peaks))
    share, weights = watched.memory(8)
    assert weights == 64 * 8 + 8 + 8 * 8 + 8 + 8 * 10 + 10 == 682
    assert share == pytest.approx(3 * 746 / 682)
