"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def printed_is_never_above(result):
    """Dropout can print a loss above the test loss"""
    result["above"]["many"] = moved(result["above"]["many"], -0.02)


def it_is_above_without_missing_units_too(result):
    """print a loss above the test loss"""
    result["below"]["many"] = moved(result["below"]["many"], 0.05)


def it_always_is(result):
    """print a loss above the test loss"""
    result["above"]["few"] = moved(result["above"]["few"], 0.1)


def it_does_not_help(result):
    """it helps where labels are wrong"""
    result["tuned"]["noisy"] = moved(result["tuned"]["noisy"], 0.0)


def it_helps_as_much_where_they_are_right(result):
    """and else little"""
    result["tuned"]["many"] = moved(result["tuned"]["many"], 0.03)


def it_harms_where_digits_are_few(result):
    """and else little"""
    result["tuned"]["few"] = moved(result["tuned"]["few"], -0.03)
