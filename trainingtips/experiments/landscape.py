"""A surface over one weight: a hillside, a plateau, a small dip and a deep minimum; rolling balls.

The hillside falls from 0 to a plateau at −1, the dip is 0.1 deep, the minimum 1, then comes a wall.
"""

from itertools import islice

import numpy as np

from trainingtips import momentum

WIDTH, DIP, DEEP = 0.25, 4.5, 6.5  # the hillside's; where the two minima lie
PLACES = ("plateau", "dip", "deep")


def surface(x):
    """The loss at x.

    >>> surface(np.array([-9.0, 3.0])).round(2).tolist()
    [-0.0, -1.0]
    """
    hill = -1 / (1 + np.exp(-(x - 1) / WIDTH))
    dips = 0.1 * np.exp(-(((x - DIP) / 0.3) ** 2)) + np.exp(-(((x - DEEP) / 0.5) ** 2))
    return hill - dips + 0.5 * np.maximum(x - DEEP, 0) ** 2


def slope(x):
    """The derivative of `surface`; far outside constant, where only too large a rate leads."""
    x = np.clip(x, -5, 15)  # such a rate then swings for ever instead of overflowing
    rise = np.exp(-(x - 1) / WIDTH)
    hill = -rise / WIDTH / (1 + rise) ** 2
    small = 0.1 * 2 * (x - DIP) / 0.3**2 * np.exp(-(((x - DIP) / 0.3) ** 2))
    deep = 2 * (x - DEEP) / 0.5**2 * np.exp(-(((x - DEEP) / 0.5) ** 2))
    return hill + small + deep + np.maximum(x - DEEP, 0)


def rest(starts, eta, beta, updates):
    """The index in PLACES of where each start rests: the shape that the arguments broadcast to.

    What is in neither minimum counts as the plateau.
    """
    x = next(islice(momentum.roll(slope, starts, eta, beta), updates, None))
    return np.where(abs(x - DEEP) < 0.3, 2, np.where(abs(x - DIP) < 0.3, 1, 0))


def ball(start, eta, beta, updates):
    """Where one ball is in the end: its place and its loss."""
    x = momentum.heavy_ball(slope, start, eta, beta, updates)
    return {"rest": float(x[-1]), "loss": float(surface(x[-1]))}
