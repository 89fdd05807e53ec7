"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def any_gain_will_do(result):
    """Tanh layers train deepest where the gain is one"""
    result["shares"]["plain"][-1][0] = result["best"]["plain"][-1]


def a_larger_gain_is_better(result):
    """where the gain is one"""
    result["best_gain"]["plain"][-1] = 2.0


def depth_does_not_matter(result):
    """train deepest"""
    result["best"]["plain"][-1] = result["best"]["plain"][0]


def residual_ones_fail_too(result):
    """residual connections train at every depth"""
    result["best"]["residual"][-1] = moved(result["best"]["residual"][-1], 0.7)
