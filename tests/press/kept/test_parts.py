"""A compute() that is stopped for its parts and started again ends as if it had never stopped."""

import pickle
import random

import pytest

from trainingtips import parallel
from trainingtips.press.base import provenance
from trainingtips.press.kept import parts


def square(number):
    return number**2


def total():
    first = parallel.each(square, range(4))
    second = parallel.each(square, first)
    return sum(second) + sum(parallel.each(square, [7]))  # a single part is done at once


def run(compute, order=lambda parts: parts):
    """The value of `compute`, its parts done in any order; how often it was stopped."""
    known, stops = (), 0
    while True:
        try:
            with parallel.done_by(parts.Answers(known)):
                return compute(), stops
        except parts.Stopped as stopped:
            stops += 1
            numbered = order(list(enumerate(stopped.split.parts)))
            values = {}
            for number, part in numbered:
                function, item = pickle.loads(part)
                values[number] = parts.Done(pickle.dumps(function(item)), 1.0, "P")
            known = (*known, tuple(values[number] for number in sorted(values)))


@pytest.mark.parametrize("seed", range(5))
def test_in_any_order_of_its_parts(seed):
    mixed = random.Random(seed).sample
    value, stops = run(total, lambda each: mixed(each, len(each)))
    assert value == total()
    assert stops == 2, "one stop for each call with several parts"


def test_a_script_cannot_swallow_the_stop():
    def careless():
        try:
            return parallel.each(square, [1, 2])
        except Exception:
            return None

    assert run(careless) == ([1, 4], 1)


def test_an_impure_compute_is_told():
    counts = iter([2, 3])

    def impure():
        return parallel.each(square, range(next(counts)))

    with pytest.raises(RuntimeError, match="2 items and, started again, 3"):
        run(impure)


def test_an_item_that_cannot_be_sent_is_told():
    with pytest.raises(TypeError, match="cannot be sent"):
        run(lambda: parallel.each(square, [1, lambda: 2]))


def test_the_environment_names_each_processor_once():
    own = provenance.processor()
    assert provenance.environment([], [own, own])["processor"] == own
    told = provenance.environment([], ["B", own, "A", "B"])["processor"]
    assert told == f"{own} + A + B"
