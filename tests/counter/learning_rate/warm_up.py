"""What could have come out instead; claim() refuses each of these."""

from trainingtips.counter import moved


def gains_nothing_on_the_sharp_start(result):
    """Warm-up raises the usable peak rate where the curvature falls early"""
    result["sharp"]["gain"] = moved(result["sharp"]["gain"], 0.02)


def a_lower_loss_at_the_same_rates(result):
    """raises the usable peak rate"""
    result["sharp"]["warm_up"] = [
        moved(one, min(one.mean, other.mean) - 0.1) if other.mean < -0.3 else other
        for one, other in zip(result["sharp"]["warm_up"], result["sharp"]["constant"], strict=True)
    ]


def raises_it_elsewhere_too(result):
    """elsewhere gains nothing"""
    usable = result["flat"]["usable"]
    usable["warm_up"] = float(2 * usable["constant"])


def gains_elsewhere_too(result):
    """elsewhere gains nothing"""
    result["flat"]["gain"] = result["sharp"]["gain"]


def flat_from_the_start(result):
    """where the curvature falls early"""
    result["sharp"]["curvature_start"] = moved(result["sharp"]["curvature_start"], 8.0)


def sharp_to_the_end(result):
    """the curvature falls early"""
    result["sharp"]["curvature_least"] = result["sharp"]["curvature_start"]


def sharp_elsewhere_too(result):
    """elsewhere"""
    result["flat"]["curvature_start"] = result["sharp"]["curvature_start"]
