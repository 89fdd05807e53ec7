"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def no_rare_spikes(result):
    """how often the gradient of a batch is longer than so many medians"""
    result["spike"] = moved(result["spike"], 1.5)


def the_rate_does_not_diverge(result):
    """a rate that diverges"""
    result["diverged"] = moved(result["diverged"], 0.1)


def clipped_it_trains_badly(result):
    """Clipped at the median, … trains"""
    result["median"]["large"] = scaled(result["median"]["large"], 1.5)


def the_median_is_too_low(result):
    """Clipped at the median"""
    result["median"]["calm"] = scaled(result["median"]["calm"], 1.3)


def no_limit_is_too_low(result):
    """a limit below all norms is only a lower rate"""
    result["too_low"] = moved(result["too_low"], 1.0)


def it_is_worse_than_a_lower_rate(result):
    """a limit below all norms is only a lower rate"""
    result["other_rate"] = scaled(result["other_rate"], 1.2)


def it_is_better_than_a_lower_rate(result):
    """a limit below all norms is only a lower rate"""
    result["other_rate"] = scaled(result["other_rate"], 0.8)
