"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled, widened


def the_rate_alone_counts(result):
    """a larger β raises the floor at equal η"""
    result["equal_eta"] = [moved(each, result["equal_eta"][0].mean) for each in result["equal_eta"]]


def too_noisy_to_tell(result):
    """a larger β raises the floor"""
    none, some, *_ = result["equal_eta"]
    result["equal_eta"][1] = widened(some, none.high)


def rises_at_equal_effective_rate(result):
    """hardly moves it at equal η/(1 − β)"""
    result["equal_effective"][-1] = scaled(result["equal_effective"][-1], 1.5)
    result["theory_equal_effective"][-1] *= 1.5


def a_fifth_lower(result):
    """hardly moves it at equal η/(1 − β)"""
    for index in (3, 4, 5):
        result["equal_effective"][index] = scaled(result["equal_effective"][index], 0.8)
        result["theory_equal_effective"][index] *= 0.8


def above_plain_descent(result):
    """hardly moves it"""
    result["ratio"] = moved(result["ratio"], 1.02)


def nobody_knows_whether_it_moves(result):
    """hardly moves it at equal η/(1 − β)"""
    result["equal_effective"][4] = widened(result["equal_effective"][4], 0.04)


def rises_by_half(result):
    """a larger β raises the floor at equal η"""
    result["rise"] = scaled(result["rise"], 0.5)
