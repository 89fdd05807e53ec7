"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def a_weight_moves(result):
    """ReLU and tanh networks learn … no more"""
    result["elsewhere"]["tanh"] = 1e-7


def they_learn_more(result):
    """and no more"""
    result["least"]["ReLU"] = -0.2


def they_stop_before(result):
    """learn how frequent classes are"""
    result["above"]["tanh"] = moved(result["above"]["tanh"], 0.1)


def they_do_not_even_learn_that(result):
    """learn how frequent classes are"""
    result["answered"]["ReLU"] = result["frequent"] * 0 + 0.1


def the_start_is_no_guess(result):
    """From zeros"""
    result["first"] = 0.1


def sigmoid_units_are_as_blind(result):
    """sigmoid ones do"""
    result["above"]["sigmoid"] = moved(result["above"]["sigmoid"], 0.0)


def their_weights_stay(result):
    """sigmoid ones do"""
    result["elsewhere"]["sigmoid"] = 0.0


def sigmoid_units_learn_all(result):
    """sigmoid ones do"""
    result["behind"] = moved(result["behind"], 0.0)
