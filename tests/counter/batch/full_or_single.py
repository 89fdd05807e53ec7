"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def the_full_batch_is_as_near(result):
    """One epoch of batch 1 comes nearer the minimum than one full-batch step from afar"""
    result["from_afar"]["ratio"] = moved(result["from_afar"]["ratio"], 1.0)


def from_near_as_well(result):
    """not from near"""
    result["from_near"]["ratio"] = moved(result["from_near"]["ratio"], 0.6)


def from_near_nobody_knows(result):
    """not from near"""
    result["from_near"]["ratio"] = widened(result["from_near"]["ratio"], 0.9)


def never_passed(result):
    """Who is nearer after forty epochs"""
    result["late"] = moved(result["late"], 0.2)


def one_path_for_all_orders(result):
    """in 25 of 100 orders"""
    result["scatter_after_one"] = 0.001


def the_full_batch_has_orders(result):
    """the full batch makes one step"""
    result["full_spread"] = 0.05
