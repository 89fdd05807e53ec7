"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def the_rate_counts_for_itself(result):
    """Learning rate over batch size, η/B, sets the noise of SGD by itself"""
    result["same_noise"] = moved(result["same_noise"], 1.6)


def networks_differ_at_once(result):
    """η/B, sets the noise of SGD by itself"""
    result["alike"] = moved(result["alike"], 1.5)


def for_any_rate(result):
    """until η is too large"""
    result["too_large"] = moved(result["too_large"], 1.0)


def networks_too_for_any_rate(result):
    """until η is too large"""
    result["apart"] = moved(result["apart"], 1.0)


def the_batch_does_not_matter(result):
    """Learning rate over batch size"""
    result["fixed_apart"] = moved(result["fixed_apart"], 1.0)


def half_the_noise(result):
    """sets the noise"""
    result["lift"]["0.01"] = [scaled(each, 0.5) for each in result["lift"]["0.01"]]
