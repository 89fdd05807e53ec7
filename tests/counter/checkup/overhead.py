"""What could have come out instead; claim() refuses each of these."""


def a_fifth_of_a_large_one(result):
    """Watching costs a training of a million weights a tenth of its time at most"""
    result["short"]["median"][2] = 1.2


def the_largest_is_dear(result):
    """a training of a million weights a tenth of its time at most"""
    result["short"]["median"][3] = 1.3


def as_cheap_for_a_small_one(result):
    """a small one, more"""
    result["short"]["median"][0] = 1.05


def as_dear_however_long(result):
    """of 300 updates and of 3,000"""
    result["long"]["median"] = result["short"]["median"][:2] * 1.01
