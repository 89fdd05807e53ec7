"""What could have come out instead; claim() refuses each of these."""

import numpy as np

from trainingtips.counter import moved, scaled
from trainingtips.statistics import Measured


def squared_error_leaves(result):
    """squared error is stuck"""
    result["two_logits"]["squared_error_descent"][9:] = 11_000


def slowly_and_no_more(result):
    """From a badly wrong start squared error is stuck"""
    margins = result["margins"]
    result["two_logits"]["squared_error_descent"][6:9] = np.exp(margins[6:9] / 2) * 20


def as_the_law_says_in_a_larger_budget(result):
    """squared error is stuck"""
    result["two_logits"]["squared_error_descent"][9] = int(np.exp(10) / 0.8)


def networks_leave(result):
    """squared error is stuck"""
    rows = result["tried"]["squared_error_descent"]
    rows[3][1]["share"] = rows[2][1]["share"]


def cross_entropy_slows_down(result):
    """cross-entropy not"""
    result["two_logits"]["cross_entropy_descent"][-1] = 600


def networks_with_cross_entropy_are_stuck(result):
    """cross-entropy not"""
    rows = result["digits"]["cross_entropy_descent"]
    rows[4]["share"] = result["digits"]["squared_error_descent"][2]["share"]


def adam_is_slow_far_from_its_edge(result):
    """Adam frees most to d = 15"""
    result["two_logits"]["squared_error_adam"][10:] *= 2


def adam_is_never_held_up(result):
    """Adam frees most to d = 15"""
    result["two_logits"]["squared_error_adam"][-1] = 130


def adam_frees_a_third(result):
    """Adam frees most to d = 15"""
    row = result["digits"]["squared_error_adam"][3]
    row["share"] = moved(row["share"], 0.35)


def adam_frees_hardly_one_at_twenty(result):
    """at 20 it frees some"""
    row = result["digits"]["squared_error_adam"][4]
    row["share"] = moved(row["share"], 0.3)


def adam_is_quicker_at_five(result):
    """At d = 5 it gains nothing"""
    row = result["digits"]["squared_error_adam"][1]
    row["updates"] = scaled(row["updates"], 0.3)


def its_usual_rate_is_as_quick_there(result):
    """At d = 5 it gains nothing"""
    rows = result["tried"]["squared_error_adam"][1]
    for each in rows:
        each["updates"] = result["digits"]["squared_error_descent"][1]["updates"]


def adam_is_as_quick_as_cross_entropy(result):
    """squared error is stuck, cross-entropy not; Adam frees most to d = 15"""
    found = result["digits"]
    found["squared_error_adam"][3]["updates"] = found["cross_entropy_adam"][3]["updates"]


def the_best_rate_was_not_tried(result):
    """Adam frees most to d = 15"""
    result["places"]["squared_error_adam"][2] = 0


def adam_is_no_quicker_at_ten(result):
    """Adam frees most to d = 15"""
    adam, descent = (result["digits"][f"squared_error_{n}"][2] for n in ("adam", "descent"))
    adam["updates"] = descent["updates"]


def quicker_in_each_pair(result):
    """At d = 5 it gains nothing"""
    gain = result["gains"][1]
    result["gains"][1] = Measured(15.0, 5.0, 25.0, gain.n)
