"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved, widened


def the_constant_rate_is_as_good(result):
    """Every falling schedule beats the constant rate at its best peak"""
    gain = result["clean"]["gain"]
    gain["step"] = moved(gain["step"], 0.0)


def one_of_them_is_not_sure(result):
    """Every falling schedule beats the constant rate"""
    gain = result["noisy"]["gain"]
    gain["cosine"] = widened(gain["cosine"], -0.001)


def warm_up_decides(result):
    """the three are alike"""
    result["clean"]["warm_up_gain"] = moved(result["clean"]["warm_up_gain"], 0.02)


def better_at_every_peak(result):
    """at its best peak"""
    error = result["noisy"]["error"]
    error["constant"][1] = moved(error["constant"][1], error["cosine"][1].mean)
