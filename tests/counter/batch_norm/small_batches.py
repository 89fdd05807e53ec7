"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def two_examples_do(result):
    """Statistics of two examples break batch normalization"""
    result["lost_at_two"] = moved(result["lost_at_two"], 0.03)


def two_examples_cost_a_third(result):
    """Statistics of two examples break batch normalization"""
    result["lost_at_two"] = moved(result["lost_at_two"], 0.32)


def the_controlled_lead_is_small(result):
    """break batch normalization alone"""
    ahead = result["level_ahead"]["layer"]
    ahead[0] = moved(ahead[0], 0.1)


def behind_where_only_the_statistics_differ(result):
    """from eight on it leads the others"""
    ahead = result["level_ahead"]["group"]
    ahead[2] = moved(ahead[2], 0.05)


def the_others_break_too(result):
    """alone"""
    result["group_ahead"][0] = moved(result["group_ahead"][0], 0.1)


def the_others_break_at_eight(result):
    """alone"""
    result["lost_from_two"]["layer"][1] = moved(result["lost_from_two"]["layer"][1], 0.4)


def level_at_sixteen(result):
    """from eight on it leads the others"""
    result["layer_ahead"][3] = moved(result["layer_ahead"][3], 0.0)


def behind_again_at_the_largest(result):
    """from eight on it leads"""
    result["group_ahead"][4] = moved(result["group_ahead"][4], 0.02)


def they_differ_at_four(result):
    """alone"""
    result["group_ahead"][1] = moved(result["group_ahead"][1], 0.3)


def level_at_eight(result):
    """from eight on it leads the others"""
    result["layer_ahead"][2] = moved(result["layer_ahead"][2], 0.0)
