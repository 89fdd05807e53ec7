"""What could have come out instead; claim() refuses each of these."""

import numpy as np

from trainingtips.counter import moved, widened


def at_full_length(result):
    """Without bias correction Adam's first step is 3.16 times too long"""
    result["first"] = 1.0


def too_short(result):
    """first step is 3.16 times too long"""
    result["first"] = 1 / np.sqrt(10)


def less_at_most(result):
    """the twelfth 6.6 times"""
    result["largest"] = 6.1


def a_later_one(result):
    """the twelfth"""
    result["largest_at"] = 20


def on_the_network_it_is_not(result):
    """as measured on a network (points)"""
    result["largest_error"] = 0.02


def no_gain(result):
    """Longer first steps are a gain at small learning rates"""
    result["gap"][1] = widened(moved(result["gap"][1], 0.02), -0.02)


def no_ruin(result):
    """ruin at large ones"""
    result["gap"][-1] = moved(result["gap"][-1], 0.1)


def tuned_it_still_loses(result):
    """Each at its best rate, the loss without correction is not a quarter higher"""
    result["tuned"]["gap"] = moved(result["tuned"]["gap"], -0.2)


def the_best_rate_was_not_tried(result):
    """Each at its best rate"""
    result["tuned"]["rate_with"] = result["rates"][-1]
