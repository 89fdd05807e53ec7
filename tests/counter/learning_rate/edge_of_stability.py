"""What could have come out instead; claim() refuses each of these."""


def stays_below(result):
    """Full-batch descent drives λ_max up to 2/η"""
    result["level"][0] = 0.6


def runs_beyond(result):
    """where it hovers"""
    result["level"][2] = 1.3


def was_there_at_the_start(result):
    """drives λ_max up"""
    result["start"][0] = 1.0


def the_loss_stands_still(result):
    """while the loss falls"""
    result["loss_left"][1] = 0.97


def adam_has_the_same_edge(result):
    """Adam has 38/η"""
    result["adam_level"] = result["adam_level"] * 2 / 38
