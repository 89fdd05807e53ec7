"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, scaled


def the_loss_goes_on_falling(result):
    """Stuck"""
    result["loss_drift"] = moved(result["loss_drift"], 0.8)


def it_falls_as_far_as_after_a_cut(result):
    """Stuck"""
    result["loss_drift"] = result["cut_loss_left"]


def the_gradient_dies_out(result):
    """the gradient does not shrink"""
    result["norm_drift"] = moved(result["norm_drift"], 0.3)


def the_valley_is_too_narrow(result):
    """the batches' noise holds it up, not a narrow valley"""
    result["quiet_norm_left"] = moved(result["quiet_norm_left"], 0.9)


def less_than_noise_could_leave(result):
    """the batches' noise holds it up"""
    result["cut_norm_left"] = moved(result["cut_norm_left"], 0.08)


def the_rate_is_no_matter(result):
    """until (dashed) the rate is cut"""
    result["cut_norm_left"] = moved(result["cut_norm_left"], 0.9)


def steps_beyond_the_edge(result):
    """not a narrow valley"""
    result["step"][0] = moved(result["step"][0], 2.1)


def the_loss_was_held_up_too(result):
    """full batches take the noise away at the same rate"""
    result["quiet_loss_left"] = moved(result["quiet_loss_left"], 0.4)


def a_smaller_rate_gains_half(result):
    """the rate is cut"""
    result["cut_loss_left"] = moved(result["cut_loss_left"], 0.5)


def wanders(result):
    """Successive steps along an eigenvector are correlated by −ηλ/2"""
    result["excess"] = [
        moved(excess, step.mean / 2)
        for step, excess in zip(result["step"], result["excess"], strict=True)
    ]


def in_no_direction(result):
    """the batches' noise holds it up"""
    result["gradient_share"] = moved(result["gradient_share"], 0.3)


def travels(result):
    """Stuck"""
    result["net_share"] = moved(scaled(result["net_share"], 2), 0.2)
