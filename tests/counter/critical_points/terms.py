"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def the_second_term_rules(result):
    """At the start of training g·δ rules a random step of 0.1"""
    result["ratio_at_start"] = scaled(result["ratio_at_start"], 0.02)


def still_a_tenth_at_rest(result):
    """at rest it is below 1 % of ½δᵀHδ"""
    result["ratio_at_rest"] = moved(result["ratio_at_rest"], 0.1)


def not_in_every_direction(result):
    """at rest it is below 1 % of ½δᵀHδ"""
    result["largest_at_rest"] = moved(result["largest_at_rest"], 0.05)


def the_second_goes_away_too(result):
    """That the gradient's term goes away, by how much at least, and that the Hessian's stays"""
    result["second_moved"] = scaled(result["second_moved"], 40)


def the_change_is_more_than_one_term(result):
    """g·δ rules a random step"""
    result["change_at_start"] = moved(result["change_at_start"], 1.3)
