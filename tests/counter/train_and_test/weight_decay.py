"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def decoupled_is_better(result):
    """decoupled decay with Adam tests no better than coupled"""
    result["decoupled_gain"] = moved(result["decoupled_gain"], 0.02)


def decoupled_is_much_worse(result):
    """decoupled decay with Adam tests no better than coupled"""
    result["decoupled_gain"] = moved(result["decoupled_gain"], -0.05)


def the_grid_ends_too_soon(result):
    """Tuned"""
    result["inside"]["decoupled"] = moved(result["inside"]["decoupled"], 0.5)


def decay_does_not_help(result):
    """Tuned, decoupled decay with Adam"""
    result["gain"]["coupled"] = moved(result["gain"]["coupled"], 0.0)


def the_angle_is_half_of_theory(result):
    """behind a norm decay sets the rate"""
    result["over_theory"][1] = scaled(result["over_theory"][1], 0.5)


def the_angle_is_twice_theory(result):
    """behind a norm decay sets the rate"""
    result["over_theory"][2] = scaled(result["over_theory"][2], 2.0)


def it_settles_without_decay_too(result):
    """behind a norm decay sets the rate"""
    result["falls"] = moved(result["falls"], 1.0)
