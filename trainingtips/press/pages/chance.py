"""The numbers that a lab's JavaScript draws (docs/labs/chance.js), for its still picture.

What print shows, and a browser without JavaScript, is then what moves: one draw in two languages.
"""

import numpy as np

_STEP, _WORD = 0x6D2B79F5, 0xFFFFFFFF


def uniform(seed, count):
    """The first `count` numbers of mulberry32 (Tommy Ettinger, 2017), float64 in [0, 1), (count,).

    Its state is a counter, so that all are computed at once.

    >>> uniform(7, 3).round(3).tolist()
    [0.012, 0.062, 0.977]
    """
    state = (np.uint64(seed) + np.uint64(_STEP) * np.arange(1, count + 1, dtype=np.uint64)) & _WORD
    mixed = (state ^ state >> 15) * (state | 1) & _WORD
    mixed ^= (mixed + ((mixed ^ mixed >> 7) * (mixed | 61) & _WORD)) & _WORD
    return (mixed ^ mixed >> 14) / 2.0**32


def normal(uniforms):
    """Standard normal numbers of pairs of `uniforms`, (2k,) → (k,), by Box and Muller.

    >>> normal(np.array([0.0, 0.3, 0.5, 0.0])).round(3).tolist()
    [0.0, 1.177]
    """
    first, second = np.reshape(uniforms, (-1, 2)).T
    return np.sqrt(-2 * np.log(1 - first)) * np.cos(2 * np.pi * second)
