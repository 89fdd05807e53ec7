"""What could have come out instead; claim() refuses each of these."""


def some_saddles_show(result):
    """A saddle with a fifth of its eigenvalues negative looks like a minimum in most … slices"""
    result["least_below_low"] = 0.3


def the_penalty_does_it(result):
    """A saddle … looks like a minimum"""
    result["least_plain_below"] = 0.2


def hardly_any_saddle(result):
    """a fifth of its eigenvalues negative"""
    result["below"] = 6


def not_by_the_eigenvalues(result):
    """most random 2-D slices"""
    result["largest_z"] = 9.0


def the_loss_says_otherwise(result):
    """looks like a minimum"""
    result["disagree"][0] = 400
