"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def two_examples_do(result):
    """Statistics of two examples break batch normalization"""
    result["eval"][0] = moved(result["eval"][0], 0.93)


def the_controlled_lead_is_small(result):
    """break batch normalization alone"""
    ahead = result["level_ahead_at_two"]
    ahead["layer"] = moved(ahead["layer"], 0.1)


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
    result["group_ahead"][1] = moved(result["group_ahead"][1], 0.2)


def level_at_eight(result):
    """from eight on it leads the others"""
    result["layer_ahead"][2] = moved(result["layer_ahead"][2], 0.0)
