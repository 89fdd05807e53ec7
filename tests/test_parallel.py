"""`parallel.each`: a loop by itself, and what whoever does the parts elsewhere can rely on."""

from functools import partial

import pytest

from trainingtips import parallel


def shift(by, item):
    return item + by


def test_it_is_a_loop_over_any_items_in_order():
    assert parallel.each(partial(shift, 10), {3: "a", 1: "b"}) == [13, 11]
    assert parallel.each(len, (text for text in ("", "ab"))) == [0, 2]
    assert parallel.each(len, []) == []


@pytest.mark.parametrize("function", [lambda x: x, partial(lambda a, b: a, 1), 3])
def test_what_no_other_process_finds_is_refused_here_already(function):
    with pytest.raises(TypeError, match="top level of a module"):
        parallel.each(function, [1, 2])


def test_a_backend_is_asked_within_its_block_alone_also_after_an_error():
    asked = []

    def backend(function, items):
        asked.append((function, items))
        return ["answer"]

    with pytest.raises(ZeroDivisionError), parallel.done_by(backend):
        assert parallel.each(abs, range(2)) == ["answer"]
        raise ZeroDivisionError
    assert asked == [(abs, [0, 1])]
    assert parallel.each(abs, [-1]) == [1]
