"""What could have come out instead; claim() refuses each of these."""

import numpy as np

from trainingtips.counter import moved, scaled


def by_the_length_alone(result):
    """Shifted by δ, a minimum of curvature λ pays ½λδ²"""
    result["rises"][3] = result["rises"][0]


def without_the_half(result):
    """pays ½λδ²"""
    result["rises"] *= 2


def as_long_everywhere(result):
    """real shifts are longer where λ is small"""
    result["slope"] = moved(result["slope"], 0.0)


def the_sharp_directions_pay_most(result):
    """all directions pay alike"""
    growing = np.geomspace(1, 500, len(result["paid"]))
    result["paid"] = [scaled(each, by) for each, by in zip(result["paid"], growing, strict=True)]
