"""Verbs for counter-results: a measured value as it could have come out instead.

They keep the width of an interval, or say which value it now holds, so that what is made up looks
like what is measured. Importing this module imports nothing.
"""

from dataclasses import replace


def moved(measured, mean):
    """`measured` around another mean, with ends as far from it as before.

    >>> from trainingtips.statistics import Measured
    >>> moved(Measured(2.0, 1.5, 3.0, 32), 0.0)
    Measured(mean=0.0, low=-0.5, high=1.0, n=32)
    """
    step = mean - measured.mean
    low, high = min(measured.low + step, mean), max(measured.high + step, mean)  # by rounding
    return replace(measured, mean=mean, low=low, high=high)


def scaled(measured, factor):
    """`measured` times a positive factor, its interval too.

    >>> from trainingtips.statistics import Measured
    >>> scaled(Measured(2.0, 1.5, 3.0, 32), 0.5)
    Measured(mean=1.0, low=0.75, high=1.5, n=32)
    """
    mean, low, high = (factor * each for each in (measured.mean, measured.low, measured.high))
    return replace(measured, mean=mean, low=low, high=high)


def widened(measured, value):
    """`measured` with an interval that reaches to `value`: the same mean, and less certain.

    >>> from trainingtips.statistics import Measured
    >>> widened(Measured(2.0, 1.5, 3.0, 32), 1.0)
    Measured(mean=2.0, low=1.0, high=3.0, n=32)
    """
    low, high = min(measured.low, value), max(measured.high, value)
    return replace(measured, low=low, high=high)
