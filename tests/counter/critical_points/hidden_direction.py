"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def some_saddles_show(result):
    """A fifth of negative eigenvalues hides from most random 2-D slices"""
    result["least_below"] = moved(result["least_below"], 0.3)


def the_penalty_does_it(result):
    """hides from most random 2-D slices"""
    result["least_plain_below"] = moved(result["least_plain_below"], 0.2)


def hardly_any_saddle(result):
    """A fifth of negative eigenvalues"""
    result["below"] = 6


def large_ones_hide_too(result):
    """as long as they are small"""
    result["largest_weight"] = 0.8


def the_way_down_stays_hidden_at_a_trace_of_zero(result):
    """as long as they are small"""
    result["balanced"] = moved(result["balanced"], 0.9)


def whatever_they_weigh(result):
    """as long as they are small"""
    result["weighed"][:, -1] = 0.7


def not_by_the_eigenvalues(result):
    """It depends on the eigenvalues alone"""
    result["largest_z"] = 9.0


def the_loss_says_otherwise(result):
    """The loss itself … says the same as the Hessian"""
    result["disagree"][0] = 400
