"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def whatever_the_loss(result):
    """The share of negative eigenvalues grows"""
    result["settings"][1]["power"] = moved(result["settings"][1]["power"], 0)


def three_halves(result):
    """as the 3/2 power of the loss above a threshold"""
    result["undecided"] = 0  # each interval is short, about 3/2


def one(result):
    """The intervals over splits hold 3/2 and 1 alike: undecided"""
    result["undecided"] = 2
