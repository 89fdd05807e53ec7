"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def some_saddles_show(result):
    """A fifth of negative eigenvalues hides from most random 2-D slices"""
    result["least_below"] = moved(result["least_below"], 0.3)


def the_penalty_does_it(result):
    """A fifth of negative eigenvalues hides"""
    result["least_plain_below"] = moved(result["least_plain_below"], 0.2)


def hardly_any_saddle(result):
    """A fifth of negative eigenvalues hides"""
    result["below"] = 6


def not_by_the_eigenvalues(result):
    """from most random 2-D slices"""
    result["largest_z"] = 9.0


def the_loss_says_otherwise(result):
    """Of 2,000 random slices through each saddle, the share that looks like a minimum"""
    result["disagree"][0] = 400


def large_ones_hide_too(result):
    """as long as they are small"""
    result["balanced"] = moved(result["balanced"], 0.8)


def one_saddle_hides_whatever_they_weigh(result):
    """as long as they are small"""
    result["weighed"][-1, -1] = 0.6


def they_are_not_small(result):
    """as long as they are small"""
    result["largest_weight"] = 0.8
