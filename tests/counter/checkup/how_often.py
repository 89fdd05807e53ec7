"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def half_of_the_unseen(result):
    """Of failures that no rule had seen, the right cause came first in most"""
    result["first"]["unseen"] = moved(result["first"]["unseen"], 0.5)


def too_few_to_say(result):
    """the right cause came first in most"""
    result["first"]["unseen"] = widened(result["first"]["unseen"], 0.4)


def no_better_in_view(result):
    """Cases in view say what the rules were made to do"""
    result["first"]["seen"] = moved(result["first"]["seen"], result["first"]["unseen"].mean)


def alarms_on_one_in_five(result):
    """healthy ones have peace"""
    result["alarms"]["all"] = moved(result["alarms"]["all"], 0.2)
