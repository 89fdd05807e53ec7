"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def never_mind_the_inputs(result):
    """shows what is out of scale in most starts"""
    result["above"]["inputs as bytes"] = moved(result["above"]["inputs as bytes"], 0.4)


def a_large_head_averages_out(result):
    """shows what is out of scale in most starts"""
    result["above"]["head too large"] = widened(result["above"]["head too large"], 0.45)


def a_sum_does_not_show(result):
    """shows what is out of scale"""
    result["above"]["loss summed"] = moved(result["above"]["loss summed"], 0.1)


def targets_do_not_show(result):
    """shows what is out of scale"""
    result["above"]["targets not centred"] = moved(result["above"]["targets not centred"], 0.3)


def it_shows_labels(result):
    """wrong labels … in none"""
    result["above"]["labels shuffled"] = moved(result["above"]["labels shuffled"], 0.1)


def it_shows_a_second_softmax(result):
    """a second softmax in none"""
    result["times"]["softmax twice"] = moved(result["times"]["softmax twice"], 1.2)


def a_good_start_lies_lower(result):
    """A first loss"""
    result["times"]["nothing wrong"] = moved(result["times"]["nothing wrong"], 0.8)


def good_starts_scatter(result):
    """A first loss"""
    result["near"]["nothing wrong"] = moved(result["near"]["nothing wrong"], 0.4)
