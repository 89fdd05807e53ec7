"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def not_all_arrive(result):
    """At equal training loss"""
    result["arrived"] = 0.97


def at_unequal_losses(result):
    """At equal training loss"""
    result["overshoot"][0] = moved(result["overshoot"][0], 0.3)


def as_sharp(result):
    """λ_max rises with B"""
    times = result["times"]["largest"]
    times[-1] = moved(times[-1], 1.0)


def relative_sharpness_stays(result):
    """λ_max rises with B"""
    times = result["times"]["relative"]
    times[-1] = moved(times[-1], 1.1)


def keskars_does_not_rise(result):
    """Keskar's sharpness in two boxes"""
    times = result["times"]["keskar"]
    times[-1] = moved(times[-1], 1.0)


def alike_in_both_boxes(result):
    """Keskar's sharpness in two boxes"""
    result["times"]["keskar_small"][-1] = result["times"]["keskar"][-1]


def says_nothing_of_the_test_loss(result):
    """and the test loss with it"""
    across = result["across"]["largest"]
    across["slope"] = moved(across["slope"], 0.0)


def lost_in_the_scatter(result):
    """and the test loss with it"""
    across = result["across"]["relative"]
    across["correlation"] = widened(across["correlation"], -0.1)


def as_clear_within_one(result):
    """within one B less shows"""
    across, within = result["across"]["largest"], result["within"]["largest"]
    within["correlation"] = across["correlation"]


def over_as_wide_a_range(result):
    """within one B less shows"""
    result["within"]["relative"]["spread"] = result["across"]["relative"]["spread"]
