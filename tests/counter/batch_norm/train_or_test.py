"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def sorting_does_not_matter(result):
    """Left in train mode a network fails on sorted batches"""
    result["cost"]["sorted"] = moved(result["cost"]["sorted"], 0.02)


def neither_do_batches_of_two(result):
    """left in train mode, where it depends on what else is in the batch"""
    result["cost"]["pairs"] = moved(result["cost"]["pairs"], 0.05)


def no_lag(result):
    """in eval mode a slow average fails it early"""
    result["lag"]["keras"] = moved(result["lag"]["keras"], 0.03)


def the_slowest_lags_no_more(result):
    """a slow average fails it early"""
    result["lag"]["slower"] = result["lag"]["keras"]


def it_trains_otherwise(result):
    """the weights are the same whatever the momentum"""
    result["same_weights"] = False
