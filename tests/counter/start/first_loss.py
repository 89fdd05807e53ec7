"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def never_mind_the_inputs(result):
    """shows inputs … out of scale"""
    result["times"]["inputs as bytes"] = moved(result["times"]["inputs as bytes"], 1.05)


def a_large_head_averages_out(result):
    """heads"""
    result["times"]["head too large"] = moved(result["times"]["head too large"], 1.1)


def targets_do_not_show(result):
    """targets out of scale"""
    result["times"]["targets not centred"] = moved(result["times"]["targets not centred"], 1.1)


def it_shows_labels(result):
    """but no fault of the labels"""
    result["times"]["labels shuffled"] = moved(result["times"]["labels shuffled"], 1.5)


def a_good_start_lies_lower(result):
    """The loss at the start"""
    result["times"]["nothing wrong"] = moved(result["times"]["nothing wrong"], 0.8)
