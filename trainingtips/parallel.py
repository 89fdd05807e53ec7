"""Experiments of many parts that do not touch one another: one verb, and who does the parts.

A long `compute()` calls `each` where a loop would do. By itself it *is* that loop. Whoever builds
figures may have the parts done elsewhere, in other processes or on a cluster, with `done_by`; a
part is a pure function of its item, so its numbers are the same wherever it is done.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial


def each(function, items):
    """`[function(item) for item in items]`, whose parts may be done elsewhere and at once.

    `function` is defined at the top level of a module, or a `functools.partial` of such a one, so
    that another process finds it by its name. Raises TypeError for any other.

    >>> each(abs, [-2, 1])
    [2, 1]
    >>> each(lambda x: x, [1])
    Traceback (most recent call last):
    ...
    TypeError: each() takes a function from the top level of a module; received <lambda>
    """
    named = function.func if isinstance(function, partial) else function
    name = getattr(named, "__qualname__", type(named).__name__)
    if not callable(named) or "<" in name:
        raise TypeError(f"each() takes a function from the top level of a module; received {name}")
    return _backend.get()(function, list(items))


def in_turn(function, items):
    """The parts one after another, in this process."""
    return [function(item) for item in items]


_backend = ContextVar("backend", default=in_turn)


@contextmanager
def done_by(backend):
    """Within this block `each(function, items)` returns `backend(function, items)`.

    >>> with done_by(lambda function, items: [function(item) + 1 for item in items]):
    ...     each(abs, [-2, 1])
    [3, 2]
    """
    token = _backend.set(backend)
    try:
        yield
    finally:
        _backend.reset(token)
