"""Answers that stay, while a site is made: its pages ask for the same a hundred times.

Between `hold` and `release` nothing that they are made from may change; the builder sees to that.
Elsewhere a function that is `held` is asked each time.
"""

import functools

_answers = {"held": None}


def hold():
    """From now on each answer is the first one."""
    _answers["held"] = {}


def release():
    """From now on each question is asked anew."""
    _answers["held"] = None


def held(function):
    """`function`, whose arguments can be hashed; an error is no answer, and comes each time."""

    @functools.wraps(function)
    def wrapper(*arguments):
        known = _answers["held"]
        if known is None:
            return function(*arguments)
        asked = (function, *map(str, arguments))
        if asked not in known:
            known[asked] = function(*arguments)
        return known[asked]

    return wrapper
