"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def no_trend_in_one_network(result):
    """the share of positive eigenvalues at critical points nears 1 as the loss falls"""
    result["settings"][3]["rank"] = moved(result["settings"][3]["rank"], -0.3)


def constant_outputs_make_the_trend(result):
    """the share of positive eigenvalues … nears 1 as the loss falls"""
    result["settings"][2]["varied_rank"] = moved(result["settings"][2]["varied_rank"], 0.0)


def the_penalty_makes_the_trend(result):
    """With a penalty"""
    plain = result["settings"][0]["plain"]
    plain["rank"] = moved(plain["rank"], 0.1)


def it_needs_no_penalty(result):
    """With a penalty"""
    plain = result["settings"][3]["plain"]
    plain["lowest"] = moved(plain["lowest"], 0.97)


def saddles_at_the_lowest_loss(result):
    """nears 1 as the loss falls"""
    low = result["settings"][1]["ratio_at_low"]
    result["settings"][1]["ratio_at_low"] = moved(low, 0.8)


def near_1_everywhere(result):
    """nears 1 as the loss falls"""
    high = result["settings"][0]["ratio_at_high"]
    result["settings"][0]["ratio_at_high"] = moved(high, 0.97)


def no_critical_points(result):
    """at critical points"""
    result["settings"][2]["largest_norm"] = 1e-4


def the_tolerance_decides(result):
    """the tolerance hardly matters"""
    result["settings"][1]["by_tolerance"][-1] = 0.7


def a_handful_of_points(result):
    """at critical points"""
    result["distinct"] = 30


def of_one_split(result):
    """one of 8 splits"""
    result["seeds"] = 2


def without_the_penalty_as_well(result):
    """without the penalty the same search reaches ‖g‖ ≤ 1e-6 from hardly any start"""
    result["bare_converged"] = 40
