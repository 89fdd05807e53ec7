"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def the_constant_rate_is_as_good(result):
    """Falling schedules beat the constant rate"""
    gain = result["clean"]["gain"]
    gain["step"] = moved(gain["step"], 0.0)


def one_of_them_is_not_sure(result):
    """Falling schedules beat the constant rate"""
    gain = result["noisy"]["gain"]
    gain["cosine"] = widened(gain["cosine"], -0.001)


def which_one_decides(result):
    """by more than they differ"""
    result["clean"]["nearer"] = moved(result["clean"]["nearer"], -0.002)


def at_the_end_of_the_peaks(result):
    """each at its best peak"""
    result["clean"]["best_rate"]["cosine"] = float(result["rates"][-1])


def better_at_every_peak(result):
    """At a peak that is too small the constant rate is the best"""
    error = result["noisy"]["error"]
    error["constant"][0] = moved(error["constant"][0], error["cosine"][0].mean)


def the_noise_is_no_matter(result):
    """Wrong training labels keep the gradients noisy to the end"""
    gain = result["noisy"]["loss_gain"]
    gain["step"] = moved(gain["step"], 0.0)


def a_lower_training_loss_where_labels_are_true(result):
    """with true labels"""
    gain = result["clean"]["loss_gain"]
    gain["cosine"] = moved(gain["cosine"], 0.4)
