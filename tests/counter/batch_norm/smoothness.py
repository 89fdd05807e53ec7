"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled, widened


def as_rough_along_long_steps(result):
    """Batch normalization smooths the loss along long steps"""
    result["long_own_rate"] = scaled(result["long_own_rate"], 15)


def by_its_own_rate_alone(result):
    """smooths the loss along long steps"""
    result["long_same_rate"] = moved(result["long_same_rate"], 0.9)


def smoother_along_short_ones_too(result):
    """along short ones at one rate it roughens"""
    result["short_same_rate"] = scaled(result["short_same_rate"], 0.4)


def level_at_the_start(result):
    """along short ones at one rate it roughens"""
    result["short_at_start"] = widened(result["short_at_start"], 0.9)


def the_plain_loss_falls_too(result):
    """smooths the loss along long steps"""
    result["long_loss"] = moved(result["long_loss"], 1.0)


def at_any_rate(result):
    """At its own rate … short steps find less curvature than the plain network's"""
    result["short_own_rate"] = moved(result["short_own_rate"], 1.5)
