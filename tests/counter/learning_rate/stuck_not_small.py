"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def the_loss_goes_on_falling(result):
    """A network's loss stands still"""
    result["loss_drift"] = moved(result["loss_drift"], 0.8)


def the_gradient_dies_out(result):
    """its gradient does not shrink"""
    result["norm_drift"] = moved(result["norm_drift"], 0.3)


def at_rest_whatever_the_rate(result):
    """Loss and gradient norm stand still until the rate is cut (dashed); then both fall"""
    result["cut_norm_left"] = moved(result["cut_norm_left"], 0.9)


def only_the_gradient_falls(result):
    """then both fall"""
    result["cut_loss_left"] = moved(result["cut_loss_left"], 1.0)


def wanders(result):
    """it bounces"""
    result["excess"] = [
        moved(excess, step.mean / 2)
        for step, excess in zip(result["step"], result["excess"], strict=True)
    ]


def in_no_direction(result):
    """it bounces"""
    result["gradient_share"] = moved(result["gradient_share"], 0.3)


def travels(result):
    """it is not at rest"""
    result["net_share"] = moved(scaled(result["net_share"], 2), 0.2)
