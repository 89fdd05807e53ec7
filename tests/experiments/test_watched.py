"""Trainings in turns: who computes twice as much needs twice the time, whatever waits."""

import os
import time

import numpy as np
import pytest
import torch

from trainingtips.experiments import watched


def burning(times, order, name):
    """Burns so many hundredths of a second of the processor at each of four stops."""
    yield
    for _ in range(4):
        order.append(name)
        end = time.thread_time() + times / 100
        while time.thread_time() < end:
            pass
        yield


def test_in_turns_each_has_the_time_that_it_used_itself():
    order = []
    one, two = watched.in_turns([burning(1, order, "a"), burning(2, order, "b")])
    assert order == ["a", "b"] * 4
    assert np.allclose(one, [0.01, 0.02, 0.03, 0.04], rtol=0.3)
    assert np.allclose(two / one, 2, rtol=0.3)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="threads choose by themselves")
def test_all_of_a_round_stay_on_one_processor_and_the_caller_does_not():
    own, seen = os.sched_getaffinity(0), []

    def placed():
        yield
        seen.append(os.sched_getaffinity(0))
        yield

    for turn in range(len(own) + 1):
        watched.in_turns([placed(), placed()], turn)
    pairs = [set.union(*pair) for pair in zip(seen[::2], seen[1::2], strict=True)]
    assert pairs == [{p} for p in [*sorted(own), min(own)]]
    assert os.sched_getaffinity(0) == own


def test_one_that_ends_early_or_fails_leaves_the_turns_to_the_others():
    def short():
        yield
        yield

    def failing():
        yield
        raise KeyError("within")

    order = []
    with pytest.raises(KeyError, match="within"):
        watched.in_turns([short(), burning(0, order, "a"), failing(), burning(0, order, "b")])
    assert order == ["a", "b"] * 4


def test_only_the_thread_of_the_watched_training_is_watched():
    seen = []

    def looking():
        yield
        model = torch.nn.Linear(2, 1)
        with watched.watching.watch(model, torch.optim.SGD(model.parameters())) as found:
            yield
            model(torch.ones(1, 2)).sum().backward()
            yield
        seen.append(found.backwards)

    def unseen():
        yield
        for _ in range(3):
            torch.ones(2, requires_grad=True).sum().backward()
            yield

    watched.in_turns([looking(), unseen()])
    assert seen == [1]


def test_ratios_have_a_row_for_each_round_and_the_network_has_its_weights():
    threads = torch.get_num_threads()
    found = watched.ratios(4, (2, 5), rounds=6)
    assert torch.get_num_threads() == threads
    assert found["watched"].shape == found["control"].shape == (6, 2)
    assert (found["watched"] > 0).all()
    (short, long) = watched.medians(found["watched"])
    assert short.low <= short.mean <= short.high and long.n == 6
    assert watched.weights(4) == 64 * 4 + 4 + 16 + 4 + 40 + 10
    assert set(watched.ratios(4, (2,), rounds=1, control=False)) == {"watched"}


def test_memory_that_a_watcher_holds_is_seen(monkeypatch):
    """A watcher that holds 20 MiB more is told by so much."""
    plain = watched.watching.watch
    held = []

    def hoarding(model, optimizer):
        held.append(torch.ones(5 * 2**20))
        return plain(model, optimizer)

    before = watched.added(4, 3)
    monkeypatch.setattr(watched.watching, "watch", hoarding)
    assert watched.added(4, 3) - before == pytest.approx(20 * 2**20, rel=0.2)
