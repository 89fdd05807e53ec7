"""What could have come out instead; claim() refuses each of these."""


def no_bounce(result):
    """In a badly conditioned bowl even the best rate, near 0.01, bounces"""
    result["sign_changes"] = 12


def far_from_the_best(result):
    """even the best rate, near 0.01"""
    result["best_rate"] = 0.005


def arrives(result):
    """10⁻⁷ never arrives"""
    result["tiny_left"] = 0.4


def one_between_is_fast(result):
    """for every rate the updates that divide the error by ten"""
    result["lost"][-4] = 0.1


def the_best_is_fast(result):
    """even the best rate"""
    result["lost"][-1] *= 1.05
    result["rates"][-1] *= 1.05


def well_conditioned(result):
    """In a badly conditioned bowl"""
    result["condition"] = 20.0


def a_rate_per_weight_is_no_better(result):
    """One rate for each weight needs about twenty"""
    result["weight_kept"] = 0.998
