"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def it_does_not_rise(result):
    """The share of negative eigenvalues grows"""
    result["rank"] = moved(result["rank"], 0.0)


def decided(result):
    """as the 3/2 power of the loss above a threshold"""
    result["undecided"] = 1
