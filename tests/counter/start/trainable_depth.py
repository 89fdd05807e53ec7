"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def any_gain_will_do(result):
    """Tanh layers train deepest near a gain of one"""
    result["plain"][-1][0] = result["plain"][-1][2]


def a_larger_gain_is_better(result):
    """deepest near a gain of one"""
    result["plain"][-1][3] = result["plain"][0][3]


def a_twice_as_large_gain_will_do(result):
    """deepest near a gain of one"""
    result["plain"][-1][4] = moved(result["plain"][-1][2], 0.6)


def depth_does_not_matter(result):
    """train deepest"""
    first = result["at_one"]["plain"][0]
    result["plain"][-1][2] = first


def residual_ones_fail_too(result):
    """residuals train at each depth"""
    result["at_one"]["residual"][-1] = moved(result["at_one"]["residual"][-1], 0.7)


def layer_norm_helps(result):
    """layer norm not"""
    result["at_one"]["layer norm"][-1] = result["at_one"]["residual"][-1]


def layer_norm_never_learns(result):
    """layer norm not"""
    norm = result["at_one"]["layer norm"]
    norm[0] = norm[-1]


def a_learnt_scale_mends_it(result):
    """the learnt scale changes nothing"""
    result["at_one"]["learnt scale"][-1] = result["at_one"]["residual"][-1]


def a_small_scale_mends_nothing(result):
    """with the small one more learn behind 24"""
    result["at_one"]["scale 0.3"][-1] = result["at_one"]["layer norm"][-1]
