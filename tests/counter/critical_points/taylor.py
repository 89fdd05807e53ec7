"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def no_better_than_linear(result):
    """the first Taylor model errs as ε²"""
    result["slopes"]["first"] = moved(result["slopes"]["first"], 1.0)


def no_better_than_the_first(result):
    """On a trained network … the second as ε³"""
    result["slopes"]["second"] = result["slopes"]["first"]


def another_power(result):
    """the second as ε³"""
    result["slopes"]["second"] = moved(result["slopes"]["second"], 4.0)


def at_steps_that_are_too_long(result):
    """the first Taylor model errs as ε²"""
    result["strays"]["first"] = 1.1  # from the next order: nothing would be refused
