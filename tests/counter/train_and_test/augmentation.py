"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def new_digits_are_worth_as_much(result):
    """Shifts beat nine times the digits where tests are shifted"""
    result["worth"]["shifted"] = moved(result["worth"]["shifted"], 0.0)


def new_digits_help_there_too(result):
    """beat nine times the digits where tests are shifted"""
    result["more"] = moved(result["more"], 0.3)


def shifts_are_as_good_as_new_digits(result):
    """and cost where tests are centred"""
    result["worth"]["centred"] = moved(result["worth"]["centred"], 0.0)


def shifts_help_where_digits_are_few(result):
    """and cost where tests are centred"""
    result["cost"][0] = moved(result["cost"][0], -0.02)


def with_many_they_cost_nothing(result):
    """and cost where tests are centred"""
    result["cost"][-1] = moved(result["cost"][-1], 0.0)
