"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def stays_below(result):
    """Under squared error full-batch descent keeps λ_max at 2/η"""
    level = result["squares"]["level"]
    level[0] = moved(level[0], 0.6)


def runs_beyond(result):
    """keeps λ_max at 2/η"""
    level = result["squares"]["level"]
    level[1] = moved(level[1], 1.5)


def was_there_at_the_start(result):
    """Under squared error full-batch descent keeps λ_max at 2/η"""
    start = result["squares"]["start"]
    start[0] = moved(start[0], 1.0)


def both_start_below(result):
    """Under squared error full-batch descent keeps λ_max at 2/η"""
    start = result["squares"]["start"]
    start[1] = moved(start[1], 0.5)


def the_loss_stands_still(result):
    """full-batch descent"""
    left = result["squares"]["loss_left"]
    left[0] = moved(left[0], 1.0)


def both_losses_meet_the_edge(result):
    """under cross-entropy λ_max falls again"""
    peak = result["entropy"]["peak"]
    peak[0] = moved(peak[0], 1.05)


def it_stays_up(result):
    """under cross-entropy λ_max falls again"""
    level = result["entropy"]["level"]
    level[1] = moved(level[1], 0.9)


def it_falls_by_little(result):
    """λ_max falls again"""
    level, peak = result["entropy"]["level"], result["entropy"]["peak"]
    level[0] = moved(level[0], 0.36)
    peak[0] = moved(peak[0], 0.5)


def adam_has_the_same_edge(result):
    """whose edge is (2 + 2β₁)/((1 − β₁)η)"""
    level = result["adam"]["level"]
    level[0] = moved(level[0], 2 / 38)
