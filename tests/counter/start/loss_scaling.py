"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def small_ones_are_kept(result):
    """Gradients too small for float16 are lost"""
    result["zero"][1] = moved(result["zero"][1], 0.5)


def it_learns_all_the_same(result):
    """training stands still"""
    result["falls"][1] = moved(result["falls"][1], 0.5)


def nothing_is_ever_lost(result):
    """lines by theory"""
    result["zero"][3] = moved(result["zero"][3], 0.0)


def it_stands_still_at_any_size(result):
    """Gradients too small for float16"""
    result["falls"][5] = moved(result["falls"][5], 0.5)


def no_factor_is_too_large(result):
    """Training: fall of the loss in ten epochs, over float32's"""
    result["falls"][-2] = moved(result["falls"][-2], 1.0)


def scaling_is_not_enough(result):
    """a scaled loss mends that"""
    result["scaled"][0] = moved(result["scaled"][0], 0.8)
