"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def as_steep_near_by(result):
    """the loss rises more steeply than equally far past a small-batch one"""
    result["times"][0] = moved(result["times"][0], 1.0)


def less_steeply_far_away(result):
    """the loss rises more steeply than equally far"""
    result["times"][3] = scaled(result["times"][3], 0.02)


def for_half_of_the_pairs(result):
    """rises more steeply"""
    result["steeper"][2] = 17


def one_valley(result):
    """Between the ends lies a low barrier"""
    result["barrier"] = moved(result["barrier"], 1.0)
