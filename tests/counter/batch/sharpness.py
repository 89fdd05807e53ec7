"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


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


def says_nothing_over_all_batches(result):
    """their correlation, over all B"""
    result["across"]["largest"] = moved(result["across"]["largest"], 0.2)


def says_much_within_one(result):
    """within one B it says little of the test loss"""
    result["within"]["largest"] = moved(result["within"]["largest"], 0.7)


def relative_sharpness_says_much(result):
    """within one B it says little of the test loss"""
    result["within"]["relative"] = moved(result["within"]["relative"], 0.7)
