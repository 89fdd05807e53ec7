"""A compute() in parts: stopped where it asks for them, and started again once they are there.

`trainingtips.parallel.each` is answered with what is known; the first call that is not known stops
compute(), which gives its parts to the builder. They are done one by one, anywhere, and compute()
is started again with the answers: it is pure, so it comes to the same place. So nothing waits: no
worker is taken by a task that only waits for others, and one that is lost costs its own part alone.

Functions, items and values travel as pickles, which the builder passes on without opening them:
it runs no script itself.
"""

import pickle
from dataclasses import dataclass


@dataclass(frozen=True)
class Split:
    """compute() asks for these parts; each is the pickle of (function, item)."""

    parts: tuple[bytes, ...]


@dataclass(frozen=True)
class Done:
    """A part that was done: the pickle of its value, and what it took."""

    value: bytes
    seconds: float
    processor: str


class Stopped(BaseException):
    """Ends a compute() that asks for what is not known; no `except Exception` of a script's may."""

    def __init__(self, split):
        self.split = split


class Answers:
    """A backend for `parallel.done_by`: `known` holds the `Done` parts of each call so far."""

    def __init__(self, known):
        self.known = iter(known)

    def __call__(self, function, items):
        if len(items) < 2:
            return [function(item) for item in items]
        done = next(self.known, None)
        if done is None:
            raise Stopped(Split(tuple(_packed(function, item) for item in items)))
        if len(done) != len(items):
            raise RuntimeError(
                f"each() was given {len(done)} items and, started again, {len(items)}: compute() "
                f"is pure, it comes to the same place every time"
            )
        return [pickle.loads(part.value) for part in done]


def _packed(function, item):
    try:
        return pickle.dumps((function, item))
    except Exception as error:
        raise TypeError(
            f"each() sends its items to other processes, and {item!r} cannot be sent: {error}"
        ) from None
