"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved
from trainingtips.statistics import Measured


def it_does_not_rise(result):
    """The share of negative eigenvalues grows"""
    result["rank"] = moved(result["rank"], 0.0)


def decided(result):
    """as the 3/2 power of the loss above a threshold"""
    for each in result["settings"][:2]:
        each["power"] = Measured(1.4, 1.2, 1.6, 8)
