"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def falls_in_one_network(result):
    """The share of negative eigenvalues grows"""
    result["settings"][2]["rank"] = moved(result["settings"][2]["rank"], 0.0)


def decided(result):
    """as the 3/2 power of the loss above a threshold"""
    result["undecided"] = 1
